"""A dead letter: what it holds, what is known of its message, and as what it is moved back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

SINCE = "in_queues_since"  # the attribute of what was moved back: since when, in seconds since 1970


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter, as it was received. Times are seconds since 1970."""

    sqs_message_id: str
    receipt: str
    sent_at: float
    body: str
    attributes: dict[str, str]

    @property
    def name(self) -> str:
        """The id of its message, or SQS's where it has none."""
        return self.attributes.get("message_id", self.sqs_message_id)

    @property
    def is_held(self) -> bool:
        """Whether nobody knows if its message was sent."""
        return self.attributes.get("status") == "unknown"

    @property
    def since(self) -> float:
        """Since when it is in queues alone: the ledger, where it met it, has known its message at that time or later.

        What SQS moves on its own account keeps its attributes; what the queue door answers it with has none.
        """
        since = self.attributes.get(SINCE, "")
        return min(self.sent_at, float(since)) if since.isdecimal() else self.sent_at

    def message(self) -> str | None:
        """The JSON text of its message with the key that it had; None where it holds none that could be sent.

        What SQS itself moved kept its id, which was its key unless it named another. But for a key that it lacks the
        text stays as it is: numbers keep their digits, what fitted into a queue fits again, and what is no key is
        refused again.
        """
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, dict) or "phone_numbers" not in document:
            return None
        if document.get("idempotency_key") is not None:
            return self.body
        if "idempotency_key" in document:
            return json.dumps({**document, "idempotency_key": self.sqs_message_id})
        return f'{{"idempotency_key": "{self.sqs_message_id}", {self.body.lstrip()[1:]}'

    def attributes_moved(self) -> dict[str, str]:
        """What goes with it: SQS may move it here again before the ledger has met it."""
        names = ("message_id", "status", "code") if self.is_held else ("message_id",)
        kept = {name: self.attributes[name] for name in names if name in self.attributes}
        return {**kept, SINCE: str(int(self.since))}


def read_letter(record: dict[str, Any]) -> Letter:
    """The letter in a record of SQS; attributes that are no text are passed over."""
    values = {name: value.get("StringValue") for name, value in record.get("MessageAttributes", {}).items()}
    return Letter(
        sqs_message_id=record["MessageId"],
        receipt=record["ReceiptHandle"],
        sent_at=int(record["Attributes"]["SentTimestamp"]) / 1000,
        body=record["Body"],
        attributes={name: value for name, value in values.items() if value is not None},
    )
