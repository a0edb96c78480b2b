"""The alert door broken on purpose, to show that the simulation would see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deliveries import Deliveries
from desk import Desk
from episodes import episode_key
from intake import Intake
from rows import Rows
from teller import Teller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert import Alert
    from episodes import Episode
    from groups import Group
    from routing.document import Document


class Unfreezing(Teller):
    """Hands messages over before they are written down."""

    def _frozen(
        self, group: Group, candidates: Sequence[Episode], episodes: Sequence[Episode], document: Document
    ) -> Group:
        new = [episode for episode in candidates if episode.alert and group.lacks(episode)]
        by_name = {episode.name: episode for episode in episodes}
        after = self._freezing.next(group, new, by_name, document, self._rows.day())
        self._deliveries.hand_over(after.messages, self._clock().timestamp() + 10)
        return super()._frozen(group, candidates, episodes, document)


class Amnesic(Intake):
    """Takes each alarm for another episode."""

    def _take(self, alert: Alert) -> Episode:
        (before,) = self._rows.episodes([episode_key(alert.identity)])
        if alert.fires:
            self._rows.write(replace(before, over=frozenset({"default"}), fired_at=0, recovered_at=0, ended_at=0))
        return super()._take(alert)


class Dropping(Deliveries):
    """Takes what could not be sent for done."""

    def _is_done(self, *given: Any) -> bool:
        super()._is_done(*given)
        return True


class UnfreezingDesk(Desk):
    """With the first."""

    def __init__(self, table: Any, routes: Any, deliveries: Any, freezing: Any, *, clock: Any, each: Any) -> None:
        super().__init__(table, routes, deliveries, freezing, clock=clock, each=each)
        self._teller = Unfreezing(Rows(table, clock), routes, freezing, deliveries, clock=clock, each=each)


class AmnesicDesk(Desk):
    """With the second."""

    def __init__(self, table: Any, routes: Any, deliveries: Any, freezing: Any, *, clock: Any, each: Any) -> None:
        super().__init__(table, routes, deliveries, freezing, clock=clock, each=each)
        self._intake = Amnesic(Rows(table, clock), routes, clock, each)
