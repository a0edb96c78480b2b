"""A queue that delivers at least once, in no order, and hands to a person what comes back too often."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.world import World

MOST_RECEIVES = 8
WINDOW = 1  # second that records are gathered for
MOST_IN_BATCH = 1000
VISIBILITY = 360  # seconds: six times the function's time-out
TOO_OFTEN, THROTTLED = "received too often", "received too often, since it was throttled"


@dataclass(slots=True)
class Record:
    """One message in the queue; `scope` is that of the door under which it first came in.

    What was moved back says what was known of it, and since when it is in queues alone.
    """

    name: str
    document: dict[str, Any]
    scope: str
    status: str = ""
    since: float | None = None
    put_at: float = 0
    receives: int = 0
    was_parked: bool = False
    throttled: bool = False  # when it was received last
    deleted: bool = False


@dataclass(slots=True)
class Person:
    """Who reads the dead-letter queue, and what doors answer."""

    told: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, key: str, status: str) -> None:
        self.told.append((key, status))

    def knows(self, key: str, *statuses: str) -> bool:
        return any(name == key and (not statuses or status in statuses) for name, status in self.told)


class Queue:
    """Delivers what is there in one batch.

    `receive` is the function behind it: for each record it gives how long that is hidden for, or None when it is done
    with.
    """

    def __init__(self, world: World, person: Person, take_over: Callable[[Record], None]) -> None:
        """`take_over` gets what came back too often."""
        self._world = world
        self._person = person
        self._take_over = take_over
        self._there: list[Record] = []
        self.receive: Callable[[list[Record]], list[float | None]]

    def put(self, record: Record) -> None:
        """Delivered after a while, and now and then twice."""
        record.put_at = record.put_at or self._world.now
        self._world.after(self._delay(), partial(self._comes, record))
        if self._world.happens("queue: twice", self._world.chances.queue):
            self._world.after(self._delay(), partial(self._once_more, record))

    def _comes(self, record: Record) -> None:
        self._there.append(record)
        if len(self._there) == 1:
            self._world.after(WINDOW, self._deliver)

    def _deliver(self) -> None:
        there, self._there = self._there[:MOST_IN_BATCH], self._there[MOST_IN_BATCH:]
        if self._there:
            self._world.after(WINDOW, self._deliver)
        batch = [record for record in there if self._received(record)]
        if not batch:
            return
        self._world.counts["queue: batches"] += 1
        hidden: list[float | None] = [VISIBILITY for _ in batch]
        try:
            hidden = self.receive(batch)
            if self._world.happens("queue: not deleted", self._world.chances.queue):
                hidden = [VISIBILITY for _ in batch]
        finally:
            for record, seconds in zip(batch, hidden, strict=True):
                record.deleted = seconds is None
                if seconds is not None:
                    self._world.after(seconds, partial(self._comes, record))

    def _received(self, record: Record) -> bool:
        if record.deleted:
            return False
        record.receives += 1
        if record.receives > MOST_RECEIVES:
            record.deleted = True
            self._world.counts["queue: dead-lettered"] += 1
            self._person.tell(record.document["idempotency_key"], THROTTLED if record.throttled else TOO_OFTEN)
            self._take_over(record)
            return False
        record.throttled = False
        return True

    def _once_more(self, record: Record) -> None:
        """A second delivery of the same record: where it is not let go of, a copy is there though it was deleted."""
        copy = replace(record, receives=1, deleted=False)
        hidden: list[float | None] = [VISIBILITY]
        try:
            hidden = self.receive([copy])
        finally:
            if hidden[0] is not None:
                self._world.after(hidden[0], partial(self._comes, copy))

    def _delay(self) -> float:
        if self._world.happens("queue: late", self._world.chances.queue):
            return self._world.random.uniform(1, 2000)
        return self._world.random.uniform(0.01, 1)
