"""The messages of a step: to whom whose budget has room, in which words, under which keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.message.fields import LONGEST_KEY
from days import Budget
from frozen import Frozen
from routing.route import REPEAT, RESOLVED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from alert import Alert
    from days import Allowed, Day
    from episodes import Episode
    from routing.route import Planned

LAST = "last"  # the kind of a message that says that there are no more in this hour
NO_MORE = {"en": "no more SMS alerts until {hour}:00", "zh": "{hour}:00前不再发送告警短信"}


class Step(NamedTuple):
    """What is told of a group: of which episodes, and what no other step of this kind and route has, for the key."""

    kind: str
    route: str
    episodes: Sequence[Episode]
    anchor: str


class Text(NamedTuple):
    """What a message says, whoever gets it: its kind, and its members without recipient and key."""

    kind: str
    members: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the door: messages in a day, and in an hour to a contact whose route says no other number."""

    day: int
    hour: int


class Messages:
    """Makes them, and counts them in the day's row."""

    def __init__(self, limits: Limits, language: str, clock: Callable[[], datetime]) -> None:
        self._limits = limits
        self._language = language
        self._clock = clock

    def of(self, step: Step, planned: Planned, to: Mapping[str, str], day: Day) -> tuple[Frozen, ...]:
        """A message to each number, by which names are given, that may get one; one name may have had two numbers."""
        keys = _keys(f"{step.anchor}/{step.kind}/{step.route}", to)
        allowed = {number: day.allows(name, self._budget(planned), self._limits.day) for number, name in to.items()}
        texts = {kind: self._text(step, planned, kind, day) for kind in {*allowed.values()} - {"none"}}
        return tuple(
            self._message((name, number), keys[number], texts[allowed[number]])
            for number, name in to.items()
            if allowed[number] in texts
        )

    def _text(self, step: Step, planned: Planned, allowed: Allowed, day: Day) -> Text:
        """What everybody is sent, or who has had enough in this hour: that this is the last."""
        alerts = [_as(each.alert, step.kind) for each in step.episodes if each.alert]
        if allowed == "last":
            return Text(LAST, planned.message([self._no_more(alerts[0], day)], step.kind))
        members = planned.message(alerts, step.kind)
        if step.kind == REPEAT and planned.repeat_minutes:
            members["expires_at"] = (self._clock() + timedelta(minutes=planned.repeat_minutes)).isoformat()
        return Text(step.kind, members)

    def _message(self, contact: tuple[str, str], key: str, text: Text) -> Frozen:
        (name, number), (kind, members) = contact, text
        document = {"phone_numbers": [number], "idempotency_key": key, **members}
        return Frozen(kind, name, int(self._clock().timestamp()), document)

    def _budget(self, planned: Planned) -> Budget:
        """A route's own, or what all those without share; what is critical is counted by itself."""
        if planned.budget is not None:
            return Budget(f"of {planned.route}", planned.budget)
        return Budget("critical" if planned.critical else "usual", self._limits.hour)

    def _no_more(self, alert: Alert, day: Day) -> Alert:
        """What stands where the name of an alert would."""
        text = NO_MORE[self._language].format(hour=(day.hour + 1) % 24)
        return replace(alert, name=text, annotations={"summary": text})


def _as(alert: Alert, kind: str) -> Alert:
    return replace(alert, state="resolved") if kind == RESOLVED else alert


def _keys(of: str, to: Mapping[str, str]) -> dict[str, str]:
    """A key for each number: it has the contact's name, and its place where two numbers have the same one."""
    names = list(to.values())
    texts = {
        number: f"{of}/{name}{f'/{place}' if name in names[:place] else ''}"
        for place, (number, name) in enumerate(to.items())
    }
    return {
        number: text if len(text) <= LONGEST_KEY else sha256(text.encode()).hexdigest()
        for number, text in texts.items()
    }
