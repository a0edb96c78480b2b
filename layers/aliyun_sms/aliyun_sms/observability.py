"""What is logged and measured: one JSON line and one count for each outcome, and nothing of anybody's secrets."""

from __future__ import annotations

import logging
from collections import Counter
from functools import wraps
from itertools import chain, islice
from threading import Lock
from time import time
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from .message.incoming import IncomingMessage
from .privacy import scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .message.incoming import Unreadable
    from .result import Result

_P = ParamSpec("_P")
_Returned = TypeVar("_Returned")

MOST_NUMBERS_LOGGED = 10
CALLER_SECONDS = 300  # in which a caller's mistakes count as those of one caller: the period of the alarm
MOST_CALLERS = 1000  # that are remembered; the alarm needs three
OLDEST_DUE = "oldest-due-seconds"
LIMIT_USED = "daily-limit-percent"
UNITS = {OLDEST_DUE: MetricUnit.Seconds, LIMIT_USED: MetricUnit.Percent}  # every other metric is a count
_NOT_LOGGED = {"description", "reference", "advice"}

logger = Logger()
metrics = Metrics(namespace="AliyunSms")
logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it quotes URLs, which hold numbers under version 3

counts: Counter[str] = Counter()  # of an invocation, by metric; and seconds, by the one that has them
callers: dict[str, float] = {}  # that were at fault, and when each was counted, the earliest first
_counting = Lock()  # submissions are made by several threads


def publishes_metrics(handler: Callable[_P, _Returned]) -> Callable[_P, _Returned]:
    """Decorate a Lambda handler whose outcomes are counted; an invocation without any publishes nothing."""

    @wraps(handler)
    def publishing(*args: _P.args, **kwargs: _P.kwargs) -> _Returned:
        try:
            return handler(*args, **kwargs)
        finally:
            _publish()

    return publishing


def log_outcomes(
    results: Sequence[Result], incoming: Sequence[IncomingMessage | Unreadable], milliseconds: int
) -> None:
    """Log and count outcomes: a line for those of one call that are the same. Raises nothing: the SMS may be sent.

    `incoming` is what the results are of, in their order.
    """
    try:
        for alike in _alike(results, incoming):
            _log_alike(*zip(*alike, strict=True), milliseconds=milliseconds)
    except Exception as error:  # noqa: BLE001 - to raise would bring back what was sent
        defect(error)


def _alike(
    results: Sequence[Result], incoming: Sequence[IncomingMessage | Unreadable]
) -> Iterable[list[tuple[Result, IncomingMessage | Unreadable]]]:
    groups: dict[object, list[tuple[Result, IncomingMessage | Unreadable]]] = {}
    for result, each in zip(results, incoming, strict=True):
        outcome = (
            result.status,
            result.code,
            result.description,
            result.request_id,
            result.duplicate,
            result.of_caller,
        )
        groups.setdefault((each.origin.scope, outcome), []).append((result, each))
    return groups.values()


def _log_alike(
    results: Sequence[Result], incoming: Sequence[IncomingMessage | Unreadable], *, milliseconds: int
) -> None:
    result, origin = results[0], incoming[0].origin
    messages = [each.message for each in incoming if isinstance(each, IncomingMessage)]
    numbers = chain.from_iterable(message.masked_numbers for message in messages[:MOST_NUMBERS_LOGGED])
    ids = [each.message_id for each in results]
    line = {
        **({"message_id": ids[0]} if len(ids) == 1 else {"message_ids": ids}),
        "door": origin.door,
        "scope": origin.scope,
        **({"api_request_id": origin.key} if origin.door == "request" else {}),
        "status": result.status,
        "code": result.code,
        "description": scrub(result.description or "", [message.template_param for message in messages]),
        "category": result.category,
        **({"of_caller": True} if result.of_caller else {}),
        "request_id": result.request_id,
        "biz_id": result.biz_id,
        "recipients": sum(each.recipients for each in results),
        "phone_numbers": tuple(islice(numbers, MOST_NUMBERS_LOGGED)),
        "milliseconds": milliseconds,
    }
    write = logger.info if result.status == "accepted" else logger.warning
    write("outcome", extra=line)
    _count_outcomes(result, origin.scope, len(results))


def log_settled(result: Result, door: str, scope: str) -> None:
    """Log and count what an unknown outcome came to."""
    line = {name: value for name, value in result.document().items() if name not in _NOT_LOGGED}
    logger.info("settled", extra={"door": door, "scope": scope, **line})
    _count(f"settled-{result.status}")
    if result.status == "rejected":
        _count_outcomes(result, scope)


def log_unread(submission: str, codes: Mapping[str, int]) -> None:
    """Log and count that send records could not be read, for so many recipients by code; an alarm watches the count."""
    logger.error("send records cannot be read", extra={"submission": submission, "codes": dict(codes)})
    _count("send-records-unread")


def log_policy_unread(why: str) -> None:
    """Log and count that the policy's row cannot be read; an alarm watches the count."""
    logger.error("policy cannot be read", extra={"why": why})
    _count("policy-unread")


def measure_oldest_due(seconds: int) -> None:
    """Publish how long a row has been due, of those of an invocation the longest; an alarm watches it."""
    counts[OLDEST_DUE] = max(counts[OLDEST_DUE], seconds)


def measure_usage(recipients: int, limit: int, *, is_stopped: bool) -> None:
    """Publish how many recipients were counted today, and that sending is stopped; alarms watch both."""
    counts["recipients-today"] = recipients
    counts["stopped"] = int(is_stopped)
    if limit:
        counts[LIMIT_USED] = 100 * recipients // limit


def count_over_limit(messages: int) -> None:
    """Count messages that a day's cap has no room for; an alarm watches the count."""
    _count("over-daily-limit", messages)


def count_not_given_back(messages: int) -> None:
    """Log and count results that were written without giving back their room, since others wrote the same row."""
    logger.warning("room not given back", extra={"messages": messages})
    _count("not-given-back", messages)


def defect(error: BaseException, what: str = "defect", **extra: str | None) -> None:
    """Log and count a fault of ours by its type alone, since a text may quote values; an alarm watches the count."""
    logger.error(what, extra={**extra, "error": type(error).__name__})
    _count("defect")


def _count_outcomes(result: Result, scope: str, value: int = 1) -> None:
    """By category; a caller's mistakes by themselves, since no operator can mend them, and by caller."""
    if not result.of_caller:
        _count(result.category or result.status, value)
        return
    _count("caller-configuration", value)
    if _is_counted_anew(scope):
        _count("callers-at-fault")


def _is_counted_anew(caller: str) -> bool:
    with _counting:
        if time() - callers.get(caller, 0) < CALLER_SECONDS:
            return False
        callers.pop(caller, None)
        callers[caller] = time()
        if len(callers) > MOST_CALLERS:
            del callers[next(iter(callers))]
    return True


def _count(name: str, value: int = 1) -> None:
    with _counting:
        counts[name] += value


def _publish() -> None:
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=UNITS.get(name, MetricUnit.Count), value=value)
    if counts:
        metrics.flush_metrics()
    counts.clear()
