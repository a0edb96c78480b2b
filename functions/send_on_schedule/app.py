"""Schedule door: sends the messages of an EventBridge schedule or event."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.aws.clients import LONGEST_CALL
from aliyun_sms.aws.sqs import with_key
from aliyun_sms.errors import Fault, InvalidMessage, UnknownField
from aliyun_sms.message.document import read_document
from aliyun_sms.message.fields import read_name
from aliyun_sms.message.incoming import Origin, given_key
from aliyun_sms.observability import logger, publishes_metrics
from aliyun_sms.privacy import shown
from aliyun_sms.sending.bulk import send_all
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_dead_letters, build_sender, now
from aliyun_sms.threads import in_threads

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from aliyun_sms.result import Result

SECONDS_TO_FINISH = LONGEST_CALL + 1  # kept back from the provider for the ledger, the dead letters and the answer,
SECONDS_EACH = 0.01  # and for each message that is not accepted, since it may end there, ten at a time,
MOST_SECONDS = 30  # but not more than half of the function's

MOST_MESSAGES = 5000  # of a list: even if all are faulty, half of the function's time is enough to say so of each
LONGEST_RUN = 240  # with an index it is within the 255 characters of a key

TAKEN = {"accepted", "unknown", "queued", "sending"}  # statuses of what was sent, perhaps, or will be by the ledger
RUN_FIELDS = ("schedule", "scheduled_time")  # which EventBridge Scheduler fills in
LIST_FIELDS = {"messages", *RUN_FIELDS}
INPUT_FIELDS = {"input", *RUN_FIELDS}
NO_RUN = (
    "what is delivered twice is sent twice: the input has neither schedule and scheduled_time nor an event's id,"
    " and a message of it no idempotency_key"
)

settings = read_settings()
sender = build_sender(settings)
dead_letters = build_dead_letters(settings)


class NothingSentError(Exception):
    """Raised so that Lambda tries the invocation again, and in the end hands it to the on-failure destination."""


class Given(NamedTuple):
    """What was given as a message, the key that it gets where it names none, and why it is no message, if so."""

    document: object
    key: str
    invalid: InvalidMessage | None = None


@publishes_metrics
def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Send what the input holds; answers {"results": [...], "counts": {status: number}}.

    The input is a message, or {"messages": [...], "schedule", "scheduled_time"}, or {"input", "schedule",
    "scheduled_time"} with either as its input or the JSON text of it, or an EventBridge event with either as its
    detail. With a ledger, what there is no time for, a limit holds up or the network waits there, and goes into
    the queue. Raises NothingSentError only where nothing was sent, nor is by the ledger, and another try can help:
    to raise, or to run out of time, makes Lambda send all of it again.
    """
    messages = read(event, context.aws_request_id)
    seconds_left = seconds_left_of(context)
    results = send_all(sender, map(incoming, messages), seconds_left, now, seconds_kept=seconds_kept)
    taken = any(result.status in TAKEN for result in results)
    if not taken and any(result.comes_again for result in results):
        raise NothingSentError(codes(results))

    def finished_at(place: int) -> bool:
        return finish(messages[place], results[place], context)

    finished = in_threads(finished_at, range(len(messages)))
    if not taken and not all(finished):
        raise NothingSentError(codes(results))
    counts = Counter(result.status for result in results)
    return {"results": [result.document() for result in results], "counts": dict(counts)}


def seconds_kept(messages: int) -> float:
    """What so many take that are not accepted."""
    return min(SECONDS_TO_FINISH + SECONDS_EACH * messages, MOST_SECONDS)


def seconds_left_of(context: LambdaContext) -> float:
    """Seconds until the function is ended."""
    return context.get_remaining_time_in_millis() / 1000


def codes(results: list[Result]) -> str:
    """Why nothing was sent, for what Lambda keeps of the invocation."""
    return ", ".join(sorted({result.code or result.status for result in results}))


def incoming(given: Given) -> tuple[object, Origin]:
    """A message, or why there is none, and where it comes from."""
    return given.invalid or given.document, Origin("schedule", "schedule", given.key)


def read(event: object, request_id: str) -> list[Given]:
    """What the input gives as messages, each with its default key; one that cannot be read is one, with its faults."""
    try:
        document, run = unwrapped(event)
    except InvalidMessage as invalid:
        return [Given(event, request_id, invalid)]
    messages = listed(document, run or request_id)
    if run is None and any(given_key(given.document) is None for given in messages):
        logger.warning(NO_RUN)
    return messages


def unwrapped(event: object) -> tuple[object, str | None]:
    """What holds the messages, and the name of this run, which is the same when it comes again; None where it has none.

    Raises InvalidMessage where one of them cannot be read.
    """
    if not isinstance(event, dict):
        return event, None
    if "detail" in event and "detail-type" in event:
        return event["detail"], run_of(event, "id")
    if "input" not in event:
        return event, run_of(event, *RUN_FIELDS)
    if unknown := [name for name in event if name not in INPUT_FIELDS]:
        raise InvalidMessage(UnknownField(shown(name), "is not a field beside input") for name in unknown)
    document = event["input"]
    if isinstance(document, str):
        document = read_document(document, "input", number=json.loads)  # as Lambda reads its events
    own = run_of(document, *RUN_FIELDS) if isinstance(document, dict) else None
    return document, own or run_of(event, *RUN_FIELDS)


def run_of(named: dict[str, Any], *fields: str) -> str | None:
    """The name that these fields give, hashed where very long; None where one is absent or as <aws.scheduler.…>."""
    parts = [named.get(field) for field in fields]
    if any(not isinstance(part, str) or not part or part.startswith("<aws.") for part in parts):
        return None
    key = "/".join(read_name(field, part) for field, part in zip(fields, parts, strict=True))
    return key if len(key) <= LONGEST_RUN else sha256(key.encode()).hexdigest()


def listed(document: object, key: str) -> list[Given]:
    """The messages of a list, or the one that the document is; a list that cannot be read is one, with its faults."""
    if not isinstance(document, dict) or "messages" not in document:
        return [Given(document, key)]
    if faults := list_faults(document):
        return [Given(document, key, InvalidMessage(faults))]
    return [Given(message, f"{key}/{index}") for index, message in enumerate(document["messages"])]


def list_faults(document: dict[str, Any]) -> list[Fault]:
    """What is wrong with a list of messages, whatever its messages are."""
    unknown = [name for name in document if name not in LIST_FIELDS]
    faults: list[Fault] = [UnknownField(shown(name), "is not a field beside messages") for name in unknown]
    if not isinstance(document["messages"], list) or not document["messages"]:
        faults.append(Fault("messages", "must be a list of messages, one at least"))
    elif len(document["messages"]) > MOST_MESSAGES:
        faults.append(Fault("messages", f"has {len(document['messages'])} messages, at most {MOST_MESSAGES}"))
    return faults


def finish(given: Given, result: Result, context: LambdaContext) -> bool:
    """Whether the message is done with. Nobody reads a schedule's answer: what failed goes where an alarm is."""
    if result.status in {"accepted", "expired", "queued", "sending"} or sender.leaves_to_settling(result):
        return True
    return dead_letters.add_in_time(with_key(given.document, given.key), result, seconds_left_of(context))
