"""cron(…) as EventBridge Scheduler reads it: minutes hours day-of-month month day-of-week year.

Source: docs.aws.amazon.com, EventBridge Scheduler User Guide, schedule types.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")  # from 1 on
A_DAY = timedelta(days=1)
A_WEEK = 7
SATURDAY, SUNDAY = 5, 6  # as Python counts

_PART = re.compile(r"(\*|\w+(?:-\w+)?)(?:/([0-9]+))?")
_WEEKDAY_NEAR = re.compile(r"([0-9]{1,2})W")
_NTH = re.compile(r"(\w+)#([1-5])")
_LAST = re.compile(r"(\w+)L")

Fits = Callable[[date], bool]


class BadExpression(ValueError):
    """Why a text is no expression."""


@dataclass(frozen=True, slots=True)
class Field:
    """One of the six: its name, its values, and the names that these may have."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> frozenset[int]:
        """The values of a list of values, ranges and steps."""
        return frozenset(value for part in text.split(",") for value in self._of_part(part))

    def _of_part(self, part: str) -> range:
        found = _PART.fullmatch(part)
        if not found:
            raise BadExpression(f'the {self.name} "{part}" is none')
        first, dash, last = ("*", "", "") if found[1] == "*" else found[1].partition("-")
        least = self.least if first == "*" else self.value(first)
        most = self.value(last) if dash else self.most if first == "*" or found[2] else least
        if most < least or found[2] == "0":
            raise BadExpression(f'the {self.name} "{part}" is none')
        return range(least, most + 1, int(found[2] or 1))

    def value(self, text: str) -> int:
        """One value, by its number or its name."""
        named = text.upper()
        value = self.names.index(named) + self.least if named in self.names else int(text) if text.isdecimal() else -1
        if not self.least <= value <= self.most:
            raise BadExpression(f'the {self.name} "{text}" is none: it is from {self.least} to {self.most}')
        return value


MINUTES, HOURS = Field("minutes", 0, 59), Field("hours", 0, 23)
DAY_OF_MONTH, MONTH = Field("day of the month", 1, 31), Field("month", 1, 12, MONTHS)
DAY_OF_WEEK, YEAR = Field("day of the week", 1, 7, DAYS), Field("year", 1970, 2199)


@dataclass(frozen=True, slots=True)
class Cron:
    """Days on which it runs, and the times of day, as hour and minute."""

    is_day: Fits
    times: tuple[tuple[int, int], ...]
    last_year: int

    def days(self, first: date, most: int) -> Iterator[date]:
        """Days on which it runs, of so many from the first on."""
        days = (first + number * A_DAY for number in range(most))
        return (day for day in days if day.year <= self.last_year and self.is_day(day))


def read_cron(text: str) -> Cron:
    """A cron expression of what stands in its brackets; raises BadExpression."""
    fields = text.split()
    if len(fields) != 6:  # noqa: PLR2004 - they are named on the next line
        raise BadExpression("cron(…) has six fields: minutes hours day-of-month month day-of-week year")
    minutes, hours = MINUTES.values(fields[0]), HOURS.values(fields[1])
    months, years = MONTH.values(fields[3]), YEAR.values(fields[5])
    fits = _day_of_month(fields[2]), _day_of_week(fields[4])
    if fields[2] == fields[4] or "?" not in (fields[2], fields[4]):
        raise BadExpression('one of day-of-month and day-of-week must be "?", and the other say the days')

    def is_day(day: date) -> bool:
        return day.month in months and day.year in years and all(fit(day) for fit in fits)

    return Cron(is_day, tuple((hour, minute) for hour in sorted(hours) for minute in sorted(minutes)), max(years))


def _day_of_month(text: str) -> Fits:
    if text == "?":
        return lambda _: True
    if text == "L":
        return lambda day: (day + A_DAY).day == 1
    if near := _WEEKDAY_NEAR.fullmatch(text):
        number = DAY_OF_MONTH.value(near[1])
        return lambda day: day.day == _weekday_near(day, number)
    values = DAY_OF_MONTH.values(text)
    return lambda day: day.day in values


def _weekday_near(month: date, number: int) -> int:
    """The day from Monday to Friday next to a day of the month, in the same month; 0 where that has no such day."""
    last = monthrange(month.year, month.month)[1]
    if number > last:
        return 0
    weekday = month.replace(day=number).weekday()
    if weekday == SATURDAY:
        return number - 1 if number > 1 else number + 2
    if weekday == SUNDAY:
        return number + 1 if number < last else number - 2
    return number


def _day_of_week(text: str) -> Fits:
    if text == "?":
        return lambda _: True
    if text == "L":
        return lambda day: _number(day) == len(DAYS)
    if nth := _NTH.fullmatch(text):
        weekday, place = DAY_OF_WEEK.value(nth[1]), int(nth[2])
        return lambda day: _number(day) == weekday and (day.day - 1) // A_WEEK + 1 == place
    if last := _LAST.fullmatch(text):
        weekday = DAY_OF_WEEK.value(last[1])
        return lambda day: _number(day) == weekday and (day + A_WEEK * A_DAY).month != day.month
    values = DAY_OF_WEEK.values(text)
    return lambda day: _number(day) in values


def _number(day: date) -> int:
    """Its number among DAYS."""
    return day.isoweekday() % A_WEEK + 1
