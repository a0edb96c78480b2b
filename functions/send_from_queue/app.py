"""Queue door: sends the messages of SQS records, together where they may travel together."""

from __future__ import annotations

import re
from random import random
from typing import TYPE_CHECKING, Any

from aliyun_sms.aws.clients import LONGEST_CALL
from aliyun_sms.aws.sqs import MESSAGE_ID, text_with_key
from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.ledger.claim import same_payload
from aliyun_sms.ledger.table import TableUnavailable
from aliyun_sms.message.document import read_document
from aliyun_sms.message.incoming import IncomingMessage, Origin
from aliyun_sms.observability import logger, publishes_metrics
from aliyun_sms.sending.bulk import send_all
from aliyun_sms.sending.waiting import is_last_wait, seconds_hidden
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_dead_letters, build_messages_queue, build_sender, now
from aliyun_sms.threads import in_threads

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.result import Result

    Record = dict[str, Any]

SECONDS_TO_FINISH = LONGEST_CALL + 1  # kept back from the provider for the dead-letter queue and the answer,
SECONDS_EACH = 0.01  # and for each record that is not accepted, since it may end there, ten at a time,
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
        messages = messages_of(records)
    except TableUnavailable as error:  # what the ledger has is safe from another try
        logger.warning("the ledger did not answer", extra={"error": type(error).__name__})
        return coming_again(records)
    results = send_all(sender, messages, seconds_left_of(context), now, seconds_kept=seconds_kept)

    def finished(place: int) -> bool:
        return is_finished(records[place], *messages[place], results[place], context)

    finish = [place for place, result in enumerate(results) if result.status != "accepted"]
    done = dict(zip(finish, in_threads(finished, finish), strict=True))
    return coming_again([record for place, record in enumerate(records) if not done.get(place, True)])


def seconds_kept(records: int) -> float:
    """What so many take that are not accepted."""
    return min(SECONDS_TO_FINISH + SECONDS_EACH * records, MOST_SECONDS)


def coming_again(records: list[Record]) -> dict[str, Any]:
    """The answer that lets these records come again, and no others."""
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]}


def seconds_left_of(context: LambdaContext) -> float:
    """Seconds until the function is ended."""
    return context.get_remaining_time_in_millis() / 1000


def messages_of(records: list[Record]) -> list[tuple[object, Origin]]:
    """The message of each record, and where it first came in, if it was put back or moved back here."""
    names = [record.get("messageAttributes", {}).get(MESSAGE_ID, {}).get("stringValue") for record in records]
    rows = sender.ledger.messages([name for name in names if re.fullmatch("[0-9a-f]{32}", name or "")])
    return [
        identified(document_of(record["body"]), origin_of(record), rows.get(name))
        for record, name in zip(records, names, strict=True)
    ]


def origin_of(record: Record) -> Origin:
    """Where the message of a record came in. A last receive is kept for a function that is killed."""
    may_wait = not is_last_wait(receives_of(record), settings.queue_maximum_receives)
    return Origin("queue", "queue", record["messageId"], may_wait)


def identified(document: object, origin: Origin, row: MessageRow | None) -> tuple[object, Origin]:
    """A message with the origin of the row that its record names, if it has the row's key; else with its record's.

    Anybody who may send to the queue can name a row. Where that is of another message, this one is refused: sent under
    the row's key it would act for somebody else, and as a message of the queue it would be the second under one key.
    """
    if row is None:
        return document, origin
    origin = origin._replace(may_wait=False)  # it has waited in the ledger before
    if row.scope == origin.scope:
        return document, origin
    incoming = sender.read(document, origin)
    if incoming.key != row.key:
        return document, origin
    if isinstance(incoming, IncomingMessage) and not same_payload(row, incoming.message):
        document = InvalidMessage([Fault("idempotency_key", "is that of another message in the ledger")])
    return document, Origin("queue", row.scope, row.key, may_wait=False)


def receives_of(record: Record) -> int:
    """How often a record has been received, about: SQS counts a little loosely."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def document_of(body: str) -> object:
    """The value in a record's body, or why there is none."""
    try:
        return read_document(body, "body")
    except InvalidMessage as invalid:
        return invalid


def is_finished(record: Record, document: object, origin: Origin, result: Result, context: LambdaContext) -> bool:
    """Whether the record is done with: expired, kept by the ledger or in the dead-letter queue."""
    if result.status in {"accepted", "expired", "queued"}:
        return True
    if result.status == "sending" or result.comes_again:
        if seconds_left_of(context) > SECONDS_TO_HIDE:
            hide(record, result)
        return False
    try:
        if is_settled_later(result):
            return True
        sender.ledger.renew(result.message_id, int(now().timestamp()))
    except TableUnavailable as error:
        extra = {"sqs_message_id": record["messageId"], "error": type(error).__name__}
        logger.warning("the ledger did not answer", extra=extra)
        return False
    body = text_with_key(record["body"], document, origin.key)
    put = dead_letters.add_in_time(body, result, seconds_left_of(context))
    let_go = result.status == "unknown" and not sender.ledger.keeps  # it would be sent again; the log has it
    return put or let_go


def is_settled_later(result: Result) -> bool:
    """Whether settling still has the message: one that was handed to a person comes here only if it was moved back."""
    if not sender.leaves_to_settling(result):
        return False
    if not result.duplicate:  # its claim was written before the call
        return True
    row = sender.ledger.message(result.message_id)
    return row is not None and row.held_at is None


def hide(record: Record, result: Result) -> None:
    """Let a message come again when the provider may take it, not after the queue's own time."""
    if messages_queue is None or result.category != "throttled":
        return
    chance = random()  # noqa: S311 - nothing depends on its being hard to guess
    seconds = seconds_hidden(result.retry_after(now()), receives_of(record), chance)
    try:
        messages_queue.hide(record["receiptHandle"], seconds)
    except Exception as error:  # noqa: BLE001 - it then comes again after the queue's own time
        extra = {"message_id": result.message_id, "error": type(error).__name__}
        logger.warning("visibility not changed", extra=extra)
