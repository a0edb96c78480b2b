"""Queue door: sends one message for each SQS record and names the records that should come again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aliyun_sms.dead_letters import with_key
from aliyun_sms.document import read_document
from aliyun_sms.errors import InvalidMessage
from aliyun_sms.messages_queue import MESSAGE_ID
from aliyun_sms.observability import defect, logger, publishes_metrics
from aliyun_sms.result import Origin, Result
from aliyun_sms.sender import LONGEST_WAIT, given_key
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_dead_letters, build_messages_queue, build_sender, now
from aliyun_sms.table import TableUnavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SECONDS_TO_SETTLE = 12.0  # kept back for the answer and the dead-letter queue: two tries of five seconds and a pause

settings = read_settings()
sender = build_sender(settings)
dead_letters = build_dead_letters(settings)
messages_queue = build_messages_queue(settings) if sender.ledger.keeps else None


@publishes_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a batch of records with those that should come again; ReportBatchItemFailures must be on.

    To raise, or to run out of time, would bring back the whole batch, and without a ledger what was sent would be
    sent again.
    """
    again = [record for record in event["Records"] if not _finished(record, context)]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in again]}


def _finished(record: dict[str, Any], context: LambdaContext) -> bool:
    """Whether the record is done with: accepted, expired, kept by the ledger or in the dead-letter queue."""
    seconds_left = context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_SETTLE
    if seconds_left <= 0:
        logger.warning("no time left for a record", extra={"sqs_message_id": record["messageId"]})
        return False
    try:
        return _sent(record, _origin(record), seconds_left)
    except TableUnavailable as error:  # what the ledger has is safe from another try
        extra = {"sqs_message_id": record["messageId"], "error": type(error).__name__}
        logger.warning("the ledger did not answer", extra=extra)
        return False


def _sent(record: dict[str, Any], origin: Origin, seconds_left: float) -> bool:
    try:
        document = read_document(record["body"], "body")
    except InvalidMessage as invalid:
        return _dead_lettered(record["body"], sender.refuse(invalid, origin))
    result = sender.send(document, origin, seconds_left)
    if result.status in {"accepted", "expired", "queued"} or _settled_later(result):
        return True
    if result.status == "sending" or result.comes_again:
        _hide(record, result)
        return False
    return _dead_lettered(with_key(document, given_key(document) or origin.key), result)


def _origin(record: dict[str, Any]) -> Origin:
    """Where the message first came in, if it was put back or moved back here; else this record."""
    name = record.get("messageAttributes", {}).get(MESSAGE_ID, {}).get("stringValue")
    row = sender.ledger.message(name) if name else None
    return Origin("queue", row.scope, row.key) if row else Origin("queue", "queue", record["messageId"])


def _settled_later(result: Result) -> bool:
    """Whether nobody knows yet: settle_sends finds out, or tells a person. After that nothing else looks after it."""
    row = sender.ledger.message(result.message_id) if result.status == "unknown" else None
    return row is not None and row.held_at is None


def _hide(record: dict[str, Any], result: Result) -> None:
    """Let a message come again when its recipient's window opens, not after the queue's own time."""
    seconds = result.retry_after(now())
    if messages_queue is None or result.category != "throttled" or seconds > LONGEST_WAIT:
        return
    try:
        messages_queue.hide(record["receiptHandle"], seconds)
    except Exception as error:  # noqa: BLE001 - it then comes again after the queue's own time
        extra = {"message_id": result.message_id, "error": type(error).__name__}
        logger.warning("visibility not changed", extra=extra)


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
