"""Schedule door: sends the messages of an EventBridge schedule or event."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from aliyun_sms.dead_letters import with_key
from aliyun_sms.observability import logger, publishes_metrics
from aliyun_sms.result import Origin, Result
from aliyun_sms.sender import given_key
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_dead_letters, build_sender

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SECONDS_TO_SETTLE = 5.0  # kept back for the dead-letter queue and the answer

_LIST_FIELDS = {"messages", "schedule", "scheduled_time"}
_COMES_AGAIN = {"throttled", "transient", "configuration"}  # certainly nothing was sent

settings = read_settings()
sender = build_sender(settings)
dead_letters = build_dead_letters(settings)


class NothingSentError(Exception):
    """Raised so that Lambda tries the invocation again, and in the end hands it to the on-failure destination."""


@publishes_metrics
def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Send what the input holds; answers {"results": [...], "counts": {status: number}}.

    The input is a message, or {"messages": [...], "schedule", "scheduled_time"}, or an EventBridge event with either
    as its detail. Raises NothingSentError only where nothing was sent and another try can help.
    """
    messages = _read(event, context.aws_request_id)
    results = [_send(document, key, context) for document, key in messages]
    if _comes_again(results):
        raise NothingSentError(", ".join(sorted({result.code for result in results})))
    for (document, key), result in zip(messages, results, strict=True):
        if result.status not in {"accepted", "expired"}:
            _dead_letter(with_key(document, given_key(document) or key), result)
    counts = Counter(result.status for result in results)
    return {"results": [result.document() for result in results], "counts": dict(counts)}


def _comes_again(results: list[Result]) -> bool:
    sent = any(result.status in {"accepted", "unknown"} for result in results)
    return not sent and any(result.category in _COMES_AGAIN for result in results)


def _send(document: object, key: str, context: LambdaContext) -> Result:
    seconds_left = context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_SETTLE
    return sender.send(document, Origin("schedule", "schedule", key), seconds_left)


def _read(event: object, request_id: str) -> list[tuple[object, str]]:
    """The messages of the input, each with its default key."""
    if not isinstance(event, dict):
        return [(event, request_id)]
    if "detail" in event and "detail-type" in event:
        return _keyed(event["detail"], str(event.get("id") or request_id))
    return _keyed(event, _schedule_key(event) or request_id)


def _keyed(document: object, key: str) -> list[tuple[object, str]]:
    """What does not have the shape of a list of messages is taken for one message, whose faults are then named."""
    if not isinstance(document, dict) or document.keys() - _LIST_FIELDS or not document.get("messages"):
        return [(document, key)]
    if not isinstance(document["messages"], list):
        return [(document, key)]
    return [(message, f"{key}/{index}") for index, message in enumerate(document["messages"])]


def _schedule_key(event: dict[str, Any]) -> str | None:
    """Schedule and time of the run, unless they are absent or came in unsubstituted, as <aws.scheduler.…>."""
    parts = event.get("schedule"), event.get("scheduled_time")
    if any(not isinstance(part, str) or not part or part.startswith("<aws.") for part in parts):
        return None
    return "/".join(str(part) for part in parts)


def _dead_letter(body: str, result: Result) -> None:
    """Nobody reads the answer of a schedule, so what failed goes where an alarm is."""
    try:
        dead_letters.put(body, result)
    except (BotoCoreError, ClientError) as error:
        extra = {"message_id": result.message_id, "code": result.code, "error": type(error).__name__}
        logger.error("dead-letter queue failed", extra=extra)
