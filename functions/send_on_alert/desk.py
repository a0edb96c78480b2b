"""What the door does with alerts that come in, and each minute."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aliyun_sms.observability import counts, logger
from heartbeats import Heartbeats
from intake import Intake
from left import leave
from rows import Rows
from teller import Teller
from writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from alert import Alert
    from aliyun_sms.ledger.table import Table
    from aliyun_sms.threads import Each
    from deliveries import Deliveries
    from freezing import Freezing
    from intake import Routes


class Desk:
    """Takes alerts in, and sees to it that somebody is told."""

    def __init__(
        self,
        table: Table,
        routes: Routes,
        deliveries: Deliveries,
        freezing: Freezing,
        *,
        clock: Callable[[], datetime],
        each: Each,
    ) -> None:
        rows = Rows(table, clock)
        self._routes = routes
        self._intake = Intake(rows, routes, clock, each)
        self._heartbeats = Heartbeats(rows, routes, self._intake, clock)
        self._teller = Teller(rows, routes, Writing(rows, freezing, clock, each), deliveries, clock)

    def take(self, alerts: Sequence[Alert], deadline: float) -> None:
        """Write alerts down, and tell of those that wait for no others; raises where that cannot be done."""
        episodes = self._intake.take(alerts)
        self._heartbeats.hear(alerts)
        self._teller.tell_at_once(episodes, deadline)

    def tick(self, deadline: float) -> None:
        """Tell of what is due. Raises nothing: the next minute is the retry, and nothing is lost by it."""
        _try(self._heartbeats.look)
        _try(partial(self._teller.tell_due, deadline))
        if self._routes.trouble:
            counts["alert-routes-fault"] += 1
            logger.error("the routes cannot be read", extra={"error": self._routes.trouble})


def _try(action: Callable[[], None]) -> None:
    try:
        action()
    except Exception as error:  # noqa: BLE001 - as tick says
        leave(error)
