"""The queues: the one that messages come from and go back into, and the dead letters that a person reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from aliyun_sms.observability import defect
from aliyun_sms.privacy import scrub

from .clients import LONGEST_CALL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.result import Result

LONGEST_REASON = 1000
MESSAGE_ID = "message_id"  # the attribute of a record that was in the ledger before it was in the queue


class MessagesQueue:
    """The queue that takes one message a record. Each call raises botocore's errors."""

    def __init__(self, queue_url: str, sqs: Callable[[], Any]) -> None:
        """`sqs` gives the client."""
        self._queue_url = queue_url
        self._sqs = sqs

    def put_back(self, message: MessageRow) -> None:
        """Put a message in that keeps its identity: its key in the body, its id as an attribute."""
        body = with_key(message.document, message.key)
        _send(self._sqs(), self._queue_url, body, {MESSAGE_ID: message.message_id})

    def hide(self, receipt_handle: str, seconds: int) -> None:
        """Let a record come again after so many seconds."""
        self._sqs().change_message_visibility(
            QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )


class DeadLetters:
    """A dead-letter queue, for what can never be sent and for what a person has to decide."""

    def __init__(self, queue_url: str, sqs: Callable[[], Any]) -> None:
        """`sqs` gives the client."""
        self._queue_url = queue_url
        self._sqs = sqs

    def add(self, body: str, result: Result) -> None:
        """The body as it should be sent again, with code, category, message id and reason as attributes.

        They hold no number and no template value: the provider's own text stays out. Raises botocore's errors.
        """
        told = result.description if result.faults else result.advice
        reason = scrub(told or result.code or result.status)
        attributes = {
            "code": result.code or result.status,
            "status": result.status,
            "message_id": result.message_id,
            "reason": reason[:LONGEST_REASON],
        }
        if result.category:
            attributes["category"] = result.category
        if result.of_caller:
            attributes["of_caller"] = "true"
        _send(self._sqs(), self._queue_url, body, attributes)

    def add_in_time(self, body: str, result: Result, seconds_left: float) -> bool:
        """Whether it could be added: what went wrong is logged, since to raise would bring back what was sent.

        With less time than it takes at worst it is not tried: to be killed would bring back all.
        """
        try:
            if seconds_left < LONGEST_CALL:
                raise TimeoutError  # noqa: TRY301 - to be logged like any other reason
            self.add(body, result)
        except Exception as error:  # noqa: BLE001 - as it says above
            defect(error, "dead-letter queue failed", message_id=result.message_id, code=result.code)
            return False
        return True


@dataclass(frozen=True, slots=True)
class QueueHandover:
    """Where a message goes that the ledger lets go of: into the queue again, or to a person.

    Each call raises botocore's errors, and the ledger's row then stays as it is.
    """

    messages_queue: MessagesQueue
    dead_letters: DeadLetters

    def put_back(self, message: MessageRow) -> None:
        """Into the queue, to be sent under its key."""
        self.messages_queue.put_back(message)

    def hand_over(self, message: MessageRow, result: Result) -> None:
        """To a person: into the dead-letter queue, with message id and code."""
        self.dead_letters.add(with_key(message.document, message.key), result)


def with_key(document: object, key: str) -> str:
    """The JSON text of a message, with the key that it got where it names none, so that it keeps it when sent again.

    What it names stays as it is, even if that is no key: it would be refused again, not sent under another one. In
    ASCII, since SQS refuses some characters that JSON can escape.
    """
    return json.dumps({**document, "idempotency_key": key} if _names_no_key(document) else document)


def text_with_key(text: str, document: object, key: str) -> str:
    """The same of the text that a message was read from, of which nothing else changes: numbers stay numbers."""
    if not _names_no_key(document):
        return text
    if "idempotency_key" in document:  # as null, and twice it may not be there
        return with_key(document, key)
    return f'{{"idempotency_key": {json.dumps(key)}{", " if document else ""}{text.lstrip()[1:]}'


def _names_no_key(document: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(document, dict) and document.get("idempotency_key") is None


def _send(sqs: Any, queue_url: str, body: str, attributes: Mapping[str, str]) -> None:
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sqs.send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=typed)
