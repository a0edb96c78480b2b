"""Moves the dead letters of a deployed stack back into its queue, under the keys that they had: `make redrive`.

The queue door checks each as any other message: a key that stands in the ledger is not sent again. A letter of which
nobody knows whether its message was sent, or whose message the ledger may have forgotten, stays unless it is asked for
by name.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter

import boto3

from local.redrive.order import Order
from local.redrive.redriving import Redrive

DEAD_LETTER_QUEUES = ("DeadLetterQueueUrl", "ScheduleDeadLetterQueueUrl")


def main() -> int:
    """Move what can be moved, or with DRY_RUN=1 only say what would be.

    STACK names the stack; MESSAGE_ID asks for letters by the ids of their messages, with commas between them.
    """
    stack, names = os.environ.get("STACK") or "aliyun-sms", os.environ.get("MESSAGE_ID", "").replace(",", " ").split()
    order = Order(frozenset(names), bool(os.environ.get("DRY_RUN")))
    sqs, outputs = boto3.client("sqs"), stack_outputs(stack)
    counts: Counter[str] = Counter()
    for name in DEAD_LETTER_QUEUES:
        redrive = Redrive(sqs, outputs[name], outputs["QueueUrl"], order)
        redrive.run()
        counts += redrive.counts
    would = "would be " if order.dry_run else ""
    print(f"{counts['moved']} of {counts['met']} dead letters of {stack} {would}moved back to its queue")
    if not counts["asked for"] and names:
        print(f"no dead letter of {', '.join(names)} can be seen now")
        return 1
    return 1 if counts["failed"] else 0


def stack_outputs(stack: str) -> dict[str, str]:
    """The stack's outputs by their names."""
    [described] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def stop(signum: int, _: object) -> None:
    """End as an error would, so that what is left can be seen again."""
    sys.exit(128 + signum)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    sys.exit(main())
