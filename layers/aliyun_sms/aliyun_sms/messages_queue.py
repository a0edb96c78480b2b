"""The queue of the queue door, as the ledger uses it: to put messages back, and to let one wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .dead_letters import with_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from .rows import MessageRow

MESSAGE_ID = "message_id"  # the attribute of a record that was in the ledger before it was in the queue


class MessagesQueue:
    """The queue that takes one message a record. Each call raises boto3's errors."""

    def __init__(self, queue_url: str, sqs: Callable[[], Any]) -> None:
        """`sqs` gives the client."""
        self._queue_url = queue_url
        self._sqs = sqs

    def put_back(self, message: MessageRow) -> None:
        """Put a message in that keeps its identity: its key in the body, its id as an attribute."""
        self._sqs().send_message(
            QueueUrl=self._queue_url,
            MessageBody=with_key(message.document, message.key),
            MessageAttributes={MESSAGE_ID: {"DataType": "String", "StringValue": message.message_id}},
        )

    def hide(self, receipt_handle: str, seconds: int) -> None:
        """Let a record come again after so many seconds."""
        self._sqs().change_message_visibility(
            QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )
