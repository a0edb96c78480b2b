"""Who is on duty when: a week each, with other days of others."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms.privacy import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet
    from datetime import tzinfo

    from aliyun_sms.errors import Fault

    from .faults import Part

A_DAY = timedelta(days=1)
A_WEEK = 7  # days
FARTHEST = 70 * A_WEEK  # days that are looked through for who comes next: the turns of a longest list, and some


class Override(NamedTuple):
    """Days, both included, on which another is on duty."""

    contact: str
    first: date
    last: date


class Duty(NamedTuple):
    """Who is on duty, until when; None where nobody else ever comes."""

    contact: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Rotation:
    """Contacts by turns. A day of duty begins at `at`, in the time zone, and a turn is seven of them.

    Turns also go back from `first`, so that there is no time of nobody.
    """

    name: str
    turns: tuple[str, ...]
    first: date
    at: time
    time_zone: tzinfo
    overrides: tuple[Override, ...] = ()

    def on_duty(self, now: datetime) -> str:
        """The contact whose duty it is."""
        return self._of(self._day(now))

    def duties(self, now: datetime) -> Iterator[Duty]:
        """The one who is on duty, then each who comes next."""
        day = self._day(now)
        end = day + FARTHEST * A_DAY
        while day < end:
            contact = self._of(day)
            while day < end and self._of(day) == contact:
                day += A_DAY
            yield Duty(contact, self._begin(day) if day < end else None)

    def _of(self, day: date) -> str:
        for override in self.overrides:
            if override.first <= day <= override.last:
                return override.contact
        return self.turns[(day - self.first).days // A_WEEK % len(self.turns)]

    def _day(self, now: datetime) -> date:
        """The day of duty: yesterday's lasts until the time of day at which turns change."""
        day = now.astimezone(self.time_zone).date()
        while self._begin(day) > now:
            day -= A_DAY
        return day

    def _begin(self, day: date) -> datetime:
        """When a day of duty begins. A time that there is twice means the first, one that there is not the next."""
        return datetime.combine(day, self.at, self.time_zone).astimezone(UTC)


def read_rotation(part: Part, contacts: AbstractSet[str] | None, default_zone: str) -> Rotation | None:
    """A rotation, or none with its faults added."""
    part.require("turns", "contact", contacts)
    overrides = _overrides(part, contacts)
    zone = read_zone(part, part.members.get("time_zone", default_zone))
    starts = part.members["starts"]
    try:
        first = datetime.fromisoformat(starts)
    except ValueError:
        part.refuse("starts", f"there is no {starts}")
        return None
    if zone is None:
        return None
    return Rotation(part.members["name"], tuple(part.members["turns"]), first.date(), first.time(), zone, overrides)


def read_zone(part: Part, name: str) -> tzinfo | None:
    """A time zone of the system's, or none with its fault added."""
    from zoneinfo import ZoneInfo, available_timezones  # noqa: PLC0415 - a document without rotations needs none of it

    from .faults import nearest  # noqa: PLC0415 - the same

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, absolute, or a folder
        meant = nearest(name, available_timezones(), likeness=0.8) or ": one is Asia/Shanghai"
        part.refuse("time_zone", f'no time zone is named "{shown(name)}"{meant}')
        return None


def as_gap(fault: Fault) -> Fault:
    """A fault of the document's structure, which says so where it means that nobody would be on duty."""
    if re.fullmatch(r"rotations\[[0-9]+\]\.turns(\[[0-9]+\])?", fault.field):
        return replace(fault, reason=f"{fault.reason}: a gap in which nobody would be on duty")
    return fault


def _overrides(part: Part, contacts: AbstractSet[str] | None) -> tuple[Override, ...]:
    found: dict[str, Override] = {}
    for each in part.each("overrides", "contact", "date"):
        each.require_one("contact", each.members["contact"], "contact", contacts)
        first = _date(each, "date")
        last = _date(each, "until") if "until" in each.members else first
        if first is None or last is None:
            continue
        if last < first:
            each.refuse("until", "is before its date")
        for place, other in found.items():
            if first <= other.last and other.first <= last:
                each.refuse("date", f"meets {place}: who is on duty on {max(first, other.first)}?")
        found[each.place] = Override(each.members["contact"], first, last)
    return tuple(found.values())


def _date(part: Part, member: str) -> date | None:
    try:
        return date.fromisoformat(part.members[member])
    except ValueError:
        part.refuse(member, f"there is no {part.members[member]}")
        return None
