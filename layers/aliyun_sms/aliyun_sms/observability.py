"""What is logged and measured: one JSON line and one count for each outcome, and nothing of anybody's secrets."""

from __future__ import annotations

import json
import logging
import re
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from .phone_number import mask
from .signature import percent_encode

if TYPE_CHECKING:
    from collections.abc import Callable

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

_NUMBER = r"\+?[0-9]{7,}"


def publishes_metrics(handler: Callable[_P, _Answer]) -> Callable[_P, _Answer]:
    """Decorate a Lambda handler that records outcomes; an invocation without any publishes nothing."""

    @wraps(handler)
    def publishing(*args: _P.args, **kwargs: _P.kwargs) -> _Answer:
        try:
            return handler(*args, **kwargs)
        finally:
            if metrics.provider.metric_set:
                metrics.flush_metrics()

    return publishing


def record(result: Result, door: Door, message: Message | None, milliseconds: int) -> None:
    """Log and count one outcome; `message` is None where it could not be read. Raises nothing: the SMS may be sent."""
    try:
        _record(result, door, message, milliseconds)
    except Exception as error:  # noqa: BLE001 - to raise would bring back what was sent
        defect(error)


def _record(result: Result, door: Door, message: Message | None, milliseconds: int) -> None:
    numbers = message.masked_numbers[:MOST_NUMBERS_LOGGED] if message else ()
    line = {
        "message_id": result.message_id,
        "door": door,
        "status": result.status,
        "code": result.code,
        "description": scrub(result.description or "", message),
        "category": result.category,
        "request_id": result.request_id,
        "biz_id": result.biz_id,
        "recipients": result.recipients,
        "phone_numbers": numbers,
        "milliseconds": milliseconds,
    }
    write = logger.info if result.status == "accepted" else logger.warning
    write("outcome", extra=line)
    metrics.add_metric(name=result.category or result.status, unit=MetricUnit.Count, value=1)


def settled(result: Result, door: str) -> None:
    """Log and count what an unknown outcome came to."""
    line = {name: value for name, value in result.document().items() if name not in _NOT_LOGGED}
    logger.info("settled", extra={"door": door, **line})
    metrics.add_metric(name=f"settled-{result.status}", unit=MetricUnit.Count, value=1)


def defect(error: BaseException, what: str = "defect", **extra: str | None) -> None:
    """Log and count a fault of ours by its type alone, since a text may quote values; an alarm watches the count."""
    logger.error(what, extra={**extra, "error": type(error).__name__})
    metrics.add_metric(name="defect", unit=MetricUnit.Count, value=1)


def scrub(text: str, message: Message | None = None) -> str:
    """The text with numbers masked and the message's template values blotted out, in each form they may stand in."""
    values = _values(message)
    either = "|".join([*map(re.escape, sorted(values, key=len, reverse=True)), _NUMBER])
    return re.sub(either, lambda found: "***" if found[0] in values else mask(found[0]), text)


def _values(message: Message | None) -> set[str]:
    """Values of two characters and more: blotting out a single one would leave nothing to read."""
    if message is None or message.template_param is None:
        return set()
    values = json.loads(message.template_param).values()
    return {form for value in values if len(value) > 1 for form in _forms(value)}


def _forms(value: str) -> set[str]:
    """As it is and in JSON text, each also percent-encoded, and once more as in a string to sign."""
    plain = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    once = set(map(percent_encode, plain))
    return plain | once | set(map(percent_encode, once))
