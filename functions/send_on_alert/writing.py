"""Writes down what is told of a group: before it is handed over, and when that is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.ledger.table import Conflict
from aliyun_sms.observability import counts, logger
from episodes import key_of
from freezing import New
from left import leave
from marking import Marking
from routing.document import EVERYBODY

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
        try:
            group = self._frozen(group, [each for each in episodes if each.pk in asked], episodes, document)
        except Conflict:
            raise
        except Exception as error:  # noqa: BLE001 - what was frozen before is handed over all the same
            leave(error)
            return Written(group, set())
        return Written(group, Marking(self._rows, group, episodes, document, self._clock).mark(self._each))

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

    def _frozen(
        self, group: Group, candidates: Sequence[Episode], episodes: Sequence[Episode], document: Document
    ) -> Group:
        """The group with what is told of it now, written down."""
        new = self._new(group, candidates)
        day = self._rows.day()
        after = self._freezing.next(group, new, {each.name: each for each in episodes}, document, day)
        if after == group:
            return group
        self._rows.write(*([after] if after.messages == group.messages else [after, day]))
        _count(day, group.route, len(new.episodes))
        return replace(after, version=group.version + 1)

    def _new(self, group: Group, candidates: Sequence[Episode]) -> New:
        """Those of which nobody was told by this group, the first first, and who knows of all of them."""
        new = [episode for episode in candidates if episode.alert and group.lacks(episode)]
        new.sort(key=lambda episode: (episode.seen_at, episode.alert.name if episode.alert else "", episode.name))
        known_to = [episode.known_to for episode in new[:MOST_NEW]]
        return New(new[:MOST_NEW], frozenset.intersection(*known_to) if known_to else frozenset())


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
