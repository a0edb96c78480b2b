"""The alert door broken on purpose, to show that the simulation would see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deliveries import Deliveries
from desk import Desk
from episodes import episode_key
from freezing import Freezing
from intake import Intake
from rows import Rows
from teller import Teller
from writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alert import Alert
    from episodes import Episode
    from groups import Group
    from routing.document import Document


class Unfreezing(Writing):
    """Hands messages over before they are written down."""

    hand_over: Callable[..., object]

    def _frozen(self, group: Group, new: Sequence[Episode], episodes: Sequence[Episode], document: Document) -> Group:
        by_name = {episode.name: episode for episode in episodes}
        after = self._freezing.next(group, new, by_name, document, self._rows.day())
        self.hand_over(after.messages, self._clock().timestamp() + 10)
        return super()._frozen(group, new, episodes, document)


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
        rows = Rows(table, clock)
        writing = Unfreezing(rows, freezing, clock, each)
        writing.hand_over = deliveries.hand_over
        self._teller = Teller(rows, routes, writing, deliveries, clock)


class AmnesicDesk(Desk):
    """With the second."""

    def __init__(self, table: Any, routes: Any, deliveries: Any, freezing: Any, *, clock: Any, each: Any) -> None:
        super().__init__(table, routes, deliveries, freezing, clock=clock, each=each)
        self._intake = Amnesic(Rows(table, clock), routes, clock, each)


class Retelling(Writing):
    """Does not ask who was told by others."""

    def _knowing(self, group: Group, new: Sequence[Episode], document: Document) -> list[Episode]:
        return [replace(episode, known_to=frozenset()) for episode in super()._knowing(group, new, document)]


class RetellingDesk(Desk):
    """With the third."""

    def __init__(self, table: Any, routes: Any, deliveries: Any, freezing: Any, *, clock: Any, each: Any) -> None:
        super().__init__(table, routes, deliveries, freezing, clock=clock, each=each)
        rows = Rows(table, clock)
        self._teller = Teller(rows, routes, Retelling(rows, freezing, clock, each), deliveries, clock)


class Piling(Freezing):
    """Repeats what still waits, however much that is."""

    def next(self, group: Group, *given: Any) -> Group:
        later = super().next(replace(group, messages=()), *given)
        return replace(later, messages=group.messages + later.messages)
