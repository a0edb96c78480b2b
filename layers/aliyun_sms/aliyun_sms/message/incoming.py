"""Where a message came in, and under which key: what every door hands to the core."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NamedTuple

from aliyun_sms.errors import InvalidMessage

from .fields import FIELDS
from .message import Defaults, Message, any_values

if TYPE_CHECKING:
    from .message import TemplateFaults
    from .reach import Reach

Door = Literal["request", "queue", "schedule", "alert"]
OUTSIDE_THE_CAPS = {"alert"}  # scopes whose door has a cap of its own, and is not stopped with the others


class Origin(NamedTuple):
    """Where a message came in, and the key it gets where it names none.

    Keys are told apart by `scope`: the caller at the request door, the door for AWS's own events. `may_wait` is whether
    the door can let it come again later, so that it need not be kept elsewhere. `names` are those that a policy can
    know the caller by: none at AWS's own doors, nor of what waited, which was looked at when it came in.
    """

    door: Door
    scope: str
    key: str
    may_wait: bool = True
    names: tuple[str, ...] = ()


def message_id(scope: str, key: str) -> str:
    """32 hexadecimal digits, the same for the same scope and key."""
    return sha256(f"{len(scope)}:{scope}{key}".encode(errors="surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, repr=False)
class IncomingMessage:
    """A valid message and where it came in; its key is the one that it names, or else its origin's."""

    message: Message
    origin: Origin
    key: str = field(init=False)
    message_id: str = field(init=False)

    def __post_init__(self) -> None:
        key = self.message.idempotency_key or self.origin.key
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "message_id", message_id(self.origin.scope, key))


@dataclass(frozen=True, slots=True, repr=False)
class Unreadable:
    """What came in and is no message: why, and under which key it is remembered."""

    invalid: InvalidMessage
    origin: Origin
    key: str
    message_id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "message_id", message_id(self.origin.scope, self.key))


def read_incoming(
    document: object, origin: Origin, defaults: Defaults, reach: Reach, template_faults: TemplateFaults = any_values
) -> IncomingMessage | Unreadable:
    """The message in a door's JSON object, or why it is none; `document` can be that already."""
    if isinstance(document, InvalidMessage):
        return Unreadable(document, origin, origin.key)
    try:
        return IncomingMessage(Message(document, defaults, reach, template_faults), origin)
    except InvalidMessage as invalid:
        return Unreadable(invalid, origin, given_key(document) or origin.key)


def given_key(document: object) -> str | None:
    """The key that a message names, where that is a good one, even if the message itself is not valid."""
    named = document.get("idempotency_key") if isinstance(document, dict) else None
    try:
        key: str | None = FIELDS["idempotency_key"].read(named)
    except InvalidMessage:
        return None
    return key
