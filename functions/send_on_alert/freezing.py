"""Freezes messages: who is sent what of a group is decided once, and written down before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from frozen import fills_a_row
from messages import Messages, Step
from planning import legs, untold_legs
from routing.route import FIRING, REPEAT, RESOLVED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from days import Day
    from episodes import Episode
    from groups import Group
    from messages import Limits
    from planning import Leg
    from routing.document import Document
    from routing.route import Planned


class Freezing:
    """Decides what is told of a group next."""

    def __init__(self, limits: Limits, language: str, clock: Callable[[], datetime]) -> None:
        self._messages = Messages(limits, language, clock)
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
            return self._recovered(
                group, Step(RESOLVED, group.route, members, group.members[0]), document, day
            ).emptied()
        if firing and not new and self._is_repeated(group):
            group = replace(group, repeats=group.repeats + 1)
            return self._repeated(
                group, Step(REPEAT, group.route, firing, f"{group.members[0]}/{group.repeats}"), document, day
            )
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
            told = self._told(told, Step(FIRING, group.route, unknown, unknown[0].name), planned, to, day)
            here |= to.keys()
        known_to = frozenset().union(*(episode.known_to for episode in new))
        return _heard(told, here, _numbers(planned).keys() & known_to)

    def _repeated(self, group: Group, step: Step, document: Document, day: Day) -> Group:
        """With a message to each contact of now, which is worth nothing once the next is due."""
        planned = self._planned(step, document)
        if planned is None:
            return replace(group, repeat_seconds=None)
        known_to = frozenset.intersection(*(episode.known_to for episode in step.episodes))
        elsewhere = {*group.elsewhere, *known_to} - group.contacts.keys()
        to = {number: name for number, name in _numbers(planned).items() if number not in elsewhere}
        return replace(self._told(group, step, planned, to, day), elsewhere=tuple(sorted(elsewhere)))

    def _recovered(self, group: Group, step: Step, document: Document, day: Day) -> Group:
        """With a message to those who were told."""
        planned = self._planned(step, document)
        if planned is None or not planned.sends_recovery:
            return group
        return self._told(group, step, planned, group.contacts, day)

    def _planned(self, step: Step, document: Document) -> Planned | None:
        """What a route plans; where it is no longer in the document, what another does."""
        plan = partial(legs, document, now=self._clock())
        return _planned(step.episodes, step.route, plan) or _planned(step.episodes, None, plan)

    def _told(self, group: Group, step: Step, planned: Planned, to: Mapping[str, str], day: Day) -> Group:
        """With a message to each of these numbers whose budget has room."""
        messages = self._messages.of(step, planned, to, day)
        repeat = planned.repeat_minutes
        return replace(
            group,
            messages=group.messages + messages,
            contacts={**group.contacts, **{message.number: message.contact for message in messages}},
            told_at=int(self._clock().timestamp()),
            repeat_seconds=repeat and repeat * 60,
        )


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
