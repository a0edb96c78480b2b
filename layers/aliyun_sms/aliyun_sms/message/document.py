"""JSON as it comes in at a door: text to an object, with numbers that keep their text."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from aliyun_sms.errors import Fault, InvalidMessage

if TYPE_CHECKING:
    from collections.abc import Callable

BODY_LIMIT = 262_144  # bytes: SQS's classic limit, so that a message fits through every door


class NumberText(str):
    """A JSON number as it was written: 1.50 stays 1.50."""

    __slots__ = ()


def read_document(text: str, field: str = "message", number: Callable[[str], object] = NumberText) -> object:
    """The value in a JSON text; raises InvalidMessage, which says where it breaks off but never quotes it.

    `number` makes numbers of their texts. A name given twice is refused: which of two recipients was meant is not for
    us to guess.
    """
    if len(text.encode(errors="replace")) > BODY_LIMIT:
        raise InvalidMessage([Fault(field, f"is longer than {BODY_LIMIT} bytes")])
    if not text.strip():
        raise InvalidMessage([Fault(field, "is empty")])
    try:
        return json.loads(
            text,
            parse_int=number,
            parse_float=number,
            parse_constant=_no_number,
            object_pairs_hook=partial(_object, field),
        )
    except json.JSONDecodeError as error:
        reason = f"is not JSON: {error.msg} at line {error.lineno} column {error.colno}"
        raise InvalidMessage([Fault(field, reason)]) from None
    except (ValueError, RecursionError):
        raise InvalidMessage([Fault(field, "is not JSON: NaN, Infinity or nested too deep")]) from None


def _object(field: str, pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise InvalidMessage([Fault(field, "has an object with the same name twice")])
    return members


def _no_number(name: str) -> object:
    raise ValueError(name)
