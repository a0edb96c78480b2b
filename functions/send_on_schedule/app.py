"""Schedule door: sends the messages of an EventBridge schedule or event."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aliyun_sms.aws.clients import LONGEST_CALL
from aliyun_sms.aws.sqs import with_key
from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.message.incoming import Origin, given_key
from aliyun_sms.observability import publishes_metrics
from aliyun_sms.privacy import shown
from aliyun_sms.sending.bulk import send_all
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_dead_letters, build_sender, now
from aliyun_sms.threads import in_threads

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from aliyun_sms.result import Result

SECONDS_TO_FINISH = LONGEST_CALL + 1  # kept back from the provider for the ledger, the dead letters and the answer,
SECONDS_EACH = 0.01  # and for each message, since all of them may end there, ten at a time,
MOST_SECONDS = 30  # but not more than half of the function's

MOST_MESSAGES = 5000  # of a list: even if all are faulty, half of the function's time is enough to say so of each
LONGEST_SCHEDULE_KEY = 240  # with an index it is within the 255 characters of a key

TAKEN = {"accepted", "unknown", "queued", "sending"}  # statuses of what was sent, perhaps, or will be by the ledger
LIST_FIELDS = {"messages", "schedule", "scheduled_time"}

settings = read_settings()
sender = build_sender(settings)
dead_letters = build_dead_letters(settings)


class NothingSentError(Exception):
    """Raised so that Lambda tries the invocation again, and in the end hands it to the on-failure destination."""


@publishes_metrics
def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Send what the input holds; answers {"results": [...], "counts": {status: number}}.

    The input is a message, or {"messages": [...], "schedule", "scheduled_time"}, or an EventBridge event with either
    as its detail. With a ledger, what there is no time for, a limit holds up or the network waits there, and goes into
    the queue. Raises NothingSentError only where nothing was sent, nor is by the ledger, and another try can help:
    to raise, or to run out of time, makes Lambda send all of it again.
    """
    messages = read(event, context.aws_request_id)
    seconds_kept = min(SECONDS_TO_FINISH + SECONDS_EACH * len(messages), MOST_SECONDS)
    results = send_all(sender, map(incoming, messages), seconds_left_of(context) - seconds_kept, now)
    taken = any(result.status in TAKEN for result in results)
    if not taken and any(result.comes_again for result in results):
        raise NothingSentError(codes(results))

    def finished_at(place: int) -> bool:
        return finish(*messages[place], results[place], context)

    finished = in_threads(finished_at, range(len(messages)))
    if not taken and not all(finished):
        raise NothingSentError(codes(results))
    counts = Counter(result.status for result in results)
    return {"results": [result.document() for result in results], "counts": dict(counts)}


def seconds_left_of(context: LambdaContext) -> float:
    """Seconds until the function is ended."""
    return context.get_remaining_time_in_millis() / 1000


def codes(results: list[Result]) -> str:
    """Why nothing was sent, for what Lambda keeps of the invocation."""
    return ", ".join(sorted({result.code or result.status for result in results}))


def incoming(message: tuple[object, str]) -> tuple[object, Origin]:
    """A message and where it comes from; of a list that cannot be read, its faults."""
    document, key = message
    faults = list_faults(document)
    return InvalidMessage(faults) if faults else document, Origin("schedule", "schedule", key)


def read(event: object, request_id: str) -> list[tuple[object, str]]:
    """The messages of the input, each with its default key."""
    if not isinstance(event, dict):
        return [(event, request_id)]
    if "detail" in event and "detail-type" in event:
        return keyed(event["detail"], str(event.get("id") or request_id))
    return keyed(event, schedule_key(event) or request_id)


def keyed(document: object, key: str) -> list[tuple[object, str]]:
    """The messages of a list; a list that cannot be read is one message, whose faults are then named."""
    if not isinstance(document, dict) or "messages" not in document or list_faults(document):
        return [(document, key)]
    return [(message, f"{key}/{index}") for index, message in enumerate(document["messages"])]


def list_faults(document: object) -> list[Fault]:
    """What is wrong with a list of messages, whatever its messages are."""
    if not isinstance(document, dict) or "messages" not in document:
        return []
    unknown = [name for name in document if name not in LIST_FIELDS]
    faults = [Fault(shown(name), "is not a field beside messages") for name in unknown]
    if not isinstance(document["messages"], list) or not document["messages"]:
        faults.append(Fault("messages", "must be a list of messages, one at least"))
    elif len(document["messages"]) > MOST_MESSAGES:
        faults.append(Fault("messages", f"has {len(document['messages'])} messages, at most {MOST_MESSAGES}"))
    return faults


def schedule_key(event: dict[str, Any]) -> str | None:
    """Schedule and time of the run, hashed where they are very long; None where absent or as <aws.scheduler.…>."""
    parts = event.get("schedule"), event.get("scheduled_time")
    if any(not isinstance(part, str) or not part or part.startswith("<aws.") for part in parts):
        return None
    key = "/".join(str(part) for part in parts)
    return key if len(key) <= LONGEST_SCHEDULE_KEY else sha256(key.encode(errors="surrogatepass")).hexdigest()


def finish(document: object, key: str, result: Result, context: LambdaContext) -> bool:
    """Whether the message is done with. Nobody reads a schedule's answer: what failed goes where an alarm is."""
    if result.status in {"accepted", "expired", "queued", "sending"} or sender.leaves_to_settling(result):
        return True
    return dead_letters.add_in_time(with_key(document, given_key(document) or key), result, seconds_left_of(context))
