"""An SQS queue, as a test sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue of moto's."""

    sqs: Any
    url: str

    def put(self, body: str) -> str:
        """Put a message in and take it out; gives the receipt handle of it."""
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)
        (record,) = self._receive()
        return str(record["ReceiptHandle"])

    def letters(self) -> list[dict[str, Any]]:
        """Bodies and attributes of the messages that have come in since the last time, in no order."""
        found: list[dict[str, Any]] = []
        while more := self._receive():
            found += more
        return [{"body": letter["Body"], "attributes": _values(letter)} for letter in found]

    def delete(self) -> None:
        """From now on nothing can be put into it."""
        self.sqs.delete_queue(QueueUrl=self.url)

    def _receive(self) -> list[dict[str, Any]]:
        """Ten at most, which are then hidden."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=600
        )
        return answer.get("Messages", [])  # type: ignore[no-any-return]


def _values(letter: dict[str, Any]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in letter.get("MessageAttributes", {}).items()}
