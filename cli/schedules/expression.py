"""When a schedule runs: at(…), rate(…) or cron(…), in a time zone. AWS would take some that never run."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from cli.schedules.cron import A_DAY, BadExpression, Cron, read_cron

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo as Zone

MOST_DAYS = 12 * 366  # that are looked through: the 29th of February comes after eight years at the latest
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}

_AT = re.compile(r"at\(([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)\)")
_RATE = re.compile(r"rate\(([1-9][0-9]{0,5}) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
FORMS = "at(2026-12-31T09:00:00), rate(1 day) or cron(0 18 ? * MON *)"


class Expression(NamedTuple):
    """One that AWS takes; `once` is whether it runs a single time."""

    text: str
    when: datetime | timedelta | Cron

    @property
    def once(self) -> bool:
        """Whether nothing comes after it has run."""
        return isinstance(self.when, datetime)

    def times(self, zone: Zone, now: datetime, since: datetime, most: int) -> list[datetime]:
        """The next times it runs after now, in its zone; a rate counts from when the schedule was made."""
        if isinstance(self.when, datetime):
            at = self.when.replace(tzinfo=zone)
            return [at] if at > now else []
        if isinstance(self.when, timedelta):
            first = (now - since) // self.when + 1
            return [(since + (first + number) * self.when).astimezone(zone) for number in range(most)]
        return list(islice(_of_cron(self.when, zone, now), most))


def read_expression(text: str) -> Expression:
    """An expression of its text; raises BadExpression."""
    text = text.strip()
    if at := _AT.fullmatch(text):
        whole = at[1] if at[1].count(":") == 2 else f"{at[1]}:00"  # noqa: PLR2004 - AWS wants the seconds
        return Expression(f"at({whole})", _time(whole))
    if rate := _RATE.fullmatch(text):
        number, unit = int(rate[1]), rate[2]
        if (number == 1) == bool(rate[3]):
            raise BadExpression(f"say rate({number} {unit}{'' if number == 1 else 's'})")
        return Expression(text, timedelta(seconds=number * SECONDS[unit]))
    if cron := _CRON.fullmatch(text):
        return Expression(text, read_cron(cron[1]))
    raise BadExpression(f"it must be {FORMS}")


def read_zone(name: str) -> Zone:
    """A time zone by its name; raises BadExpression."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, absolute, or a folder
        raise BadExpression(f'no time zone is named "{name}"; one is Asia/Shanghai') from None


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadExpression(f"there is no {text}") from None


def _of_cron(cron: Cron, zone: Zone, now: datetime) -> Iterator[datetime]:
    """Times on the wall; one that there is not, when clocks go forward, is left out, and one of two is the first."""
    today: date = now.astimezone(zone).date()
    for day in cron.days(today - A_DAY, MOST_DAYS):
        for hour, minute in cron.times:
            at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            is_there = at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == at.replace(tzinfo=None)
            if at > now and is_there:
                yield at
