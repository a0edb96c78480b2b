"""A world with one thread and its own time: whatever takes time lets others act meanwhile, and may be the end."""

from __future__ import annotations

import heapq
from collections import Counter
from datetime import UTC, datetime
from math import inf
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms.observability import counts

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 3  # actors that can be in the middle of something at once
MIDNIGHT = datetime(2026, 1, 2, 16, tzinfo=UTC).timestamp()  # in UTC+8


class Crash(BaseException):
    """The function was killed: nothing in the core may catch it."""


class Chances(NamedTuple):
    """How likely each fault is, where it can happen."""

    crash: float
    table: float
    wire: float
    refusal: float
    queue: float


class World:
    """Time, chance, and what is going to happen. The same seed makes the same world."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self.weather = Random(-seed - 1)  # noqa: S311 - the same, for what came later and must not change the rest
        self.guards = Random(-seed - 1_000_000_001)  # noqa: S311 - the same, for what came later still
        self.now = MIDNIGHT - self.random.choice([30, 7200, 40_000])
        most = self.random.choice([0.0, 0.02, 0.08, 0.25])
        self.chances = Chances(*(self.random.uniform(0, most) for _ in Chances._fields))
        self.counts: Counter[str] = Counter()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._made = 0
        self._depth = 0
        self._ends = [inf]  # of the actors that are in the middle of something,
        self._checked = [-inf]  # and when each looked last whether it may send

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def happens(self, fault: str, chance: float) -> bool:
        """Whether this fault strikes now; those that do are counted."""
        if self.random.random() >= chance:
            return False
        self.counts[fault] += 1
        return True

    def may_crash(self, where: str) -> None:
        if self.happens(f"crash {where}", self.chances.crash / 3):
            raise Crash

    def takes(self, seconds: float) -> None:
        """Time goes by; what is due meanwhile is done, as far as it is not too deep."""
        until = self.now + seconds
        if self._depth < DEEPEST:
            while self._due and self._due[0][0] <= until:
                self._act()
        self.now = max(self.now, until)
        if self.now > self._ends[-1]:
            self.counts["crash at its timeout"] += 1
            raise Crash

    def ends_after(self, seconds: float) -> None:
        """Whoever acts now is a function that is killed when it has lived for so long."""
        self._ends[-1] = self.now + seconds

    def checked(self) -> None:
        """Whoever acts now has looked whether it may send."""
        self._checked[-1] = self.now

    @property
    def checked_at(self) -> float:
        """When whoever acts now looked last whether it may send."""
        return self._checked[-1]

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self._made += 1
        heapq.heappush(self._due, (self.now + seconds, self._made, action))

    def run(self, until: float) -> bool:
        """Until nothing is left to happen; whether that came in time."""
        while self._due and self.now < until:
            self._act()
        return not self._due

    def _act(self) -> None:
        at, _, action = heapq.heappop(self._due)
        self.now = max(self.now, at)
        self._depth += 1
        self._ends.append(inf)
        self._checked.append(-inf)
        try:
            action()
        except Crash:
            self.counts["crashes"] += 1
        finally:
            self._depth -= 1
            self._ends.pop()
            self._checked.pop()
            counts.clear()  # nobody publishes them here
