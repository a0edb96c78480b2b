"""The alert door in its world: events as SNS and Lambda bring them, a tick in each minute in which something is due."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from aliyun_sms.ledger.rows import message_key
from deliveries import Deliveries
from desk import Desk
from freezing import Freezing
from messages import Limits
from teller import NobodyToTell
from tests.simulation.house import MINUTE, House
from tests.simulation.tables import ShakyTable
from tests.workbench.alert_desk import InForce
from tests.workbench.core import ALL_WHOLE, no_threads, one_by_one

if TYPE_CHECKING:
    from alert import Alert
    from aliyun_sms.aws.sqs import DeadLetters
    from aliyun_sms.result import Result
    from routing.document import Document
    from tests.simulation.world import World

TIMEOUT = 60  # seconds of the function
KEPT = 14  # of them, for a dead letter and the last write
TRIES = 3  # by Lambda


class Parts(NamedTuple):
    """What the door is made of; tests put in what is broken on purpose."""

    desk: type[Desk] = Desk
    freezing: type[Freezing] = Freezing
    deliveries: type[Deliveries] = Deliveries


WHOLE = Parts()


@dataclass(slots=True)
class Letters:
    """The dead-letter queue: whoever reads it knows what was not sent."""

    world: World
    keys: set[str] = field(default_factory=set)

    def add_in_time(self, body: str, result: Result, seconds_left: float) -> bool:
        del result
        self.world.may_crash("dead-letter")
        self.world.takes(0.01)
        if seconds_left <= 0 or self.world.happens("queue: failed", self.world.chances.queue):
            return False
        self.keys.add(json.loads(body)["idempotency_key"])
        return True


class AlertHouse(House):
    """The core and its world, with the door before it."""

    def __init__(self, world: World, parts: Parts) -> None:
        super().__init__(world, ALL_WHOLE, sends_again=False)
        self.alerts_table = ShakyTable(world, self.guards, self._tick_at)
        self.alerts_table.largest = 60_000  # bytes, so that a small crowd would fill it
        self.routes = InForce(None)
        self.given_up: list[Alert] = []  # which a person finds in the dead-letter queue of events
        self.dead = Letters(world)
        self._minutes: set[int] = set()
        sender = self._senders["schedule"]
        deliveries = parts.deliveries(sender, cast("DeadLetters", self.dead), world.clock, no_threads)
        freezing = parts.freezing(Limits(10_000, 1000), "en", world.clock)
        self._desk = parts.desk(
            self.alerts_table, self.routes, deliveries, freezing, clock=world.clock, each=one_by_one
        )

    def bring(self, alert: Alert, tries: int = TRIES) -> None:
        """An event with an alert; Lambda tries again after one minute and after two, then gives it up."""
        done = False
        self.world.ends_after(TIMEOUT)
        try:
            self._desk.take([alert], self._deadline())
            done = True
        except NobodyToTell:
            self.world.counts["nobody to tell"] += 1
            done = tries == 1  # it is written down, and told when there is a document
        except Exception:  # noqa: BLE001 - Lambda takes any for a failure
            self.world.counts["events that failed"] += 1
        finally:
            if not done and tries > 1:
                self.world.after(MINUTE * (TRIES + 1 - tries), partial(self.bring, alert, tries - 1))
            elif not done:
                self.given_up.append(alert)

    def put(self, document: Document) -> None:
        """A person puts another document."""
        self.routes.now = document

    def rows(self, prefix: str) -> list[dict[str, Any]]:
        """The door's rows of a kind."""
        return [item for key, item in self.alerts_table.items.items() if key.startswith(prefix)]

    def status(self, name: str) -> str | None:
        """What the ledger says of a message; None of one that it does not have."""
        item = self.table.look(message_key(name))
        return item["status"] if item and not item.get("released") else None

    def _deadline(self) -> float:
        return self.world.now + TIMEOUT - KEPT

    def _tick_at(self, due_at: int) -> None:
        minute = int(max(due_at, self.world.now)) // MINUTE + 1
        if minute not in self._minutes:
            self._minutes.add(minute)
            self.world.after(minute * MINUTE - self.world.now, partial(self._tick, minute))

    def _tick(self, minute: int) -> None:
        self._minutes.discard(minute)
        self.world.ends_after(TIMEOUT)
        try:
            self._desk.tick(self._deadline())
        finally:
            if self.alerts_table.is_due:
                self._tick_at(int(self.world.now))
