"""A route: which alerts it takes, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from .wording import Told, Wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from alert import Alert

    from .matcher import Matcher

FIRING, REPEAT, RESOLVED = "firing", "repeat", "resolved"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody with a phone, whose number is as every door takes it."""

    name: str
    phone_number: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What the document says of the alerts that match."""

    name: str
    matchers: tuple[Matcher, ...] = ()
    goes_on: bool = False
    contacts: tuple[str, ...] = ()
    rotations: tuple[str, ...] = ()
    wording: Wording = field(default_factory=Wording)
    recovery: Wording | None = None
    group_by: tuple[str, ...] = ()
    wait_minutes: int = 0
    repeat_minutes: int | None = None
    budget: int | None = None
    critical: bool = False
    heartbeat_minutes: int | None = None

    def takes(self, alert: Alert) -> bool:
        """Whether an alert matches."""
        return all(matcher.takes(alert) for matcher in self.matchers)

    def group_of(self, alert: Alert) -> tuple[str, ...]:
        """What the alerts of one message share."""
        return (self.name, *(alert.labels.get(label, "") for label in self.group_by))

    def hides(self, other: Route) -> bool:
        """Whether it leaves nothing for a later one: what that demands of an alert, it demands as well, or less."""
        return not self.goes_on and set(self.matchers) <= set(other.matchers)


class Language(NamedTuple):
    """What all messages have in common."""

    words: Mapping[str, str]
    time_zone: tzinfo


@dataclass(frozen=True, slots=True)
class Planned:
    """One route's part in an alert: who is sent what, and why. `budget` is None where the stack's own is meant."""

    route: str
    contacts: tuple[Contact, ...]
    why: str
    wording: Wording
    recovery: Wording | None
    group_key: tuple[str, ...]
    wait_minutes: int
    repeat_minutes: int | None
    budget: int | None
    critical: bool
    language: Language

    @property
    def sign_name(self) -> str | None:
        """None where the stack's own is meant."""
        return self.wording.sign_name

    @property
    def template_code(self) -> str | None:
        """None where the stack's own is meant."""
        return self.wording.template_code

    @property
    def sends_recovery(self) -> bool:
        """Whether a recovery is told."""
        return self.recovery is not None

    def fill(self, alerts: Sequence[Alert], kind: str) -> dict[str, str]:
        """The variables of a message about these alerts; the kind is firing, repeat or resolved."""
        return self._wording(kind).fill(Told(alerts, kind, *self.language))

    def message(self, alerts: Sequence[Alert], kind: str) -> dict[str, Any]:
        """The message as every door takes it, without its recipients: a recovery may have a template of its own."""
        wording = self._wording(kind)
        named = {"sign_name": wording.sign_name, "template_code": wording.template_code}
        return {**{name: value for name, value in named.items() if value}, "template_param": self.fill(alerts, kind)}

    def _wording(self, kind: str) -> Wording:
        return self.recovery if kind == RESOLVED and self.recovery else self.wording
