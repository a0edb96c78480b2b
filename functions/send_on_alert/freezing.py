"""Freezes messages: who is sent what of a group is decided once, and written down before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.message.fields import LONGEST_KEY
from days import Budget
from groups import Frozen
from planning import legs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from alert import Alert
    from days import Day
    from episodes import Episode
    from groups import Group
    from routing.document import Document
    from routing.route import Planned

FIRING, REPEAT, RESOLVED = "firing", "repeat", "resolved"  # kinds of messages, and
LAST = "last"  # the one that says that there are no more in this hour
NO_MORE = {"en": "no more SMS alerts until {hour}:00", "zh": "{hour}:00前不再发送告警短信"}


class Step(NamedTuple):
    """What is told of a group: of which episodes, and what no other step of this kind has, for the key."""

    kind: str
    episodes: Sequence[Episode]
    anchor: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the door: messages in a day, and in an hour to a contact whose route says no other number."""

    day: int
    hour: int


class Freezing:
    """Decides what is told of a group next."""

    def __init__(self, limits: Limits, language: str, clock: Callable[[], datetime]) -> None:
        self._limits = limits
        self._language = language
        self._clock = clock

    def next(
        self, group: Group, new: Sequence[Episode], episodes: Mapping[str, Episode], document: Document, day: Day
    ) -> Group:
        """The group after what is to be told now, with its messages; `episodes` are those of its members by name."""
        if new:
            group = self._told(group.joined(new), Step(FIRING, new, new[0].name), document, day)
        members = [episodes[name] for name in group.members if name in episodes]
        firing = [episode for episode in members if episode.fires]
        if group.members and not firing:
            return self._told(group, Step(RESOLVED, members, group.members[0]), document, day).emptied()
        if firing and not new and self._is_repeated(group):
            group = replace(group, repeats=group.repeats + 1)
            return self._told(group, Step(REPEAT, firing, f"{group.members[0]}/{group.repeats}"), document, day)
        return group

    def _is_repeated(self, group: Group) -> bool:
        seconds = group.repeat_seconds
        return seconds is not None and group.told_at + seconds <= self._clock().timestamp()

    def _told(self, group: Group, step: Step, document: Document, day: Day) -> Group:
        """With a message to each contact; a recovery is for those who were told of the alarm."""
        now = self._clock()
        planned = _planned(step, group.route, document, now)
        if planned is None:
            return replace(group, repeat_seconds=None)
        if step.kind == RESOLVED and not planned.sends_recovery:
            return group
        named = {each.name: each.phone_number for each in planned.contacts}
        to = dict(group.contacts) if step.kind == RESOLVED else named
        made = [self._message(group, step, planned, contact, day) for contact in to.items()]
        messages = tuple(message for message in made if message)
        reached = {message.contact: to[message.contact] for message in messages}
        repeat = planned.repeat_minutes
        return replace(
            group,
            messages=group.messages + messages,
            contacts={**group.contacts, **reached},
            told_at=int(now.timestamp()),
            repeat_seconds=repeat and repeat * 60,
        )

    def _message(self, group: Group, step: Step, planned: Planned, contact: tuple[str, str], day: Day) -> Frozen | None:
        """The message to a contact, if that may get one; the last of an hour says that it is the last."""
        (name, number), now = contact, self._clock()
        budget = Budget(self._limits.hour if planned.budget is None else planned.budget, planned.critical)
        allowed = day.allows(name, budget, self._limits.day)
        if allowed == "none":
            return None
        alerts = [_as(each.alert, step.kind) for each in step.episodes if each.alert]
        if allowed == "last":
            alerts = [self._no_more(alerts[0], day)]
        key = f"{step.anchor}/{step.kind}/{group.route}/{name}"
        key = key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()
        document: dict[str, Any] = {"phone_numbers": [number], "idempotency_key": key}
        document |= planned.message(alerts, step.kind)
        return Frozen(LAST if allowed == "last" else step.kind, name, int(now.timestamp()), document)

    def _no_more(self, alert: Alert, day: Day) -> Alert:
        """What stands where the name of an alert would."""
        text = NO_MORE[self._language].format(hour=(day.hour + 1) % 24)
        return replace(alert, name=text, annotations={"summary": text})


def _as(alert: Alert, kind: str) -> Alert:
    return replace(alert, state="resolved") if kind == RESOLVED else alert


def _planned(step: Step, route: str, document: Document, now: datetime) -> Planned | None:
    """What a route plans; where it is no longer in the document, a recovery is told in the words of another."""
    for episode in step.episodes:
        plan = [leg.planned for leg in legs(document, episode, now)]
        same = [planned for planned in plan if planned.route == route]
        if same or (plan and step.kind == RESOLVED):
            return [*same, *plan][0]
    return None
