"""How much the door has sent: of a day in China's time to all, and of an hour to each contact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from aliyun_sms.ledger.usage import day_of
from aliyun_sms.provider.frequency_limits import CHINA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Allowed = Literal["all", "last", "none"]


class Budget(NamedTuple):
    """How many messages an hour a contact gets, and then a last one that says so; what counts in it has its name."""

    name: str
    messages: int


@dataclass(slots=True)
class Day:
    """The counts of a day; `sent` are messages of its `hour` by budget and contact."""

    pk: str
    hour: int
    version: int = 0
    recipients: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    over_limit: int = 0  # messages of this turn that the limit of the day has kept back
    over_budget: int = 0  # and those that budgets have

    def allows(self, contact: str, budget: Budget, limit: int) -> Allowed:
        """Whether a contact may get a message, which then counts."""
        if self.recipients >= limit:
            self.over_limit += 1
            return "none"
        counted = f"{budget.name}\n{contact}"
        sent = self.sent.get(counted, 0)
        if sent > budget.messages:
            self.over_budget += 1
            return "none"
        self.sent[counted] = sent + 1
        self.recipients += 1
        return "last" if sent == budget.messages else "all"

    def to_item(self) -> dict[str, Any]:
        """The counts as the table keeps them."""
        names = ("pk", "hour", "version", "recipients", "sent")
        return {name: getattr(self, name) for name in names}


def day_key(now: datetime) -> str:
    """The key of the row of a day."""
    return f"day#{day_of(now.timestamp())}"


def read_day(item: Mapping[str, Any] | None, now: datetime) -> Day:
    """The counts in a row, of which those of an hour that is over do not count."""
    day = Day(day_key(now), now.astimezone(CHINA).hour)
    if item is None:
        return day
    day.version, day.recipients = item["version"], item["recipients"]
    day.sent = dict(item["sent"]) if item["hour"] == day.hour else {}
    return day
