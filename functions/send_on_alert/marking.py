"""Marks episodes as told, or as over, once the group has it in its own row: so a crash between loses nothing.

A group's row is read before those of its episodes. An episode that says in its row that nobody was told of it, and
that is not in its group's, is new: the group lets a name go only when the episode's own row was written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms.ledger.table import Conflict, TableUnavailable
from episodes import key_of
from planning import untold_legs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aliyun_sms.threads import Each
    from episodes import Episode
    from groups import Group
    from routing.document import Document
    from rows import Rows

MOST_TRIES = 5  # of a row that others write at the same time; then it is left to the next minute


class Heard(NamedTuple):
    """Of which episodes a step has told, and whom."""

    episodes: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


class Marking:
    """What a group's row says of episodes, written into theirs; `episodes` are as they were when it was decided."""

    def __init__(
        self,
        rows: Rows,
        group: Group,
        heard: Heard,
        episodes: Sequence[Episode],
        document: Document,
        clock: Callable[[], datetime],
    ) -> None:
        self._rows = rows
        self._group = group
        self._heard = heard
        self._episodes = episodes
        self._ended = {episode.name for episode in episodes if not episode.fires}
        self._document = document
        self._clock = clock

    def mark(self, each: Each) -> set[str]:
        """The names that the group can let go: their own rows say what its row says of them."""
        keys = [episode.pk for episode in self._episodes]
        marked = dict(zip(keys, each(self._mark, self._episodes), strict=True))
        return {name for name in (*self._group.beyond, *self._group.leaving) if marked[key_of(name)]}

    def _mark(self, episode: Episode) -> bool:
        for _ in range(MOST_TRIES):
            try:
                marked = self._marked(episode)
                if marked != episode:
                    self._rows.write(marked)
            except Conflict:
                (episode,) = self._rows.episodes([episode.pk])
            except TableUnavailable:
                return False
            else:
                return True
        return False

    def _marked(self, episode: Episode) -> Episode:
        """What its row is to say. What fires anew, after its group was told that it is over, is another episode."""
        group, now = self._group, int(self._clock().timestamp())
        if episode.name in group.leaving and episode.fires:
            return episode.begun(now)
        if episode.name not in group.known and not self._is_forgotten(episode):
            return episode
        over = {group.route} if episode.name in self._ended and not episode.fires else set()
        told = replace(
            episode,
            told={**episode.told, group.route: group.pk},
            known_to=episode.known_to | self._numbers(episode),
            over=episode.over | over,
        )
        return told if told == episode and told.due_at is None else replace(told, due_at=self._due_at(told, now))

    def _numbers(self, episode: Episode) -> frozenset[str]:
        """Who was told of it just now; of one that was not marked at the time, whoever was told of its group."""
        if episode.name in self._heard.episodes:
            return self._heard.numbers
        return frozenset() if self._group.route in episode.told else frozenset(self._group.numbers)

    def _is_forgotten(self, episode: Episode) -> bool:
        """Whether its group told of it and does not know it any more, as there was no room: it is then over."""
        if episode.fires or episode.told.get(self._group.route) != self._group.pk:
            return False
        return episode.name not in self._rows.group(self._group.pk).known  # after the episode: it may just have joined

    def _due_at(self, episode: Episode, now: int) -> int | None:
        """When it is to be looked at again: for a route that has not told of it, or not that it is over."""
        waits = [episode.seen_at + leg.wait for leg in untold_legs(self._document, episode, self._clock())]
        if not episode.fires and set(episode.told) - episode.over:
            waits.append(now)
        return min(waits, default=None)
