"""Messages, as doors get them and as they have come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aliyun_sms.message.incoming import Door, IncomingMessage, Origin
from aliyun_sms.message.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable


def number(place: int) -> str:
    """One number of many."""
    return f"138{place:08}"


def document(key: str = "one", **fields: Any) -> dict[str, Any]:
    """A message as a door gets it; a field that is None is not given."""
    given = {
        "phone_numbers": "13800138000",
        "sign_name": "sign",
        "template_code": "SMS_1",
        "template_param": {"code": "739164"},
        "idempotency_key": key,
        **fields,
    }
    return {name: value for name, value in given.items() if value is not None}


def incoming_message(key: str = "one", door: Door = "queue", **fields: Any) -> IncomingMessage:
    """A message that came in."""
    return IncomingMessage(Message(document(key, **fields)), Origin(door, door, "origin"))


def incoming_messages(
    many: int, each: Callable[[int], dict[str, Any]] = lambda _: {}, door: Door = "queue"
) -> list[IncomingMessage]:
    """Messages to as many numbers under the keys m0, m1, …, with the fields that differ from one to another."""
    return [
        incoming_message(f"m{place}", door, **{"phone_numbers": number(place), **each(place)}) for place in range(many)
    ]


def personal(place: int) -> dict[str, Any]:
    """Values that nobody else gets."""
    return {"template_param": {"code": f"value {place}"}}
