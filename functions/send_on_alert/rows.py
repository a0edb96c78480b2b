"""The door's own table: episodes, groups and counts, each a row on the condition of its version."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import days
import episodes
import groups
from aliyun_sms.ledger.table import Conflict, Put
from left import leave

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from aliyun_sms.ledger.table import Table
    from days import Day
    from episodes import Episode
    from groups import Group

EPISODES, GROUPS = "episodes", "groups"  # shards of the index of what is due
HEARTBEAT = "heartbeat#"  # before the name of one, in the key of its row
LONGEST_WAIT = 3600  # seconds that a route can gather alerts for
MOST_DUE = 1000  # rows of a kind in one minute; the others in the next
KEPT = 90 * 86_400  # seconds that a row is kept after its last change, and
KEPT_OPEN = 2 * 365 * 86_400  # while it tells of what fires: of CloudWatch's alarms nothing comes until they recover


class Rows:
    """Reads and writes them. Each call raises TableUnavailable where it fails, and Conflict where another was first."""

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._clock = clock

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return int(self._clock().timestamp())

    def episodes(self, keys: Iterable[str]) -> list[Episode]:
        """Episodes by the keys of their rows, in their order."""
        keys = list(keys)
        items = self._table.get_all(keys)
        return [episodes.from_item(key, items.get(key)) for key in keys]

    def group(self, key: str, route: str = "") -> Group:
        """One group."""
        return groups.from_item(key, route, self._table.get_all([key]).get(key))

    def groups(self, keys: Collection[str]) -> list[Group]:
        """Groups by their keys, as far as they are there."""
        return (
            [groups.from_item(key, "", item) for key, item in self._table.get_all(sorted(keys)).items()] if keys else []
        )

    def day(self) -> Day:
        """The counts of today."""
        now = self._clock()
        key = days.day_key(now)
        return days.read_day(self._table.get_all([key]).get(key), now)

    def due_episodes(self) -> list[Episode]:
        """Those that wait, even if they need not be told of yet: they may share a message with others."""
        keys = list(self._table.due(EPISODES, self.now + LONGEST_WAIT, MOST_DUE))
        items = self._table.get_all(keys)
        found = [_readable(key, items.get(key)) for key in keys]
        return [episode for episode in found if episode]

    def due_groups(self) -> list[str]:
        """The keys of groups of which something is not finished, or to be repeated."""
        return list(self._table.due(GROUPS, self.now, MOST_DUE))

    def heard_at(self, heartbeat: str) -> int | None:
        """When a heartbeat came last; None where it never did."""
        return self._table.get_all([HEARTBEAT + heartbeat]).get(HEARTBEAT + heartbeat, {}).get("heard_at")

    def hear(self, heartbeat: str, at: int) -> None:
        """Write down that it has come, unless a later one has; who does that at the same time says much the same."""
        key = HEARTBEAT + heartbeat
        before = self._table.get_all([key]).get(key, {"version": 0, "heard_at": 0})
        item = {"pk": key, "version": before["version"] + 1, "ttl": self.now + KEPT, "heard_at": at}
        if at > before["heard_at"]:
            with suppress(Conflict):
                self._table.put_all([Put(item, before["version"])])

    def write(self, *rows: Episode | Group | Day) -> None:
        """All or none."""
        self._table.put_all([self._put(row) for row in rows])

    def _put(self, row: Episode | Group | Day) -> Put:
        item = _item(row)
        item |= {"version": row.version + 1, "ttl": self.now + (KEPT_OPEN if _is_open(row) else KEPT)}
        if item.get("due_at") is not None:
            item["due_shard"] = GROUPS if row.pk.startswith(groups.PREFIX) else EPISODES
        return Put(item, row.version)


def _readable(key: str, item: Any) -> Episode | None:
    """An episode, unless its row is of a version that nobody knows: the others are told all the same."""
    try:
        return episodes.from_item(key, item)
    except (LookupError, TypeError, ValueError) as error:
        leave(error)
        return None


def _is_open(row: Episode | Group | Day) -> bool:
    if isinstance(row, groups.Group):
        return bool(row.known)
    return isinstance(row, episodes.Episode) and row.fires


def _item(row: Episode | Group | Day) -> dict[str, Any]:
    if isinstance(row, groups.Group):
        return groups.to_item(row)
    return episodes.to_item(row) if isinstance(row, episodes.Episode) else row.to_item()
