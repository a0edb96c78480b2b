"""What the routes plan for an episode: its part in a group for each route, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from groups import group_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from episodes import Episode
    from routing.document import Document
    from routing.route import Planned


class Leg(NamedTuple):
    """One route's way to its contacts: in which group, and for how many seconds that gathers others."""

    planned: Planned
    group: str
    wait: int


def legs(document: Document, episode: Episode, now: datetime) -> list[Leg]:
    """A leg for each route that takes the episode. Who is on an earlier one's is left out of a later one's."""
    return [_leg(planned, episode) for planned in _once_each(_plan(document, episode, now))]


def untold_legs(document: Document, episode: Episode, now: datetime) -> list[Leg]:
    """A leg for each route that has not told of it. Whom the others have told of it, the episode says."""
    plan = _plan(document, episode, now)
    return [_leg(planned, episode) for planned in plan if planned.route not in episode.told]


def _plan(document: Document, episode: Episode, now: datetime) -> list[Planned]:
    return document.plan(episode.alert, now) if episode.alert else []


def _leg(planned: Planned, episode: Episode) -> Leg:
    """What its source has grouped is not grouped again; where nothing is gathered, each identity is its own group."""
    group = episode.alert.group if episode.alert else None
    if group is not None:
        return Leg(planned, group_key(planned.route, ("of its source", group)), 0)
    by = planned.group_key[1:]  # after the route's own name
    values = ("by", *by) if by or planned.wait_minutes else ("alone", episode.pk)
    return Leg(planned, group_key(planned.route, values), planned.wait_minutes * 60)


def _once_each(plan: list[Planned]) -> Iterator[Planned]:
    numbers: set[str] = set()
    for planned in plan:
        yield replace(planned, contacts=tuple(each for each in planned.contacts if each.phone_number not in numbers))
        numbers |= {each.phone_number for each in planned.contacts}
