"""What is logged and measured: one JSON line and one count for each outcome, and nothing of anybody's secrets."""

from __future__ import annotations

import json
import logging
import re
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from urllib.parse import quote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from .phone_number import mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from .message import Message
    from .result import Door, Result

_P = ParamSpec("_P")
_Answer = TypeVar("_Answer")

MOST_NUMBERS_LOGGED = 10

logger = Logger()
metrics = Metrics(namespace="AliyunSms")
logging.getLogger("urllib3").setLevel(logging.WARNING)  # its debug lines quote URLs, which hold numbers under version 3

_NUMBER = re.compile(r"\+?[0-9]{7,}")


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
    """Log and count one outcome; `message` is None where it could not be read."""
    numbers = message.masked_numbers[:MOST_NUMBERS_LOGGED] if message else ()
    line = {
        "message_id": result.message_id,
        "door": door,
        "status": result.status,
        "code": result.code,
        "description": scrub(result.description, message),
        "category": result.category,
        "request_id": result.request_id,
        "biz_id": result.biz_id,
        "recipients": result.recipients,
        "phone_numbers": numbers,
        "milliseconds": milliseconds,
    }
    write = logger.info if result.status == "accepted" else logger.warning
    write("outcome", extra=line)
    metrics.add_metric(name=result.category, unit=MetricUnit.Count, value=1)


def scrub(text: str, message: Message | None = None) -> str:
    """The text with numbers masked and the message's template values blotted out, in each form they may stand in."""
    for value in sorted(_values(message), key=len, reverse=True):
        text = text.replace(value, "***")
    return _NUMBER.sub(lambda found: mask(found[0]), text)


def _values(message: Message | None) -> set[str]:
    """Values of two characters and more: blotting out a single one would leave nothing to read."""
    if message is None or message.template_param is None:
        return set()
    values = [str(value) for value in json.loads(message.template_param).values()]
    forms = {form for value in values for form in (value, json.dumps(value)[1:-1], quote(value), quote(quote(value)))}
    return {form for form in forms if len(form) > 1}
