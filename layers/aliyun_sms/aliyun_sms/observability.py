"""What is logged and measured: one JSON line and one count for each outcome, and nothing of anybody's secrets."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from functools import wraps
from itertools import chain, islice, zip_longest
from threading import Lock
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from .phone_number import mask
from .signature import percent_encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .message import Message
    from .result import Door, Result

_P = ParamSpec("_P")
_Answer = TypeVar("_Answer")

MOST_NUMBERS_LOGGED = 10
_NOT_LOGGED = {"description", "reference", "advice"}

logger = Logger()
metrics = Metrics(namespace="AliyunSms")
logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it quotes URLs, which hold numbers under version 3
logging.getLogger("botocore").setLevel(logging.WARNING)  # its debug lines hold secrets

counts: Counter[str] = Counter()  # of an invocation, by metric
_counting = Lock()  # submissions are made by several threads

LEAST_DIGITS = 7  # of a number
_NUMBER = rf"\+?[0-9]{{{LEAST_DIGITS},}}"


def publishes_metrics(handler: Callable[_P, _Answer]) -> Callable[_P, _Answer]:
    """Decorate a Lambda handler that records outcomes; an invocation without any publishes nothing."""

    @wraps(handler)
    def publishing(*args: _P.args, **kwargs: _P.kwargs) -> _Answer:
        try:
            return handler(*args, **kwargs)
        finally:
            _publish()

    return publishing


def record(results: Sequence[Result], door: Door, messages: Sequence[Message], milliseconds: int) -> None:
    """Log and count outcomes: a line for those of one call that are the same. Raises nothing: the SMS may be sent.

    `messages` are those of the results, or none where they could not be read.
    """
    try:
        for alike in _alike(results, messages):
            _record(*zip(*alike, strict=True), door=door, milliseconds=milliseconds)
    except Exception as error:  # noqa: BLE001 - to raise would bring back what was sent
        defect(error)


def _alike(results: Sequence[Result], messages: Sequence[Message]) -> Iterable[list[tuple[Result, Message | None]]]:
    groups: dict[object, list[tuple[Result, Message | None]]] = {}
    for result, message in zip_longest(results, messages):
        outcome = (result.status, result.code, result.description, result.request_id, result.duplicate)
        groups.setdefault(outcome, []).append((result, message))
    return groups.values()


def _record(results: Sequence[Result], messages: Sequence[Message | None], *, door: Door, milliseconds: int) -> None:
    result, given = results[0], [message for message in messages if message]
    numbers = chain.from_iterable(message.masked_numbers for message in given[:MOST_NUMBERS_LOGGED])
    ids = [each.message_id for each in results]
    line = {
        **({"message_id": ids[0]} if len(ids) == 1 else {"message_ids": ids}),
        "door": door,
        "status": result.status,
        "code": result.code,
        "description": scrub(result.description or "", given),
        "category": result.category,
        "request_id": result.request_id,
        "biz_id": result.biz_id,
        "recipients": sum(each.recipients for each in results),
        "phone_numbers": tuple(islice(numbers, MOST_NUMBERS_LOGGED)),
        "milliseconds": milliseconds,
    }
    write = logger.info if result.status == "accepted" else logger.warning
    write("outcome", extra=line)
    _count(result.category or result.status, len(results))


def settled(result: Result, door: str) -> None:
    """Log and count what an unknown outcome came to."""
    line = {name: value for name, value in result.document().items() if name not in _NOT_LOGGED}
    logger.info("settled", extra={"door": door, **line})
    _count(f"settled-{result.status}")
    if result.status == "rejected":
        _count(result.category or result.status)


def defect(error: BaseException, what: str = "defect", **extra: str | None) -> None:
    """Log and count a fault of ours by its type alone, since a text may quote values; an alarm watches the count."""
    logger.error(what, extra={**extra, "error": type(error).__name__})
    _count("defect")


def _count(name: str, value: int = 1) -> None:
    with _counting:
        counts[name] += value


def _publish() -> None:
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    if counts:
        metrics.flush_metrics()
    counts.clear()


def scrub(text: str, messages: Sequence[Message] = ()) -> str:
    """The text with numbers masked and the messages' template values blotted out, in each form they may stand in."""
    params = {message.template_param for message in messages} if text not in {"", "OK"} else set()
    values = {form for param in params for form in _values(param)}
    by_length = [re.escape(value) for value in sorted(values, key=len, reverse=True)]
    long = sum(len(value) >= LEAST_DIGITS for value in values)  # what is shorter may be a part of a number
    either = "|".join([*by_length[:long], _NUMBER, *by_length[long:]])
    return re.sub(either, lambda found: "***" if found[0] in values else mask(found[0]), text)


def _values(template_param: str | None) -> set[str]:
    """Values of two characters and more: blotting out a single one would leave nothing to read."""
    values = json.loads(template_param or "{}").values()
    return {form for value in values if len(value) > 1 for form in _forms(value)}


def _forms(value: str) -> set[str]:
    """As it is and in JSON text, each also percent-encoded, and once more as in a string to sign."""
    plain = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    once = set(map(percent_encode, plain))
    return plain | once | set(map(percent_encode, once))
