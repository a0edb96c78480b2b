"""Writes down what is told of a group: before it is handed over, and when that is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.ledger.table import Conflict
from aliyun_sms.observability import counts, logger
from episodes import key_of
from left import leave
from marking import Heard, Marking
from planning import untold_legs
from routing.document import EVERYBODY
from routing.route import RESOLVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from aliyun_sms.threads import Each
    from days import Day
    from episodes import Episode
    from freezing import Freezing
    from groups import Group
    from routing.document import Document
    from rows import Rows

MOST_NEW = 1000  # episodes that a group tells of at once
MOST_TRIES = 5  # of a row that others write at the same time


class Written(NamedTuple):
    """A group as it stands in its row, and the names of the episodes whose own rows say what it says."""

    group: Group
    marked: set[str]


class Writing:
    """Raises Conflict or TableUnavailable where it cannot be done now."""

    def __init__(self, rows: Rows, freezing: Freezing, clock: Callable[[], datetime], each: Each) -> None:
        self._rows = rows
        self._freezing = freezing
        self._clock = clock
        self._each = each

    def begin(self, group: Group, candidates: Iterable[str], document: Document) -> Written:
        """Freeze what is told now, of episodes by the keys of their rows and of the group's own, and mark them."""
        keys = dict.fromkeys((*candidates, *map(key_of, group.known)))
        episodes = self._rows.episodes(keys)  # after the group, as Marking says
        asked = set(candidates)
        new = _new(group, [episode for episode in episodes if episode.pk in asked])
        try:
            after = self._frozen(group, self._knowing(group, new, document), episodes, document)
        except Conflict:
            raise
        except Exception as error:  # noqa: BLE001 - what was frozen before is handed over all the same
            leave(error)
            return Written(group, set())
        heard = _heard(group, after, new)
        return Written(after, Marking(self._rows, after, heard, episodes, document, self._clock).mark(self._each))

    def finish(self, written: Written, sent: Mapping[str, Mapping[str, Any]]) -> None:
        """Let go what was handed over, by key, and what is marked."""
        group, marked = written
        for _ in range(MOST_TRIES):
            finished = group.finished(sent, marked)
            if finished == group:
                return
            try:
                self._rows.write(finished)
            except Conflict:
                group = self._rows.group(group.pk)
            else:
                return
        raise Conflict("a group is written by too many")

    def _frozen(self, group: Group, new: Sequence[Episode], episodes: Sequence[Episode], document: Document) -> Group:
        """The group with what is told of it now, written down."""
        by_name, day = {each.name: each for each in episodes}, self._rows.day()
        after = self._freezing.next(group.without_others(by_name), new, by_name, document, day)
        if after == group:
            return group
        self._rows.write(*([after] if after.messages == group.messages else [after, day]))
        _count(day, group.route, len(new))
        return replace(after, version=group.version + 1)

    def _knowing(self, group: Group, new: Sequence[Episode], document: Document) -> list[Episode]:
        """The same, with the numbers also of those groups that have told of them and could not mark them."""
        keys = {episode.name: self._unmarked(group, episode, document) for episode in new}
        groups = {each.pk: each for each in self._rows.groups({key for found in keys.values() for key in found})}
        return [
            replace(
                episode,
                known_to=episode.known_to.union(
                    *(
                        groups[key].numbers
                        for key in keys[episode.name]
                        if key in groups and episode.name in groups[key].known
                    )
                ),
            )
            for episode in new
        ]

    def _unmarked(self, group: Group, episode: Episode, document: Document) -> set[str]:
        """The groups of other routes that have not told of it, as its row says."""
        return {leg.group for leg in untold_legs(document, episode, self._clock())} - {group.pk}


def _new(group: Group, candidates: Iterable[Episode]) -> list[Episode]:
    """Those of which nobody was told by a group, the first first."""
    new = [episode for episode in candidates if episode.alert and group.lacks(episode)]
    return sorted(new, key=lambda each: (each.seen_at, each.alert.name if each.alert else "", each.name))[:MOST_NEW]


def _heard(before: Group, after: Group, new: Iterable[Episode]) -> Heard:
    """Who was told of what by what is frozen now: of what is new, or by a repetition of all."""
    frozen = {message.key for message in before.messages}
    numbers = {each.number for each in after.messages if each.key not in frozen and each.kind != RESOLVED}
    names = {episode.name for episode in new} or set(after.members if numbers else ())
    return Heard(frozenset(names), frozenset(numbers))


def _count(day: Day, route: str, new: int) -> None:
    """What was kept back, and what no route takes, for the alarms."""
    kept = {"alerts-over-limit": day.over_limit, "alerts-over-budget": day.over_budget}
    for name, messages in kept.items():
        if messages:
            counts[name] += messages
            logger.warning(name, extra={"messages": messages})
    if new and route == EVERYBODY:
        counts["alert-routes-fault"] += new
        logger.warning("no route takes it, so everybody is told", extra={"alerts": new})
