"""Moves the dead letters of a deployed stack back into its queue, under the keys that they had: `make redrive`.

The queue door checks each as any other message: a key that stands in the ledger is not sent again.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterator

DEAD_LETTER_QUEUES = ("DeadLetterQueueUrl", "ScheduleDeadLetterQueueUrl")
SECONDS_HIDDEN = 120  # from others, while they are moved
SECONDS_TO_WAIT = 2  # for a letter: a receive without waiting asks only some of the servers


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter: what it holds, and how it is taken from its queue."""

    queue_url: str
    receipt: str
    sqs_message_id: str
    body: str
    attributes: dict[str, str]

    def message(self) -> dict[str, Any] | None:
        """The message in it with its key; None where it holds none that could be sent.

        What SQS itself moved kept its id, which was its key unless it named another.
        """
        try:
            document = json.loads(self.body)
        except ValueError:
            return None
        if not isinstance(document, dict) or "phone_numbers" not in document:
            return None
        return {"idempotency_key": self.sqs_message_id, **document}


def main() -> int:
    """Move all, or with DRY_RUN=1 only say what would be moved; STACK names the stack."""
    stack, dry_run = os.environ.get("STACK") or "aliyun-sms", bool(os.environ.get("DRY_RUN"))
    sqs, outputs = boto3.client("sqs"), stack_outputs(stack)
    letters = [letter for name in DEAD_LETTER_QUEUES for letter in receive(sqs, outputs[name])]
    moved = 0
    for letter in letters:
        message = letter.message()
        said = f"{letter.attributes.get('message_id', letter.sqs_message_id)}  {letter.attributes.get('code', '-')}"
        if message is None:
            print(f"left   {said}  holds no message; correct it and send it to the queue by hand")
        elif dry_run:
            print(f"would  {said}")
        else:
            move(sqs, letter, message, outputs["QueueUrl"])
            print(f"moved  {said}")
        moved += message is not None
        if message is None or dry_run:
            sqs.change_message_visibility(QueueUrl=letter.queue_url, ReceiptHandle=letter.receipt, VisibilityTimeout=0)
    print(f"{moved} of {len(letters)} dead letters of {stack} {'would be ' if dry_run else ''}moved back to its queue")
    return 0


def stack_outputs(stack: str) -> dict[str, str]:
    """The stack's outputs by their names."""
    [described] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def receive(sqs: Any, queue_url: str) -> Iterator[Letter]:
    """What is in a dead-letter queue, until a receive finds nothing more."""
    while received := sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        VisibilityTimeout=SECONDS_HIDDEN,
        WaitTimeSeconds=SECONDS_TO_WAIT,
    ).get("Messages"):
        for found in received:
            attributes = {name: value["StringValue"] for name, value in found.get("MessageAttributes", {}).items()}
            yield Letter(queue_url, found["ReceiptHandle"], found["MessageId"], found["Body"], attributes)


def move(sqs: Any, letter: Letter, message: dict[str, Any], queue_url: str) -> None:
    """Into the queue first: what is there twice is claimed once, what is nowhere is lost."""
    named = letter.attributes.get("message_id")
    attributes = {"message_id": {"DataType": "String", "StringValue": named}} if named else {}
    sqs.send_message(QueueUrl=queue_url, MessageBody=json.dumps(message), MessageAttributes=attributes)
    sqs.delete_message(QueueUrl=letter.queue_url, ReceiptHandle=letter.receipt)


if __name__ == "__main__":
    sys.exit(main())
