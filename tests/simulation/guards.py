"""The caps of a day and the stop in the simulation: what a person sets, and what must hold."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aliyun_sms.ledger.usage import CALLER, STACK, USAGE, Limits

if TYPE_CHECKING:
    from aliyun_sms.ledger.table import Item
    from tests.simulation.house import House
    from tests.simulation.world import World

DAYS = (2, 4)  # in which all messages can be sent
MOST_OF_A_CALLER = 3  # recipients of one message


class Guards:
    """Watches the row of usage, and what is sent while a person has stopped that."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.limits = Limits()
        self.broken: set[str] = set()
        self.counted = 0  # recipients, over all days, without those that were given back
        self._of_today: Item = {}
        self._stopped_at: float | None = None

    def wrote(self, item: Item) -> None:
        """The row of usage was written."""
        self._world.checked()
        total = int(item.get(STACK, 0))
        same_day = item.get("day") == self._of_today.get("day")
        self.counted += total - (self._of_today.get(STACK, 0) if same_day else 0)
        self._of_today = {**item}
        callers = [number for name, number in item.items() if name.startswith(CALLER)]
        if self.limits.stack and total > self.limits.stack:
            self.broken.add("more than the cap of the stack")
        if self.limits.caller and max(callers, default=0) > self.limits.caller:
            self.broken.add("more than the cap of a caller")
        if min([total, *callers]) < 0:
            self.broken.add("given back twice")

    def sends(self) -> None:
        """A call of the provider begins: whoever makes it has looked whether it may, before it was stopped."""
        self._world.counts["provider calls: on their way when it was stopped"] += self._stopped_at is not None
        if self._stopped_at is not None and self._world.checked_at >= self._stopped_at:
            self.broken.add("sent while it was stopped")
        if self._world.checked_at < 0:
            self.broken.add("sent without looking whether it may be")

    def set_up(self, house: House, recipients: int) -> None:
        """Caps that all messages fit into in a few days, and up to three stops; in some worlds neither."""
        chance = self._world.guards
        if chance.random() < 0.4:
            days = chance.randint(*DAYS)
            caller = chance.choice([0, MOST_OF_A_CALLER, 10])
            self.limits = Limits(max(MOST_OF_A_CALLER, -(-recipients // days)), caller)
            house.limit(self.limits)
        for _ in range(chance.choice([0, 0, 0, 1, 3])):
            self._world.after(chance.uniform(0, 400), partial(self._stop, house))

    def faults(self, sent: int) -> list[str]:
        """What must not be."""
        uncounted = ["more was sent than was counted"] if sent > self.counted else []
        return sorted(self.broken) + uncounted

    def _stop(self, house: House) -> None:
        item = house.table.items.setdefault(USAGE, {"pk": USAGE})
        if "stopped" in item:
            return
        self._stopped_at = self._world.now
        self._world.counts["stops"] += 1
        item |= {"version": item.get("version", 0) + 1, "stopped": {"why": "a leaked key", "by": "me", "at": 1}}
        lasts = self._world.guards.choice([5, 300, 4000, 100_000])
        self._world.after(lasts, partial(self._start, house))

    def _start(self, house: House) -> None:
        item = house.table.items[USAGE]
        del item["stopped"]
        item["version"] += 1
        self._stopped_at = None
