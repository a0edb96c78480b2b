"""What the simulator remembers while it runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from local.simulator.bell import Bell
from local.simulator.faults import Faults
from local.simulator.frequency import Frequency

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.simulator.exchange import Exchange
    from local.simulator.options import Options
    from local.simulator.registry import Registry

WINDOW = timedelta(minutes=15)  # how far a timestamp may be off, and how long a nonce is remembered


@dataclass(frozen=True, slots=True)
class Message:
    """What one recipient was sent: one entry for each accepted number."""

    action: str
    phone_number: str
    sign_name: str
    template_code: str
    template_param: dict[str, str]
    content: str
    billing_units: int | None  # none abroad, where countries count differently
    out_id: str | None
    sms_up_extend_code: str | None
    biz_id: str
    request_id: str
    nonce: str
    signature_version: int
    access_key_id: str
    http_method: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One request to the provider, in names: values are not kept, but for the caller's id and the nonce.

    `http_status` and `code` are what the provider decided to answer, whether or not the answer left; null where it did
    not get as far as an answer.
    """

    at: datetime
    method: str
    action: str
    signature_version: int
    query_keys: list[str]
    form_keys: list[str]
    out_id: str | None
    nonce: str
    fault: str | None
    http_status: int | None
    code: str | None


class Messages:
    """Every accepted recipient, in the order of acceptance."""

    def __init__(self) -> None:
        """Start with none."""
        self.inbox = uuid4().hex  # tells it from the one before it was cleared, or started
        self.all: list[Message] = []
        self._by_number: defaultdict[str, list[Message]] = defaultdict(list)

    def accept(self, message: Message) -> None:
        """Take one more."""
        self.all.append(message)
        self._by_number[message.phone_number].append(message)

    def to(self, phone_number: str | None) -> Sequence[Message]:
        """Give those to one number, which is normalised."""
        return self._by_number.get(phone_number or "", ())


class Nonces:
    """The numbers used once, each remembered for fifteen minutes, for each access key."""

    def __init__(self) -> None:
        """Start with none."""
        self._used: dict[tuple[str, str], datetime] = {}

    def use(self, access_key_id: str, nonce: str, now: datetime) -> bool:
        """Tell whether a nonce is fresh, and remember it."""
        used_at = self._used.get((access_key_id, nonce))
        if used_at is not None and now - used_at <= WINDOW:
            return False
        self._used[access_key_id, nonce] = now
        return True


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class State:
    """Options, registry and everything that came."""

    options: Options
    registry: Registry
    clock: Callable[[], datetime] = utc_now
    faults: Faults = field(default_factory=Faults)
    messages: Messages = field(default_factory=Messages)
    requests: list[Entry] = field(default_factory=list)
    exchanges: dict[str, Exchange] = field(default_factory=dict)  # of what was accepted, by request id
    nonces: Nonces = field(default_factory=Nonces)
    frequency: Frequency = field(default_factory=Frequency)
    bell: Bell = field(default_factory=Bell)
    first_options: Options = field(init=False)

    def __post_init__(self) -> None:
        """Keep the options of the command line, to go back to."""
        self.first_options = self.options

    def clear(self) -> None:
        """Forget messages, requests, nonces and what the limits counted; keep options and faults."""
        self.messages = Messages()
        self.requests.clear()
        self.exchanges.clear()
        self.nonces = Nonces()
        self.frequency = Frequency()
        self.bell.ring()
