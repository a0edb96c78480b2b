"""What was sent today, and whether sends are stopped: one item of the ledger's table, which every door reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from cli import ledger
from cli.masking import masked_principal, scrubbed
from cli.sends import CHINA, today

if TYPE_CHECKING:
    from datetime import date

    from cli.place import Place

KEY = "usage"
CALLER = "caller#"


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing is sent, who stopped it, and since when."""

    why: str
    by: str
    at: int

    def document(self) -> dict[str, str]:
        """As it is told to a script."""
        since = datetime.fromtimestamp(self.at, UTC).isoformat()
        return {"why": scrubbed(self.why), "by": masked_principal(self.by), "since": since}

    def __str__(self) -> str:
        """As it is told to a person."""
        return "since {since} by {by}: {why}".format(**self.document())


@dataclass(frozen=True, slots=True)
class Usage:
    """The recipients of a day in China, of the stack and of each caller of its API, and the stop where there is one."""

    day: date
    total: int
    callers: dict[str, int]  # the largest first
    stop: Stop | None

    @property
    def ends_at(self) -> datetime:
        """When the next day begins in China, and the limits open again."""
        return datetime.combine(self.day + timedelta(days=1), time(), CHINA)


def read(place: Place) -> Usage:
    """How it stands now; what was counted on an earlier day counts nothing."""
    item, day = ledger.row(place, KEY) or {}, today()
    counted = item if item.get("day") == day.isoformat() else {}
    callers = {name.removeprefix(CALLER): int(n) for name, n in counted.items() if name.startswith(CALLER)}
    largest_first = dict(sorted(callers.items(), key=lambda each: (-each[1], each[0])))
    return Usage(day, int(counted.get("total", 0)), largest_first, stop_of(item))


def stop_of(item: dict[str, Any]) -> Stop | None:
    """The stop that it holds, if any."""
    stopped = item.get("stopped")
    return Stop(stopped["why"], stopped["by"], int(stopped["at"])) if stopped else None
