"""Tells contacts of episodes: what each is sent is written down, handed over, and then done with."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from math import inf
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from aliyun_sms.ledger.table import Conflict
from frozen import in_turn
from left import leave
from planning import legs, untold_legs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from deliveries import Deliveries
    from episodes import Episode
    from intake import Routes
    from routing.document import Document
    from rows import Rows
    from writing import Writing, Written

MOST_AT_ONCE = 10  # members of a group
MOST_TOGETHER = 50  # groups whose messages are handed over together
MOST_TRIES = 3  # where somebody else writes the same rows; then it is left to the next minute

T = TypeVar("T")


@dataclass(slots=True)
class Task:
    """What is to be looked at of a group: its route, and episodes that may be new to it, by the keys of their rows."""

    route: str = ""
    episodes: dict[str, None] = field(default_factory=dict)
    is_ready: bool = False


class NobodyToTell(Exception):
    """There is no document that says who is to be told: the event ends in the dead-letter queue."""


class Teller:
    """Whatever goes wrong leaves what it is about for the next minute."""

    def __init__(
        self, rows: Rows, routes: Routes, writing: Writing, deliveries: Deliveries, clock: Callable[[], datetime]
    ) -> None:
        self._rows = rows
        self._routes = routes
        self._writing = writing
        self._deliveries = deliveries
        self._clock = clock

    def tell_at_once(self, episodes: Sequence[Episode], deadline: float) -> None:
        """Tell of episodes that have just come in, but for those that are gathered, or of a large group.

        In a storm each of these would read what all the others have written.
        """
        document, now = self._routes.document(), self._clock()
        gathered = [document and any(leg.wait for leg in legs(document, episode, now)) for episode in episodes]
        alone = [episode for episode, waits in zip(episodes, gathered, strict=True) if not waits]
        self._tell(alone, (), deadline, MOST_AT_ONCE)

    def tell_due(self, deadline: float) -> None:
        """Tell of all that is due."""
        if self._routes.document() is not None:
            self._tell(self._rows.due_episodes(), self._rows.due_groups(), deadline, inf)

    def _tell(self, episodes: Sequence[Episode], groups: Iterable[str], deadline: float, most: float) -> None:
        document = self._routes.document()
        if document is None:
            if episodes:
                raise NobodyToTell("there is no document of routes: sms alerts put")
            return
        tasks = self._tasks(episodes, groups, document)
        ready = [key for key, task in tasks.items() if task.is_ready]
        Random(self._rows.now // 60).shuffle(ready)  # noqa: S311 - so that time does not run out for the same ones
        while ready and self._now() < deadline:
            self._hand_over(self._begin_some(ready, tasks, document, deadline, most), deadline)

    def _begin_some(
        self, ready: list[str], tasks: Mapping[str, Task], document: Document, deadline: float, most: float
    ) -> list[Written]:
        """Begin groups and take them from the list, as many as leave time to hand their messages over."""
        until = self._now() + (deadline - self._now()) / 3
        begun: list[Written] = []
        for number in range(MOST_TOGETHER):
            if not ready or (number and self._now() >= until):
                break
            key = ready.pop()
            if written := self._try(partial(self._begin, key, tasks[key], document, most)):
                begun.append(written)
        return begun

    def _now(self) -> float:
        return self._clock().timestamp()

    def _try(self, action: Callable[[], T]) -> T | None:
        try:
            for _ in range(MOST_TRIES - 1):
                with suppress(Conflict):
                    return action()
            return action()
        except Exception as error:  # noqa: BLE001 - the others are told all the same
            leave(error)
        return None

    def _tasks(self, episodes: Iterable[Episode], groups: Iterable[str], document: Document) -> dict[str, Task]:
        """What is to be done, by group: what is due by itself, and what episodes it is new to or over for."""
        tasks = {key: Task(is_ready=True) for key in groups}
        for episode in episodes:
            self._try(partial(self._add_tasks, tasks, episode, document))
        return tasks

    def _add_tasks(self, tasks: dict[str, Task], episode: Episode, document: Document) -> None:
        """What is to be done for an episode; where there is nothing, it is done with."""
        untold = untold_legs(document, episode, self._clock())
        for leg in untold:
            _add(tasks, leg.group, leg.planned.route, episode, is_ready=episode.seen_at + leg.wait <= self._rows.now)
        over = [] if episode.fires else sorted(set(episode.told) - episode.over)
        for route in over:
            _add(tasks, episode.told[route], route, episode, is_ready=True)
        if episode.due_at is not None and not untold and not over:
            self._rows.write(episode.done())

    def _begin(self, key: str, task: Task, document: Document, most: float) -> Written | None:
        group = self._rows.group(key, task.route)
        return self._writing.begin(group, task.episodes, document) if len(group.members) <= most else None

    def _hand_over(self, begun: Sequence[Written], deadline: float) -> None:
        """All messages at once, since who is slow to take one keeps nobody waiting; then those whose turn has come."""
        sent: dict[str, Mapping[str, Any]] = {}
        tried: set[str] = set()
        while messages := [message for written in begun for message in in_turn(written.group.messages, sent, tried)]:
            tried.update(message.key for message in messages)
            sent |= self._try(partial(self._deliveries.hand_over, messages, deadline)) or {}
        for written in begun:
            self._try(partial(self._writing.finish, written, sent))


def _add(tasks: dict[str, Task], key: str, route: str, episode: Episode, *, is_ready: bool) -> None:
    task = tasks.setdefault(key, Task())
    task.route = route
    task.episodes[episode.pk] = None
    task.is_ready |= is_ready
