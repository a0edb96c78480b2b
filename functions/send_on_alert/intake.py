"""Takes alerts in: each into the episode of its identity, before anybody is told of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from aliyun_sms.ledger.table import Conflict
from episodes import episode_key
from planning import legs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from alert import Alert
    from aliyun_sms.threads import Each
    from episodes import Episode
    from routing.document import Document
    from rows import Rows

MOST_TRIES = 10  # to write an episode that somebody else writes at the same time


class Routes(Protocol):
    """Where the document in force comes from; `trouble` is why a newer one cannot be read, if so."""

    trouble: str | None

    def document(self) -> Document | None:
        """The last good one; None where there never was one."""


class Intake:
    """Writes episodes."""

    def __init__(self, rows: Rows, routes: Routes, clock: Callable[[], datetime], each: Each) -> None:
        self._rows = rows
        self._routes = routes
        self._clock = clock
        self._each = each

    def take(self, alerts: Sequence[Alert]) -> list[Episode]:
        """The episodes of which somebody is to be told, at once or later; raises where one cannot be written."""
        taken = self._each(self._take, alerts)
        return [episode for episode in taken if episode.due_at is not None]

    def _take(self, alert: Alert) -> Episode:
        for _ in range(MOST_TRIES):
            (before,) = self._rows.episodes([episode_key(alert.identity)])
            episode = before.after(alert, self._rows.now)
            if episode is before:
                return episode
            if episode.name != before.name:
                episode = replace(episode, due_at=self._rows.now + self._least_wait(episode))
            try:
                self._rows.write(episode)
            except Conflict:
                continue
            return replace(episode, version=episode.version + 1)
        raise Conflict("an episode is written by too many")

    def _least_wait(self, episode: Episode) -> int:
        """Seconds until the first is told of it."""
        document = self._routes.document()
        return min((leg.wait for leg in legs(document, episode, self._clock())), default=0) if document else 0
