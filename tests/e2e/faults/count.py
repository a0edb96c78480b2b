"""What is counted after a run."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.e2e.faults.sight import is_open, waits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.faults.messages import Message
    from tests.e2e.faults.sight import Row, Sight


@dataclass(frozen=True, slots=True)
class Count:
    """What came of a run; times are in seconds, of those messages alone whose outcome was unknown for a while."""

    messages: int
    once: int
    more_than_once: int
    lost: int
    nobody_told: int
    untrue: int  # accepted, it says, but was not; or refused, it says, but was accepted
    handed_over: int
    waiting: int
    statuses: Mapping[str, int]
    sends: Mapping[str, int]  # calls by action
    queries: int
    unknown: int
    median: float
    slowest: float  # the 99th of a hundred
    faults: Mapping[str, int]

    def rows(self) -> list[tuple[str, str]]:
        """What, and how many."""
        return [
            ("messages", str(self.messages)),
            ("accepted once", str(self.once)),
            ("accepted more than once", str(self.more_than_once)),
            ("lost", str(self.lost)),
            ("unknown and nobody told", str(self.nobody_told)),
            ("not as the ledger says", str(self.untrue)),
            ("handed to a person", str(self.handed_over)),
            ("waiting for a limit", str(self.waiting)),
            ("status in the ledger", shown(self.statuses)),
            ("provider calls", shown(self.sends)),
            ("queries per message", f"{self.queries / self.messages:.2f}"),
            ("unknown for a while", str(self.unknown)),
            ("time to settle, median", f"{self.median:.0f} s"),
            ("time to settle, 99th", f"{self.slowest:.0f} s"),
            ("faults of the provider", shown(self.faults)),
        ]


def counted(messages: list[Message], sight: Sight) -> Count:
    """What has become of these messages."""
    rows, accepted = sight.rows(), sight.accepted()
    asked = sight.requests()
    actions = Counter(entry["action"] for entry in asked)
    queries = actions.pop("QuerySendDetails", 0)
    told = sight.letters | {reference for reference, row in rows.items() if row.get("held_at")}
    times = sorted(_settling_times(rows, sight.unknown_since)) or [0.0]
    kept = told | {
        reference for reference, row in rows.items() if row["status"] in {"rejected", "expired"} or waits(row)
    }
    said = {"accepted": 1, "rejected": 0, "expired": 0, "queued": 0}  # what the provider accepted, then
    times_accepted = {message.reference: accepted[message.phone_number] for message in messages}
    return Count(
        messages=len(messages),
        once=sum(times == 1 for times in times_accepted.values()),
        more_than_once=sum(times > 1 for times in times_accepted.values()),
        lost=sum(times == 0 and reference not in kept for reference, times in times_accepted.items()),
        nobody_told=len({reference for reference, row in rows.items() if is_open(row)} - told),
        untrue=sum(said.get(row["status"], times_accepted[name]) != times_accepted[name] for name, row in rows.items()),
        handed_over=len(told),
        waiting=sum(map(waits, rows.values())),
        statuses=Counter(row["status"] for row in rows.values()),
        sends=actions,
        queries=queries,
        unknown=len(sight.unknown_since),
        median=statistics.median(times),
        slowest=times[int(0.99 * (len(times) - 1))],
        faults=Counter(entry["fault"] for entry in asked if entry["fault"]),
    )


def _settling_times(rows: dict[str, Row], unknown_since: dict[str, int]) -> list[float]:
    ended = {reference: rows[reference].get("held_at") or rows[reference]["updated_at"] for reference in unknown_since}
    return [float(ended[reference]) - since for reference, since in unknown_since.items()]


def shown(counts: Mapping[str, int]) -> str:
    """Names with their numbers, in one line."""
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
