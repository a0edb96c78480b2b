"""A dead letter: what it holds, what is known of its message, and as what it is moved back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, TypeGuard

from cli import ledger
from cli.dead_letters.json_text import with_member

MESSAGES, SCHEDULE, ALERTS = "messages", "schedule", "alerts"  # the queues that there are
SINCE = "in_queues_since"  # the attribute of what was moved back: since when, in seconds since 1970
SOURCE = "DeadLetterQueueSourceArn"  # SQS's own attribute of what it moved here itself
UNKNOWN = "unknown"
OF_AWS = {"ERROR_CODE", "ERROR_MESSAGE", "EXHAUSTED_RETRY_CONDITION"}  # attributes of what could not be handed over

_ID = re.compile(r"[0-9a-f]{32}|(?!.*[0-9]{7})[0-9A-Za-z][0-9A-Za-z_.-]{,63}")  # of a message; a number is none


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter, as it was received. Times are seconds since 1970."""

    sqs_message_id: str
    receipt: str
    sent_at: float
    body: str
    attributes: dict[str, str]
    queue: str = MESSAGES
    is_sqs_own: bool = False  # moved here by SQS: the attributes are a producer's, or those that it was put back with

    @property
    def message_id(self) -> str | None:
        """The id of its message as it is told, where that can stand on a screen and in a command line."""
        told = self.attributes.get("message_id", "")
        return told if _ID.fullmatch(told) else None

    @property
    def name(self) -> str:
        """The id of its message, or SQS's where it has none."""
        return self.message_id or self.sqs_message_id

    @property
    def ids(self) -> set[str]:
        """What a person may call it."""
        return {self.name, self.sqs_message_id}

    @property
    def status(self) -> str | None:
        """What became of its message, where the doors or settling wrote the letter."""
        return self.attributes.get("status")

    @property
    def is_held(self) -> bool:
        """Whether nobody knows if its message was sent."""
        return self.status == UNKNOWN

    @property
    def since(self) -> float:
        """Since when it is in queues alone: the ledger, where it met it, has known its message at that time or later.

        What SQS moves on its own account keeps its attributes; what the queue door answers it with has none.
        """
        since = self.attributes.get(SINCE, "")
        return min(self.sent_at, float(since)) if since.isdecimal() else self.sent_at

    @property
    def document(self) -> Any:
        """The value of its JSON; None where it holds none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def message(self) -> str | None:
        """The JSON text of its message with the key that it had; None where it holds none that could be sent.

        What SQS itself moved kept its id, which was its key unless it named another. But for a key that it lacks the
        text stays as it is: numbers keep their digits, what fitted into a queue fits again, and what is no key is
        refused again.
        """
        document = self.document
        if not is_message(document):
            return None
        if document.get("idempotency_key") is not None:
            return self.body
        return with_member(self.body, "idempotency_key", self.sqs_message_id)

    def message_anew(self) -> str | None:
        """The same under a new key, which all letters of one message share, so that it is sent once."""
        if not is_message(self.document):
            return None
        return with_member(self.body, "idempotency_key", f"resend/{self._own_id}")

    @property
    def row_ids(self) -> set[str]:
        """Under which the ledger may have its message: the id that is told, and ours where that may be made up."""
        told = {self.message_id} if self.message_id else set()
        return told if told and not self.is_sqs_own else told | {self._id_at_queue}

    @property
    def _own_id(self) -> str:
        """An id that no producer can give to the letters of another's message."""
        told = self.message_id
        if told and not self.is_sqs_own:
            return told
        return ledger.message_id(told, self._key) if told and told != self._id_at_queue else self._id_at_queue

    @property
    def _id_at_queue(self) -> str:
        """The id of a message that came in by the queue."""
        return ledger.message_id("queue", self._key)

    @property
    def _key(self) -> str:
        """The key that its message had."""
        named = self.document.get("idempotency_key") if is_message(self.document) else None
        return named if isinstance(named, str) else self.sqs_message_id

    def attributes_moved(self) -> dict[str, str]:
        """What goes with it: SQS may move it here again before the ledger has met it."""
        names = ("message_id", "status", "code") if self.is_held else ("message_id",)
        kept = {name: self.attributes[name] for name in names if name in self.attributes}
        return {**kept, SINCE: str(int(self.since))}


def is_message(document: object) -> TypeGuard[dict[str, Any]]:
    """Whether a document has what every message has."""
    return isinstance(document, dict) and "phone_numbers" in document


def read_letter(record: dict[str, Any], queue: str) -> Letter:
    """The letter in a record of SQS; attributes that are no text are passed over."""
    values = {name: value.get("StringValue") for name, value in record.get("MessageAttributes", {}).items()}
    texts = {name: value for name, value in values.items() if value is not None}
    is_sqs_own = SOURCE in record["Attributes"]
    return Letter(
        sqs_message_id=record["MessageId"],
        receipt=record["ReceiptHandle"],
        sent_at=int(record["Attributes"]["SentTimestamp"]) / 1000,
        body=record["Body"],
        attributes=_believed(texts, queue, is_sqs_own=is_sqs_own),
        queue=queue,
        is_sqs_own=is_sqs_own,
    )


def _believed(attributes: dict[str, str], queue: str, *, is_sqs_own: bool) -> dict[str, str]:
    """Of an event those of AWS: others are of whoever published it. Of what SQS moved those that redriving puts on it.

    Anybody else can put those on, too: they are a name, and what at most lets the letter stay.
    """
    if queue == ALERTS:
        return {name: value for name, value in attributes.items() if name in OF_AWS}
    if not is_sqs_own:
        return attributes
    kept = {"message_id", SINCE} | ({"status"} if attributes.get("status") == UNKNOWN else set())
    return {name: value for name, value in attributes.items() if name in kept}
