"""Recipients are counted for the day, up to its caps, by whoever counts them at once."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest

from aliyun_sms.ledger.table import Conflict, Count, TableUnavailable
from aliyun_sms.ledger.usage import (
    LONGEST_CALLER,
    MOST_CALLERS,
    MOST_TRIES,
    PAUSE,
    USAGE,
    LimitReached,
    Limits,
    Reservation,
    Stopped,
    UsageRow,
    day_of,
    next_day,
)
from tests.workbench.fake_table import FakeTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aliyun_sms.ledger.table import Put

MIDNIGHT = 1_767_369_600  # in China: 2026-01-03
TODAY, TOMORROW = "2026-01-02", "2026-01-03"
NOW = MIDNIGHT - 3600
ME = "iam:AIDAEXAMPLE"


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


def row(table: FakeTable) -> dict[str, object]:
    return {name: value for name, value in table.items[USAGE].items() if name not in {"pk", "version"}}


@pytest.mark.parametrize(
    ("seconds", "day"), [(MIDNIGHT - 1, TODAY), (MIDNIGHT, TOMORROW), (MIDNIGHT + 86_399, TOMORROW)]
)
def test_a_day_is_one_in_china(seconds: int, day: str) -> None:
    assert day_of(seconds) == day
    assert next_day(seconds).timestamp() == MIDNIGHT + 86_400 * (day == TOMORROW)


def test_recipients_are_counted_for_the_stack_and_the_caller(table: FakeTable) -> None:
    usage = UsageRow(table, Limits())

    assert usage.reserve(2, NOW) == Reservation(TODAY)
    assert usage.reserve(3, NOW, ME) == Reservation(TODAY, f"caller#{ME}")
    assert usage.reserve(4, NOW, ME) == Reservation(TODAY, f"caller#{ME}")
    assert row(table) == {"day": TODAY, "total": 9, f"caller#{ME}": 7}


def test_the_first_of_a_day_takes_the_place_of_the_day_before(table: FakeTable) -> None:
    usage = UsageRow(table, Limits(10, 10))
    usage.reserve(10, NOW, ME)

    assert usage.reserve(1, MIDNIGHT) == Reservation(TOMORROW)
    assert row(table) == {"day": TOMORROW, "total": 1}


def test_a_clock_that_is_behind_counts_for_the_day_that_has_begun(table: FakeTable) -> None:
    usage = UsageRow(table, Limits(10))
    usage.reserve(9, MIDNIGHT)

    assert usage.reserve(1, MIDNIGHT - 5) == Reservation(TOMORROW)
    with pytest.raises(LimitReached):
        usage.reserve(1, MIDNIGHT - 5)
    assert row(table) == {"day": TOMORROW, "total": 10}


@pytest.mark.parametrize("before", [[], [5], [5, 4]])
def test_a_cap_is_reached_exactly(table: FakeTable, before: list[int]) -> None:
    usage = UsageRow(table, Limits(10))
    for recipients in before:
        usage.reserve(recipients, NOW)
    room = 10 - sum(before)

    with pytest.raises(LimitReached, match=f"DailyRecipientLimit of 10 has room for {room} more") as raised:
        usage.reserve(room + 1, NOW)
    assert raised.value.room == room
    assert usage.reserve(room, NOW)
    assert row(table)["total"] == 10


def test_the_cap_of_a_caller_leaves_room_for_the_others(table: FakeTable) -> None:
    usage = UsageRow(table, Limits(10, 4))
    usage.reserve(4, NOW, ME)

    with pytest.raises(LimitReached, match="DailyRecipientLimitPerCaller of 4"):
        usage.reserve(1, NOW, ME)
    assert usage.reserve(4, NOW, "iam:ANOTHER")
    assert usage.reserve(2, NOW)
    with pytest.raises(LimitReached, match="DailyRecipientLimit of 10"):
        usage.reserve(1, NOW)


def test_a_caller_can_have_a_cap_of_its_own(table: FakeTable) -> None:
    usage = UsageRow(table, Limits(10, 4))

    assert usage.reserve(6, NOW, ME, 6)
    with pytest.raises(LimitReached):
        usage.reserve(1, NOW, ME, 6)


def test_a_cap_below_what_is_counted_leaves_no_room(table: FakeTable) -> None:
    UsageRow(table, Limits()).reserve(10, NOW)

    with pytest.raises(LimitReached) as raised:
        UsageRow(table, Limits(5)).reserve(1, NOW)
    assert raised.value.room == 0


def test_nothing_is_counted_while_sending_is_stopped(table: FakeTable) -> None:
    table.items[USAGE] = {"pk": USAGE, "version": 1, "stopped": {"why": "a leaked key"}}
    usage = UsageRow(table, Limits())

    with pytest.raises(Stopped, match="a leaked key"):
        usage.reserve(1, NOW)
    assert "total" not in row(table)


def test_a_stop_that_comes_while_the_day_is_turned_is_kept(table: FakeTable) -> None:
    usage = UsageRow(table, Limits())
    usage.reserve(1, NOW)
    put_all = table.put_all

    def stopped_first(puts: Sequence[Put], count: Count | None = None) -> None:
        table.items[USAGE] |= {"version": 7, "stopped": {"why": "a leaked key"}}
        put_all(puts, count)

    table.put_all = stopped_first  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        usage.reserve(1, MIDNIGHT)
    assert table.items[USAGE]["stopped"]


def test_what_was_for_nothing_is_given_back(table: FakeTable) -> None:
    usage = UsageRow(table, Limits(10))
    mine = usage.reserve(6, NOW, ME)
    usage.give_back(mine, 2)

    assert row(table) == {"day": TODAY, "total": 4, f"caller#{ME}": 4}


def test_what_is_given_back_on_the_next_day_counts_for_nothing(table: FakeTable) -> None:
    usage = UsageRow(table, Limits(10))
    before = usage.reserve(6, NOW)
    usage.reserve(5, MIDNIGHT)

    with pytest.raises(Conflict):
        usage.give_back(before, 6)
    assert row(table) == {"day": TOMORROW, "total": 5}


@pytest.mark.parametrize(("callers", "named"), [(MOST_CALLERS, MOST_CALLERS), (MOST_CALLERS + 5, MOST_CALLERS + 1)])
def test_very_many_callers_share_a_count(table: FakeTable, callers: int, named: int) -> None:
    usage = UsageRow(table, Limits(0, 3))
    for number in range(callers):
        usage.reserve(1, NOW, f"jwt:{number}") if number < MOST_CALLERS + 3 else None

    members = [name for name in row(table) if name.startswith("caller#")]
    assert len(members) == named
    if callers > MOST_CALLERS:
        assert row(table)["caller#others"] == 3
        with pytest.raises(LimitReached):
            usage.reserve(1, NOW, "jwt:one more")
    assert usage.reserve(1, NOW, "jwt:0")


@pytest.mark.parametrize("length", [LONGEST_CALLER, LONGEST_CALLER + 1, 2000])
def test_a_long_name_is_shortened_and_stays_its_own(table: FakeTable, length: int) -> None:
    usage = UsageRow(table, Limits())
    usage.reserve(1, NOW, "a" * length)
    usage.reserve(1, NOW, "a" * (length - 1) + "b")

    names = [name for name in row(table) if name.startswith("caller#")]
    assert len(names) == 2
    assert max(map(len, names)) == len("caller#") + LONGEST_CALLER
    assert ("caller#" + "a" * length in names) == (length == LONGEST_CALLER)


def test_the_row_is_as_small_as_it_is_said_to_be(table: FakeTable) -> None:
    usage = UsageRow(table, Limits())
    for number in range(MOST_CALLERS):
        usage.reserve(100, NOW, f"iam:AIDA{number:017}")

    assert sum(len(name) + len(str(value)) for name, value in row(table).items()) < 3_700


def test_of_two_hundred_at_once_exactly_fifty_find_room(table: FakeTable) -> None:
    usage = UsageRow(table, Limits(50))
    together, found = Barrier(200), list[bool]()

    def one() -> None:
        together.wait()
        try:
            usage.reserve(1, NOW)
        except LimitReached:
            found.append(False)
        else:
            found.append(True)

    threads = [Thread(target=one) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), found.count(True), row(table)["total"]) == (200, 50, 50)


def test_who_never_gets_to_write_gives_up() -> None:
    class Busy(FakeTable):
        tries = 0

        def count(self, count: Count) -> None:
            self.tries += 1
            raise Conflict(f"{count.key}: TransactionConflictException")

        def put_all(self, puts: Sequence[Put], count: Count | None = None) -> None:
            self.tries += 1
            raise Conflict(f"{puts[0].item['pk']}, {count}: TransactionConflictException")

    table, pauses = Busy(), list[float]()
    with pytest.raises(TableUnavailable):
        UsageRow(table, Limits(50), pauses.append).reserve(1, NOW)
    assert table.tries == MOST_TRIES
    assert len(pauses) >= MOST_TRIES - 2
    assert all(PAUSE[0] <= seconds <= PAUSE[1] for seconds in pauses)
