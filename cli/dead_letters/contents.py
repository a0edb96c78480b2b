"""The messages inside a letter, whatever holds them, and as they may be shown: no whole number, no value, no key."""

from __future__ import annotations

import json
from typing import Any

from cli.dead_letters.letter import is_message
from cli.masking import masked, scrubbed

AROUND = ("requestPayload", "detail", "input")  # what holds messages, of Lambda, of an event and of a schedule
SHOWN = ("sign_name", "template_code", "sms_up_extend_code", "reference", "expires_at", "urgent")
OTHERS = ("phone_numbers", "template_param", "idempotency_key")
HIDDEN = "***"


def messages_in(document: Any) -> list[dict[str, Any]]:
    """The messages of a document: itself, the list that it holds, or those of what it is around."""
    while isinstance(document, dict) and not is_message(document):
        name = next((name for name in AROUND if name in document), None)
        if name is None:
            listed = document.get("messages")
            return list(filter(is_message, listed)) if isinstance(listed, list) else []
        document = _read(document[name])
    return [document] if is_message(document) else []


def numbers_of(message: dict[str, Any]) -> list[str]:
    """Its recipients, each once, masked."""
    numbers = message["phone_numbers"]
    listed = numbers.split(",") if isinstance(numbers, str) else numbers if isinstance(numbers, list) else []
    each = dict.fromkeys(str(number).strip() for number in listed)
    return [masked(number) for number in each if number]


def shown(message: dict[str, Any]) -> dict[str, Any]:
    """The message as it may be shown. Of unknown fields, how many: their names may be anything."""
    told = {name: _shown(message[name]) for name in SHOWN if message.get(name) is not None}
    values = message.get("template_param")
    unknown = len(message.keys() - {*SHOWN, *OTHERS})
    return {
        "phone_numbers": numbers_of(message),
        **told,
        **({} if values is None else {"template_param": _names(_read(values))}),
        **({"idempotency_key": HIDDEN} if message.get("idempotency_key") is not None else {}),
        **({"unknown_fields": unknown} if unknown else {}),
    }


def _names(values: Any) -> Any:
    """The names of a template's variables."""
    return {scrubbed(name): HIDDEN for name in values} if isinstance(values, dict) else HIDDEN


def _shown(value: Any) -> Any:
    return scrubbed(value) if isinstance(value, str) else value if isinstance(value, bool) else HIDDEN


def _read(value: Any) -> Any:
    """The value, or that of its JSON text."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None
