"""The one table of a message's fields: what each may hold, for validation and for the published schema."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.privacy import mask, shown

from .document import NumberText, read_document
from .phone_number import BadNumber, normalise
from .reach import EVERYBODY, MOST_NUMBERS, Reach

LONGEST_REFERENCE = 255
LONGEST_KEY = 255
LONGEST_NAME = 100  # of a signature or a template; the provider's own are far shorter
LONGEST_PARAM = 4000  # as JSON; the provider takes 500 characters when it is rendered

_NO_CONTROL = r"^[^\x00-\x1f\x7f-\x9f]*$"
_TEXT = {"type": "string", "minLength": 1, "pattern": _NO_CONTROL}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Field(NamedTuple):
    """How one field is read, and how JSON Schema describes it. `read` gets None where the field is absent."""

    read: Callable[[Any], Any]
    schema: Mapping[str, object]


def _refuse(field: str, reason: str) -> InvalidMessage:
    return InvalidMessage([Fault(field, reason)])


def _string(field: str, value: object) -> str:
    if not isinstance(value, str) or isinstance(value, NumberText):
        raise _refuse(field, "must be a string")
    if value.isprintable():
        return value
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise _refuse(field, "holds half a surrogate pair, which is no character")
    if not re.fullmatch(_NO_CONTROL, value):
        raise _refuse(field, "holds a control character, such as a line break")
    return value


def read_name(field: str, value: object) -> str:
    """What names a message outside of it, such as a header or an event's id: no more than text that can be stored."""
    return _string(field, value)


def _text(field: str, longest: int | None = None) -> Callable[[Any], str | None]:
    def read(value: object) -> str | None:
        if value is None:
            return None
        text = _string(field, value)
        if not text.strip():
            raise _refuse(field, "must not be blank")
        if longest and len(text) > longest:
            raise _refuse(field, f"has {len(text)} characters, at most {longest}")
        return text

    return read


def _required(field: str, setting: str) -> Callable[[Any], str]:
    def read(value: object) -> str:
        text = _text(field, LONGEST_NAME)(value)
        if text is None:
            raise _refuse(field, f"is missing, and {setting} sets no default")
        return text

    return read


def listed(value: object) -> object:
    """The list that a text of numbers with commas between stands for; anything else as it is."""
    return value.split(",") if isinstance(value, str) and not isinstance(value, NumberText) else value


def read_phone_numbers(value: object, reach: Reach = EVERYBODY) -> tuple[str, ...]:
    """Numbers within reach, of a list or of one comma-separated string, without repetitions, in their order."""
    value = listed(value)
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _refuse("phone_numbers", "is missing" if value is None else "must be a list of strings")
    if not value:
        raise _refuse("phone_numbers", "is empty")
    if crowding := reach.crowding(len(value)):
        raise _refuse("phone_numbers", crowding)
    numbers: list[str] = []
    faults: list[Fault] = []
    for position, number in enumerate(value):
        try:
            numbers.append(normalise(_string(f"phone_numbers[{position}]", number)))
            if refusal := reach.refusal(numbers[-1]):
                faults.append(Fault(f"phone_numbers[{position}]", refusal))
        except BadNumber as bad:
            faults.append(Fault(f"phone_numbers[{position}]", f"{mask(number)} {bad}"))
        except InvalidMessage as invalid:
            faults.extend(invalid.faults)
    if faults:
        raise InvalidMessage(faults)
    return tuple(dict.fromkeys(numbers))


def read_template_param(value: object) -> str | None:
    """The JSON text of an object whose values are all strings; numbers keep the text they were written with."""
    if value is None:
        return None
    if isinstance(value, str) and not isinstance(value, NumberText):
        value = read_document(value, "template_param")
    if not isinstance(value, Mapping):
        raise _refuse("template_param", "must be an object of strings and numbers, or its JSON text")
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for name, item in value.items():
        try:
            values[_string("template_param", name)] = _value(name, item)
        except InvalidMessage as invalid:
            faults.extend(replace(fault, told="template_param") for fault in invalid.faults)
    if faults:
        raise InvalidMessage(faults)
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    if len(text) > LONGEST_PARAM:
        raise _refuse("template_param", f"has {len(text)} characters as JSON, at most {LONGEST_PARAM}")
    return text


def _value(name: object, value: object) -> str:
    field = f"template_param.{shown(name)}"
    if isinstance(value, bool) or value is None or not isinstance(value, str | int | float):
        kind = {bool: "a boolean", type(None): "null", list: "a list"}.get(type(value), "an object")
        raise _refuse(field, f"is {kind}; a variable's value is a string or a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise _refuse(field, "is not a finite number")
    try:
        return _string(field, str(value))
    except ValueError:  # an integer of more digits than Python writes
        raise _refuse(field, "has too many digits") from None


def read_extend_code(value: object) -> str | None:
    """Up to seven digits, added to the number that a reply comes to."""
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,7}", _string("sms_up_extend_code", value)):
        raise _refuse("sms_up_extend_code", "must be 1 to 7 digits")
    return str(value)


def read_expires_at(value: object) -> datetime | None:
    """An RFC 3339 time, in UTC."""
    if value is None:
        return None
    text = _string("expires_at", value)
    if _DATE_TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):  # a 13th month, or a year that UTC pushes out of range
            pass
    raise _refuse("expires_at", "must be an RFC 3339 time with its offset, such as 2026-12-31T23:59:00+08:00")


def read_urgent(value: object) -> bool:
    """True for a message that is never merged with others."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _refuse("urgent", "must be true or false")
    return value


FIELDS: Mapping[str, Field] = {
    "phone_numbers": Field(
        read_phone_numbers,
        {
            "description": "Mainland numbers bare or after +86, 0086 or 86; others as + country code and number.",
            "oneOf": [
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_NUMBERS},
                {"type": "string", "minLength": 1, "description": "The same, separated by commas."},
            ],
        },
    ),
    "sign_name": Field(
        _required("sign_name", "SMS_SIGN_NAME"),
        {**_TEXT, "description": "An approved signature, without its brackets."},
    ),
    "template_code": Field(
        _required("template_code", "SMS_TEMPLATE_CODE"),
        {**_TEXT, "description": "An approved template, such as SMS_154950909."},
    ),
    "template_param": Field(
        read_template_param,
        {
            "description": "The template's variables; numbers keep the text they are written with.",
            "oneOf": [
                {
                    "type": "object",
                    "propertyNames": {"pattern": _NO_CONTROL},
                    "additionalProperties": {"type": ["string", "number"], "pattern": _NO_CONTROL},
                },
                {"type": "string", "contentMediaType": "application/json"},
            ],
        },
    ),
    "sms_up_extend_code": Field(
        read_extend_code,
        {"type": "string", "pattern": "^[0-9]{1,7}$", "description": "Added to the number that a reply comes to."},
    ),
    "reference": Field(
        _text("reference", LONGEST_REFERENCE),
        {**_TEXT, "maxLength": LONGEST_REFERENCE, "description": "Your own id, given back."},
    ),
    "idempotency_key": Field(
        _text("idempotency_key", LONGEST_KEY),
        {**_TEXT, "maxLength": LONGEST_KEY, "description": "Names this message for good."},
    ),
    "expires_at": Field(
        read_expires_at,
        {"type": "string", "format": "date-time", "description": "Past this time the message is not sent."},
    ),
    "urgent": Field(
        read_urgent,
        {"type": "boolean", "default": False, "description": "Never merged with other messages into one call."},
    ),
}


def fields_within(reach: Reach) -> Mapping[str, Field]:
    """The table for a door that does not send to everybody."""
    numbers = FIELDS["phone_numbers"]._replace(read=partial(read_phone_numbers, reach=reach))
    return {**FIELDS, "phone_numbers": numbers}


def message_schema() -> dict[str, object]:
    """JSON Schema (2020-12) of a message, where the deployment sets a default signature and template."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Message",
        "type": "object",
        "required": ["phone_numbers"],
        "additionalProperties": False,
        "properties": {name: dict(field.schema) for name, field in FIELDS.items()},
    }
