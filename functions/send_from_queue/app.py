"""Queue door: sends the messages of SQS records, together where they may travel together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aliyun_sms.dead_letters import LONGEST_PUT, with_key
from aliyun_sms.document import read_document
from aliyun_sms.errors import InvalidMessage
from aliyun_sms.many import send_all
from aliyun_sms.messages_queue import MESSAGE_ID
from aliyun_sms.observability import logger, publishes_metrics
from aliyun_sms.result import Origin, Result
from aliyun_sms.sender import LONGEST_WAIT, given_key
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_dead_letters, build_messages_queue, build_sender, now
from aliyun_sms.table import TableUnavailable
from aliyun_sms.threads import in_threads

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    Record = dict[str, Any]

SECONDS_TO_SETTLE = LONGEST_PUT + 1  # kept back from the provider for the dead-letter queue and the answer,
SECONDS_EACH = 0.01  # and for each record, since all of them may end there, ten at a time,
SECONDS_TO_HIDE = 5  # that one try of it may take
MOST_SECONDS = 30  # but not more than half of the function's

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
    records = event["Records"]
    try:
        origins = _origins(records)
    except TableUnavailable as error:  # what the ledger has is safe from another try
        logger.warning("the ledger did not answer", extra={"error": type(error).__name__})
        return _again(records)
    messages = [(_document(record["body"]), origin) for record, origin in zip(records, origins, strict=True)]
    seconds_kept = min(SECONDS_TO_SETTLE + SECONDS_EACH * len(records), MOST_SECONDS)
    results = send_all(sender, messages, _seconds_left(context) - seconds_kept, now)

    def finished(place: int) -> bool:
        return _finished(records[place], *messages[place], results[place], context)

    finish = [place for place, result in enumerate(results) if result.status != "accepted"]
    done = dict(zip(finish, in_threads(finished, finish), strict=True))
    return _again([record for place, record in enumerate(records) if not done.get(place, True)])


def _again(records: list[Record]) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]}


def _seconds_left(context: LambdaContext) -> float:
    return context.get_remaining_time_in_millis() / 1000


def _origins(records: list[Record]) -> list[Origin]:
    """Where each message first came in, if it was put back or moved back here; else its record."""
    names = [record.get("messageAttributes", {}).get(MESSAGE_ID, {}).get("stringValue") for record in records]
    rows = sender.ledger.messages([name for name in names if re.fullmatch("[0-9a-f]{32}", name or "")])
    return [
        Origin("queue", rows[name].scope, rows[name].key)
        if name in rows
        else Origin("queue", "queue", record["messageId"])
        for record, name in zip(records, names, strict=True)
    ]


def _document(body: str) -> object:
    """The value in a record's body, or why there is none."""
    try:
        return read_document(body, "body")
    except InvalidMessage as invalid:
        return invalid


def _finished(record: Record, document: object, origin: Origin, result: Result, context: LambdaContext) -> bool:
    """Whether the record is done with: expired, kept by the ledger or in the dead-letter queue."""
    if result.status in {"accepted", "expired", "queued"}:
        return True
    if result.status == "sending" or result.comes_again:
        if _seconds_left(context) > SECONDS_TO_HIDE:
            _hide(record, result)
        return False
    try:
        if _settled_later(result):
            return True
    except TableUnavailable as error:
        extra = {"sqs_message_id": record["messageId"], "error": type(error).__name__}
        logger.warning("the ledger did not answer", extra=extra)
        return False
    unread = isinstance(document, InvalidMessage)
    body = record["body"] if unread else with_key(document, given_key(document) or origin.key)
    put = dead_letters.put_in_time(body, result, _seconds_left(context))
    return put or result.status == "unknown"  # which must never be sent again, and the log has it


def _settled_later(result: Result) -> bool:
    """Whether nobody knows yet: settle_sends finds out, or tells a person. After that nothing else looks after it."""
    if result.status != "unknown" or not sender.ledger.keeps:
        return False
    if not result.duplicate:  # its claim was written before the call
        return True
    row = sender.ledger.message(result.message_id)
    return row is not None and row.held_at is None


def _hide(record: Record, result: Result) -> None:
    """Let a message come again when its recipient's window opens, not after the queue's own time."""
    seconds = result.retry_after(now())
    if messages_queue is None or result.category != "throttled" or seconds > LONGEST_WAIT:
        return
    try:
        messages_queue.hide(record["receiptHandle"], seconds)
    except Exception as error:  # noqa: BLE001 - it then comes again after the queue's own time
        extra = {"message_id": result.message_id, "error": type(error).__name__}
        logger.warning("visibility not changed", extra=extra)
