"""How many recipients were reserved today, and by whom, and whether sending is stopped: one row, for all functions."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.errors import SmsError
from aliyun_sms.provider.frequency_limits import CHINA

from .table import Conflict, Count, Put, TableUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .table import Item, Table

USAGE = "usage"  # the key of the row
STACK = "total"  # its member for everybody,
CALLER = "caller#"  # and before the name of each caller
OTHERS = "others"  # who share a member, where callers are very many: each makes the row larger
MOST_CALLERS = 100  # that have a member of their own on one day: the row is then about 3.5 KB
LONGEST_CALLER = 64  # characters of a caller's name; a longer one has a hash in it
MOST_TRIES = 10  # while others write the row too,
PAUSE = (0.005, 0.05)  # seconds between two of them
NO_LIMIT = 10**15
OF_CALLERS = "DailyRecipientLimitPerCaller"  # the names of the caps: the stack's for each caller,
OF_THIS_CALLER = "the policy's daily_recipients"  # and the one that a rule gives some


class Limits(NamedTuple):
    """How many recipients a day may be sent to: by all, and by each caller of the API; 0 is no limit."""

    stack: int = 0
    caller: int = 0


NO_LIMITS = Limits()


class Reservation(NamedTuple):
    """On which day recipients are counted, and for which caller besides the stack."""

    day: str
    caller: str | None = None

    def of(self, recipients: int) -> dict[str, Any]:
        """What a message's row keeps of it, to give it back."""
        return {"day": self.day, "recipients": recipients, "caller": self.caller}


class NotNow(SmsError):
    """A message may not be sent now, though later it may be; to so many recipients others can be, now."""

    room = 0


class LimitReached(NotNow):
    """The cap of that name has no more room for these recipients today."""

    def __init__(self, name: str, limit: int, room: int) -> None:
        self.name, self.limit, self.room = name, limit, max(0, room)
        super().__init__(f"{name} of {limit} has room for {self.room} more recipients until midnight in China")


class Stopped(NotNow):
    """A person has stopped all sending, and said why."""

    def __init__(self, why: str) -> None:
        super().__init__(f"sending is stopped: {why}")


class Usage(NamedTuple):
    """The row as it stands. `counts` are by member; those of another day are not today's."""

    version: int
    day: str
    counts: Mapping[str, int]
    stopped: Mapping[str, Any] | None

    def of_day(self, day: str) -> int:
        """How many recipients of all were reserved on a day, if that is the one that is counted."""
        return self.counts.get(STACK, 0) if self.day == day else 0

    def raise_if_stopped(self) -> None:
        """Raises Stopped."""
        if self.stopped is not None:
            raise Stopped(str(self.stopped.get("why", "")))


class UsageRow:
    """Counts recipients before they are claimed, against today's caps. Each call raises TableUnavailable."""

    def __init__(self, table: Table, limits: Limits, pause: Callable[[float], None] = time.sleep) -> None:
        """`pause` waits for so many seconds."""
        self.limits = limits
        self._pause = pause
        self._table = table

    def read(self) -> Usage:
        """The row as last written."""
        item = self._table.get_all([USAGE]).get(USAGE, {})
        counts = {name: number for name, number in item.items() if name == STACK or name.startswith(CALLER)}
        return Usage(item.get("version", 0), item.get("day", ""), counts, item.get("stopped"))

    def reserve(self, recipients: int, now: float, caller: str | None = None, limit: int | None = None) -> Reservation:
        """Count recipients for today; raises Stopped, or LimitReached where they are more than there is room for.

        `limit` is a caller's own cap, where it has another than the others. The first write takes the row for today's,
        with the caller in it; where it is not, the row says what to do.
        """
        day, member = day_of(now), None if caller is None else CALLER + _short(caller)
        most = {STACK: self.limits.stack or NO_LIMIT}
        if member:
            most[member] = (self.limits.caller if limit is None else limit) or NO_LIMIT
        attempt = _Attempt(recipients, day, most, OF_CALLERS if limit is None else OF_THIS_CALLER)
        for _ in range(MOST_TRIES):
            try:
                return attempt.write(self._table)
            except Conflict:
                before, attempt = attempt, attempt.over(self.read())
            if attempt == before:  # somebody was writing at that moment
                self._pause(random.uniform(*PAUSE))  # noqa: S311 - nothing depends on its being hard to guess
        raise TableUnavailable("others write the usage")

    def give_back(self, reservation: Reservation, recipients: int) -> None:
        """Take away what was counted for nothing: in a transaction, which is done once however often it is repeated."""
        if recipients and (count := given_back([reservation.of(recipients)])):
            self._table.put_all([], count)


class _Attempt(NamedTuple):
    """One try to count recipients, as the row is thought to stand; `most` are the caps of its members.

    `callers_cap` is what the caller's is called.
    """

    recipients: int
    day: str
    most: Mapping[str, int]
    callers_cap: str
    turns: Usage | None = None  # an earlier day's row, whose place today's takes
    new: tuple[str, ...] = ()  # members that are not there yet

    def write(self, table: Table) -> Reservation:
        """Raises Conflict where the row stands otherwise."""
        add = dict.fromkeys(self.most, self.recipients)
        if self.turns:
            item: Item = {"pk": USAGE, "version": self.turns.version + 1, "day": self.day, **add}
            table.put_all([Put(item, self.turns.version)])
        else:
            known = {name: cap - self.recipients for name, cap in self.most.items() if name not in self.new}
            table.count(Count(USAGE, add, {"day": self.day}, known, ("stopped", *self.new)))
        return Reservation(self.day, next((name for name in self.most if name != STACK), None))

    def over(self, standing: Usage) -> _Attempt:
        """The next try, over the row as it stands; raises Stopped or LimitReached.

        Where another function's clock is ahead, its day is today's.
        """
        standing.raise_if_stopped()
        day = max(self.day, standing.day)
        counts = standing.counts if standing.day == day else {}
        most = {_member(name, counts): cap for name, cap in self.most.items()}
        for name, cap in most.items():
            room = cap - counts.get(name, 0)
            if room < self.recipients:
                raise LimitReached("DailyRecipientLimit" if name == STACK else self.callers_cap, cap, room)
        new = tuple(name for name in most if name not in counts)
        return self._replace(day=day, most=most, turns=standing if standing.day < day else None, new=new)


def given_back(reservations: Iterable[Mapping[str, Any]]) -> Count | None:
    """What takes away recipients that were reserved and certainly not sent to; those of the last day alone.

    The counts of an earlier day are gone.
    """
    given = list(reservations)
    day = max((each["day"] for each in given), default="")
    counts: Counter[str] = Counter()
    for each in given:
        if each["day"] == day:
            counts[STACK] -= each["recipients"]
            if each["caller"]:
                counts[each["caller"]] -= each["recipients"]
    return Count(USAGE, counts, {"day": day}) if given else None


def day_of(seconds: float) -> str:
    """The day in China, such as 2026-12-01."""
    return datetime.fromtimestamp(seconds, CHINA).date().isoformat()


def next_day(seconds: float) -> datetime:
    """When the next day begins in China."""
    today = datetime.fromtimestamp(seconds, CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today + timedelta(days=1)).astimezone(UTC)


def _short(caller: str) -> str:
    if len(caller) <= LONGEST_CALLER:
        return caller
    return caller[: LONGEST_CALLER - 17] + "#" + sha256(caller.encode(errors="surrogatepass")).hexdigest()[:16]


def _member(name: str, counts: Mapping[str, int]) -> str:
    """A caller's own member, or that of the others where there are enough."""
    if name in counts or name == STACK or len(counts) - (STACK in counts) < MOST_CALLERS:
        return name
    return CALLER + OTHERS
