"""Tells contacts of episodes: freezes what each is sent, hands it over, and marks the episodes as told."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.observability import counts, defect, logger
from episodes import key_of
from groups import MOST_MEMBERS
from marking import Marking
from planning import legs
from routing.document import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from aliyun_sms.threads import Each
    from days import Day
    from deliveries import Deliveries
    from episodes import Episode
    from freezing import Freezing
    from groups import Group
    from intake import Routes
    from routing.document import Document
    from rows import Rows


MOST_AT_ONCE = 10  # members of a group
MOST_TRIES = 3  # where somebody else writes the same rows; then it is left to the next minute


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
        self,
        rows: Rows,
        routes: Routes,
        freezing: Freezing,
        deliveries: Deliveries,
        *,
        clock: Callable[[], datetime],
        each: Each,
    ) -> None:
        self._rows = rows
        self._routes = routes
        self._freezing = freezing
        self._deliveries = deliveries
        self._clock = clock
        self._each = each

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
            self._tell(self._rows.due_episodes(), self._rows.due_groups(), deadline, MOST_MEMBERS)

    def _tell(self, episodes: Sequence[Episode], groups: Iterable[str], deadline: float, most: int) -> None:
        document = self._routes.document()
        if document is None:
            if episodes:
                raise NobodyToTell("there is no document of routes: sms alerts put")
            return
        for key, task in self._tasks(episodes, groups, document).items():
            if task.is_ready and self._clock().timestamp() < deadline:
                self._try(partial(self._carry_out, key, task, document, deadline, most))

    def _try(self, action: Callable[[], None]) -> None:
        try:
            for _ in range(MOST_TRIES - 1):
                with suppress(Conflict):
                    return action()
            action()
        except (Conflict, TableUnavailable) as error:
            logger.warning("left to the next minute", extra={"error": type(error).__name__})
        except Exception as error:  # noqa: BLE001 - the others are told all the same
            defect(error, "an alert could not be told")

    def _tasks(self, episodes: Iterable[Episode], groups: Iterable[str], document: Document) -> dict[str, Task]:
        """What is to be done, by group: what is due by itself, and what episodes it is new to or over for."""
        tasks = {key: Task(is_ready=True) for key in groups}
        for episode in episodes:
            self._try(partial(self._add_tasks, tasks, episode, document))
        return tasks

    def _add_tasks(self, tasks: dict[str, Task], episode: Episode, document: Document) -> None:
        """What is to be done for an episode; where there is nothing, it is done with."""
        untold = [leg for leg in legs(document, episode, self._clock()) if leg.planned.route not in episode.told]
        for leg in untold:
            _add(tasks, leg.group, leg.planned.route, episode, is_ready=episode.seen_at + leg.wait <= self._rows.now)
        over = [] if episode.fires else sorted(set(episode.told) - episode.over)
        for route in over:
            _add(tasks, episode.told[route], route, episode, is_ready=True)
        if episode.due_at is not None and not untold and not over:
            self._rows.write(episode.done())

    def _carry_out(self, key: str, task: Task, document: Document, deadline: float, most: int) -> None:
        group = self._rows.group(key, task.route)
        if len(group.members) > most:
            return
        names = (*group.members, *group.leaving)
        keys = dict.fromkeys((*task.episodes, *map(key_of, names)))
        episodes = self._rows.episodes(keys)  # after the group, as Marking says
        group = self._frozen(group, [each for each in episodes if each.pk in task.episodes], episodes, document)
        left = Marking(self._rows, group, episodes, document, self._clock).mark(self._each)
        sent = self._deliveries.hand_over(group.messages, deadline)
        finished = group.finished(sent, left)
        if finished != group:
            self._rows.write(finished)

    def _frozen(
        self, group: Group, candidates: Sequence[Episode], episodes: Sequence[Episode], document: Document
    ) -> Group:
        """The group with what is told of it now, written down."""
        new = [episode for episode in candidates if episode.alert and group.lacks(episode)]
        new.sort(key=lambda episode: (episode.seen_at, episode.alert.name if episode.alert else "", episode.name))
        day = self._rows.day()
        after = self._freezing.next(group, new, {each.name: each for each in episodes}, document, day)
        if after == group:
            return group
        self._rows.write(*([after] if after.messages == group.messages else [after, day]))
        _count(day, group.route, len(new))
        return replace(after, version=group.version + 1)


def _add(tasks: dict[str, Task], key: str, route: str, episode: Episode, *, is_ready: bool) -> None:
    task = tasks.setdefault(key, Task())
    task.route = route
    task.episodes[episode.pk] = None
    task.is_ready |= is_ready


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
