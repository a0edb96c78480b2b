"""The table of the simulation: true to its contract when it answers, which it does not always."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from aliyun_sms.ledger.table import Conflict, Count, Item, Put, TableUnavailable
from aliyun_sms.ledger.usage import USAGE
from tests.workbench.fake_table import FakeTable, earliest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.simulation.guards import Guards
    from tests.simulation.world import World

OLDEST_SIGNATURE = 300  # seconds: AWS takes no request that was signed before


class ShakyTable(FakeTable):
    """Fails before a write or after it, writes late, and its index lags behind."""

    def __init__(self, world: World, guards: Guards, on_due: Callable[[int], None]) -> None:
        super().__init__()
        self._guards = guards
        self._world = world
        self._on_due = on_due
        self._index: dict[str, Item] = {}
        self.has_failed = False
        self.most_puts = world.weather.choice([4, 12])  # so that a few messages need several transactions

    def get_all(self, keys: Sequence[str]) -> dict[str, Item]:
        self._begin("table read")
        if USAGE in keys:
            self._world.checked()
        return super().get_all(keys)

    def put_all(self, puts: Sequence[Put], count: Count | None = None) -> None:
        signed_at = self._world.now
        self._begin("table write")
        if self._world.now - signed_at > OLDEST_SIGNATURE:
            raise self._failed("too late")
        if self._world.happens("table: written late", self._world.chances.table / 4):
            self._world.after(self._world.random.uniform(0.1, 90), partial(self._late, puts, count, signed_at))
            raise self._failed("late")
        self._write(puts, count)
        self._world.may_crash("after a write")
        if self._world.happens("table: failed after a write", self._world.chances.table):
            raise self._failed("after")

    def count(self, count: Count) -> None:
        """As botocore asks: again, where the answer was lost."""
        self._begin("count")
        super().count(count)
        self._guards.wrote(self.items[USAGE])
        self._world.may_crash("after a count")
        if self._world.happens("table: counted twice", self._world.chances.table):
            super().count(count)
            self._guards.wrote(self.items[USAGE])
        if self._world.happens("table: failed after a count", self._world.chances.table):
            raise self._failed("after")

    def due(self, shard: str, until: int, most: int, after: tuple[str, int] | None = None) -> dict[str, int]:
        self._begin("table query")
        return earliest(self._index.values(), shard, until, most, after)

    def look(self, key: str) -> Item | None:
        """A row, without any effect."""
        return super().get_all([key]).get(key)

    def forget(self, until: float) -> None:
        super().forget(until)
        for key in self._index.keys() - self.items.keys():
            del self._index[key]

    @property
    def is_due(self) -> bool:
        return any(item["due_at"] <= self._world.now for item in self._index.values())

    def _begin(self, where: str) -> None:
        self._world.may_crash(f"before a {where}")
        slow = self._world.happens("table: slow", self._world.chances.table / 4)
        self._world.takes(self._world.random.uniform(5, 60) if slow else 0.005)
        if self._world.happens(f"table: failed before a {where}", self._world.chances.table):
            raise self._failed("before")

    def _failed(self, when: str) -> TableUnavailable:
        self.has_failed = True
        return TableUnavailable(when)

    def _late(self, puts: Sequence[Put], count: Count | None, signed_at: float) -> None:
        if self._world.now - signed_at > OLDEST_SIGNATURE:
            return
        with suppress(Conflict):
            self._write(puts, count)

    def _write(self, puts: Sequence[Put], count: Count | None) -> None:
        super().put_all(puts, count)
        if count or USAGE in {put.item["pk"] for put in puts}:
            self._guards.wrote(self.items[USAGE])
        lag = self._world.random.uniform(0, 90) if self._world.happens("index lags", self._world.chances.table) else 0
        for put in puts:
            self._index_later(put.item["pk"], lag)

    def _index_later(self, key: str, lag: float) -> None:
        if lag:
            self._world.after(lag, partial(self._index_now, key))
        else:
            self._index_now(key)

    def _index_now(self, key: str) -> None:
        """It is sparse: a row that waits for nothing is not in it."""
        item = self.items.get(key, {})
        if "due_shard" in item:
            self._index[key] = item
            self._on_due(item["due_at"])
        else:
            self._index.pop(key, None)
