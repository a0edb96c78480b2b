"""Queue door: sends one message for each SQS record and names the records that should come again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aliyun_sms.dead_letters import with_key
from aliyun_sms.document import read_document
from aliyun_sms.errors import InvalidMessage
from aliyun_sms.observability import defect, logger, publishes_metrics
from aliyun_sms.result import Origin, Result
from aliyun_sms.sender import given_key
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_dead_letters, build_sender

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SECONDS_TO_SETTLE = 12.0  # kept back for the answer and the dead-letter queue: two tries of five seconds and a pause

_COMES_AGAIN = {"throttled", "transient", "configuration"}  # certainly nothing was sent

settings = read_settings()
sender = build_sender(settings)
dead_letters = build_dead_letters(settings)


@publishes_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a batch of records with those that should come again; ReportBatchItemFailures must be on.

    To raise, or to run out of time, would bring back the whole batch, and what was sent would be sent again.
    """
    again = [record for record in event["Records"] if not _finished(record, context)]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in again]}


def _finished(record: dict[str, Any], context: LambdaContext) -> bool:
    """Whether the record is done with: accepted, expired or in the dead-letter queue."""
    origin = Origin("queue", "queue", record["messageId"])
    seconds_left = context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_SETTLE
    if seconds_left <= 0:
        logger.warning("no time left for a record", extra={"sqs_message_id": origin.key})
        return False
    try:
        document = read_document(record["body"], "body")
    except InvalidMessage as invalid:
        return _dead_lettered(record["body"], sender.refuse(invalid, origin))
    result = sender.send(document, origin, seconds_left)
    if result.status in {"accepted", "expired"}:
        return True
    if result.category in _COMES_AGAIN:
        return False
    return _dead_lettered(with_key(document, given_key(document) or origin.key), result)


def _dead_lettered(body: str, result: Result) -> bool:
    """Whether the record may leave the queue.

    What is unknown may, even where the dead-letter queue fails: it must never be sent again, and the log has it.
    """
    try:
        dead_letters.put(body, result)
    except Exception as error:  # noqa: BLE001 - whatever it was, it must not bring back what was sent
        defect(error, "dead-letter queue failed", message_id=result.message_id, code=result.code)
        return result.status == "unknown"
    return True
