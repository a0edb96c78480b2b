"""What a routes document may hold: the published schema, and what `structure` checks."""

from __future__ import annotations

from typing import Any

MOST_BYTES = 100_000  # of the document as JSON; a row of DynamoDB takes 400 KB
LONGEST_VARIABLE = 35  # characters that the provider takes for one. Source: help.aliyun.com document 463237

_CONTROL = r"\x00-\x1f\x7f-\x9f"
_A_WEEK = 7 * 24 * 60  # minutes


def _text(longest: int, description: str, pattern: str = f"^[^{_CONTROL}]*$") -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "pattern": pattern, "description": description}


def _number(least: int, most: int, description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most, "description": description}


def _flag(description: str, *, default: bool) -> dict[str, Any]:
    return {"type": "boolean", "default": default, "description": description}


def _list(items: dict[str, Any], most: int, description: str, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "minItems": least, "maxItems": most, "items": items, "description": description}


def _object(required: tuple[str, ...], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "additionalProperties": False, "properties": properties}


def _by_name(names: dict[str, Any], values: dict[str, Any], most: int, description: str) -> dict[str, Any]:
    members = {"propertyNames": names, "additionalProperties": values}
    return {"type": "object", "maxProperties": most, **members, "description": description}


NAME = _text(
    40,
    "a name of 1 to 40 characters without control characters, and with 6 digits at most, so that it is no phone number",
    f"^[^0-9{_CONTROL}]*([0-9][^0-9{_CONTROL}]*){{0,6}}$",
)
DATE = _text(10, "a date such as 2026-11-30", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
ZONE = _text(40, "a time zone such as Asia/Shanghai", "^[A-Za-z0-9_+/-]+$")
TEMPLATE_CODE = _text(100, "the code of an approved template, such as SMS_154950909", "^[A-Za-z0-9_]+$")
VARIABLE_NAME = {"pattern": "^[A-Za-z0-9_]{1,40}$", "description": "letters, digits and _, 40 at most"}
FILLED = _text(200, "a text with {names} in it, 200 characters at most, without control characters")
VARIABLE = {
    "oneOf": [
        FILLED,
        _object(
            ("text",),
            text=FILLED,
            default=_text(LONGEST_VARIABLE, "a text for alerts that fill nothing in, 35 characters at most"),
            max_length=_number(2, 500, "Characters that it is cut to; else what the template takes, or 35."),
        ),
    ]
}
WORDING = {
    "sign_name": _text(100, "an approved signature without its brackets"),
    "template_code": TEMPLATE_CODE,
    "variables": _by_name(VARIABLE_NAME, VARIABLE, 50, "How each variable of the template is filled."),
}
CONTACT = _object(("name", "phone_number"), name=NAME, phone_number=_text(30, "a phone number"))
OVERRIDE = _object(("contact", "date"), contact=NAME, date=DATE, until=DATE)
ROTATION = _object(
    ("name", "turns", "starts"),
    name=NAME,
    turns=_list(NAME, 60, "Contacts, one for each week, over and over.", 1),
    starts=_text(16, "a date and time such as 2026-11-30T09:00", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"),
    time_zone=ZONE,
    overrides=_list(OVERRIDE, 100, "Days of others, from the time of day at which turns change."),
)
SLOT = _object(("max_length",), max_length=_number(1, 500, "The most characters of a value."))
TEMPLATE = _object(("variables",), variables=_by_name(VARIABLE_NAME, SLOT, 50, "All variables of the template."))
TARGET = {
    "contacts": _list(NAME, 100, "Who is sent to, by name."),
    "rotations": _list(NAME, 20, "Rotations whose contact on duty is sent to."),
    **WORDING,
    "recovery": {"oneOf": [_flag("Whether a recovery is told.", default=True), _object((), **WORDING)]},
    "repeat_minutes": _number(1, _A_WEEK, "After which it is told again while it lasts; else never."),
    "group_by": _list(_text(100, "the name of a label"), 10, "Labels of which each value makes a group of its own."),
    "wait_minutes": _number(0, 60, "How long a group is gathered for one message; else it is not."),
    "budget": _number(1, 1000, "Messages to a contact in an hour; else the stack's."),
    "critical": _flag("Whether it has a budget of its own.", default=False),
}
ROUTE = _object(
    ("name",),
    name=NAME,
    matchers=_list(_text(300, "a matcher"), 20, 'As Alertmanager writes them: severity="critical".'),
    **TARGET,
    **{"continue": _flag("Whether later routes are looked at as well.", default=False)},
    heartbeat_minutes=_number(2, _A_WEEK, "Its alerts are a heartbeat, whose silence of so many minutes is an alert."),
)
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Routes of alerts",
    **_object(
        ("contacts",),
        contacts=_list(CONTACT, 200, "Everybody who can be sent to.", 1),
        rotations=_list(ROTATION, 50, "Who is on duty when."),
        templates=_by_name(TEMPLATE_CODE, TEMPLATE, 100, "By code. One that is not named takes any variables."),
        time_zone={**ZONE, "default": "Asia/Shanghai"},
        words=_object((), **dict.fromkeys(("firing", "repeat", "resolved"), _text(20, "a word"))),
        **WORDING,
        routes=_list(ROUTE, 100, "The first that matches takes an alert."),
        default=_object((), **TARGET),
    ),
}
