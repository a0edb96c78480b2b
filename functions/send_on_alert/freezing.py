"""Freezes messages: who is sent what of a group is decided once, and written down before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.message.fields import LONGEST_KEY
from days import Budget
from frozen import Frozen, fills_a_row
from planning import legs, untold_legs
from routing.route import FIRING, REPEAT, RESOLVED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from alert import Alert
    from days import Allowed, Day
    from episodes import Episode
    from groups import Group
    from planning import Leg
    from routing.document import Document
    from routing.route import Planned

LAST = "last"  # the kind of a message that says that there are no more in this hour
NO_MORE = {"en": "no more SMS alerts until {hour}:00", "zh": "{hour}:00前不再发送告警短信"}


class Step(NamedTuple):
    """What is told of a group: of which episodes, and what no other step of this kind has, for the key."""

    kind: str
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


class Freezing:
    """Decides what is told of a group next."""

    def __init__(self, limits: Limits, language: str, clock: Callable[[], datetime]) -> None:
        self._limits = limits
        self._language = language
        self._clock = clock

    def next(
        self,
        group: Group,
        new: Sequence[Episode],
        episodes: Mapping[str, Episode],
        document: Document,
        day: Day,
    ) -> Group:
        """The group after what is to be told now, with its messages; `episodes` are those of its members by name.

        Where too much waits to be sent, nothing is told yet.
        """
        if fills_a_row(group.messages):
            return group
        if new:
            group = self._fired(group, new, document, day)
        members = [episodes[name] for name in group.members if name in episodes]
        firing = [episode for episode in members if episode.fires]
        if group.members and not firing:
            return self._recovered(group, Step(RESOLVED, members, group.members[0]), document, day).emptied()
        if firing and not new and self._is_repeated(group):
            group = replace(group, repeats=group.repeats + 1)
            return self._repeated(group, Step(REPEAT, firing, f"{group.members[0]}/{group.repeats}"), document, day)
        return group

    def _is_repeated(self, group: Group) -> bool:
        """Whether its time has come; what still waits to be sent says the same."""
        seconds = group.repeat_seconds
        return seconds is not None and not group.messages and group.told_at + seconds <= self._clock().timestamp()

    def _fired(self, group: Group, new: Sequence[Episode], document: Document, day: Day) -> Group:
        """With a message to each contact, of what that does not know."""
        joined, now = group.joined(new), self._clock()
        planned = _planned(new, group.route, partial(untold_legs, document, now=now))
        if planned is None:
            return replace(joined, repeat_seconds=None)
        told, here = joined, set(group.contacts)
        for unknown, to in _by_what_is_unknown(new, _numbers(planned)):
            told = self._told(told, Step(FIRING, unknown, unknown[0].name), planned, to, day)
            here |= to.keys()
        known_to = frozenset().union(*(episode.known_to for episode in new))
        return _heard(told, here, _numbers(planned).keys() & known_to)

    def _repeated(self, group: Group, step: Step, document: Document, day: Day) -> Group:
        """With a message to each contact of now, which is worth nothing once the next is due."""
        planned = self._planned(step, group.route, document)
        if planned is None:
            return replace(group, repeat_seconds=None)
        known_to = frozenset.intersection(*(episode.known_to for episode in step.episodes))
        elsewhere = {*group.elsewhere, *known_to} - group.contacts.keys()
        to = {number: name for number, name in _numbers(planned).items() if number not in elsewhere}
        return replace(self._told(group, step, planned, to, day), elsewhere=tuple(sorted(elsewhere)))

    def _recovered(self, group: Group, step: Step, document: Document, day: Day) -> Group:
        """With a message to those who were told."""
        planned = self._planned(step, group.route, document)
        if planned is None or not planned.sends_recovery:
            return group
        return self._told(group, step, planned, group.contacts, day)

    def _planned(self, step: Step, route: str, document: Document) -> Planned | None:
        """What a route plans; where it is no longer in the document, what another does."""
        plan = partial(legs, document, now=self._clock())
        return _planned(step.episodes, route, plan) or _planned(step.episodes, None, plan)

    def _told(self, group: Group, step: Step, planned: Planned, to: Mapping[str, str], day: Day) -> Group:
        """With a message to each of these numbers whose budget has room; one name may have had two of them."""
        keys = _keys(f"{step.anchor}/{step.kind}/{group.route}", to)
        allowed = {number: day.allows(name, self._budget(planned), self._limits.day) for number, name in to.items()}
        texts = {kind: self._text(step, planned, kind, day) for kind in {*allowed.values()} - {"none"}}
        messages = tuple(
            self._message((name, number), keys[number], texts[allowed[number]])
            for number, name in to.items()
            if allowed[number] in texts
        )
        repeat = planned.repeat_minutes
        return replace(
            group,
            messages=group.messages + messages,
            contacts={**group.contacts, **{message.number: message.contact for message in messages}},
            told_at=int(self._clock().timestamp()),
            repeat_seconds=repeat and repeat * 60,
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


def _by_what_is_unknown(
    new: Sequence[Episode], contacts: Mapping[str, str]
) -> Iterable[tuple[Sequence[Episode], dict[str, str]]]:
    """Contacts by the episodes of which nobody has told them; mostly that is all of them, for all."""
    found: dict[tuple[str, ...], tuple[list[Episode], dict[str, str]]] = {}
    for number, name in contacts.items():
        unknown = [episode for episode in new if number not in episode.known_to]
        _, to = found.setdefault(tuple(episode.name for episode in unknown), (unknown, {}))
        to[number] = name
    return [(unknown, to) for unknown, to in found.values() if unknown]


def _numbers(planned: Planned) -> dict[str, str]:
    """The names of contacts by their numbers."""
    return {contact.phone_number: contact.name for contact in planned.contacts}


def _heard(group: Group, here: Collection[str], known_to: Collection[str]) -> Group:
    """A group of which some knew from elsewhere, where they will hear of its end, unless they are told of it here."""
    elsewhere = {*group.elsewhere, *known_to} - {*here}
    contacts = {number: name for number, name in group.contacts.items() if number not in elsewhere}
    return replace(group, contacts=contacts, elsewhere=tuple(sorted(elsewhere)))


def _planned(episodes: Iterable[Episode], route: str | None, plan: Callable[..., list[Leg]]) -> Planned | None:
    """What a route plans for the first of these that it takes; what any does, for None."""
    legs_of_each = (plan(episode=episode) for episode in episodes)
    planned = (leg.planned for its_legs in legs_of_each for leg in its_legs)
    return next((each for each in planned if route in {None, each.route}), None)


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
