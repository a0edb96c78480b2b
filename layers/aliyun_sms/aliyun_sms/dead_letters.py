"""What can never be sent goes to a dead-letter queue at once, with its reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .observability import defect, scrub

if TYPE_CHECKING:
    from collections.abc import Callable

    from .result import Result

LONGEST_REASON = 1000
LONGEST_PUT = 11.0  # seconds that one takes at worst: two tries of five seconds and a pause, as boto3 is set


class DeadLetters:
    """A dead-letter queue to put messages into."""

    def __init__(self, queue_url: str, sqs: Callable[[], Any]) -> None:
        """`sqs` gives the client."""
        self._queue_url = queue_url
        self._sqs = sqs

    def put(self, body: str, result: Result) -> None:
        """The body as it should be sent again, with code, message id and reason as attributes; raises boto3's errors.

        The attributes hold no number and no template value: the provider's own text stays out.
        """
        reason = scrub("; ".join(map(str, result.faults)) or result.advice or result.code or result.status)
        attributes = {
            "code": result.code or result.status,
            "status": result.status,
            "message_id": result.message_id,
            "reason": reason[:LONGEST_REASON],
        }
        self._sqs().send_message(
            QueueUrl=self._queue_url,
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )

    def put_in_time(self, body: str, result: Result, seconds_left: float) -> bool:
        """Whether it could be put: what went wrong is logged, since to raise would bring back what was sent.

        With less time than it takes at worst it is not tried: to be killed would bring back all.
        """
        try:
            if seconds_left < LONGEST_PUT:
                raise TimeoutError  # noqa: TRY301 - to be logged like any other reason
            self.put(body, result)
        except Exception as error:  # noqa: BLE001 - as it says above
            defect(error, "dead-letter queue failed", message_id=result.message_id, code=result.code)
            return False
        return True


def with_key(document: object, key: str) -> str:
    """The JSON text of a message with its resolved key, so that it keeps it when it is sent again.

    In ASCII, since SQS refuses some characters that JSON can escape.
    """
    resolved = {**document, "idempotency_key": key} if isinstance(document, dict) else document
    return json.dumps(resolved)
