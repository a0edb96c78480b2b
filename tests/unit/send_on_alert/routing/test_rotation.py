"""Who is on duty: turns of a week that change at a time of day on the wall, through every change of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from routing.read import read_document
from tests.workbench.routes import document

if TYPE_CHECKING:
    from routing.rotation import Rotation

CONTACTS = [{"name": name, "phone_number": f"1380013800{digit}"} for digit, name in enumerate("abc")]


def rotation(starts: str = "2026-11-30T09:00", zone: str = "Asia/Shanghai", turns: str = "ab", **more: Any) -> Rotation:
    given = {"name": "r", "turns": list(turns), "starts": starts, "time_zone": zone, **more}
    return read_document(document(contacts=CONTACTS, rotations=[given], routes=None, default=None)).rotations["r"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("time", "contact"),
    [
        ("2026-11-30T09:00+08:00", "a"),
        ("2026-12-07T08:59:59+08:00", "a"),
        ("2026-12-07T09:00+08:00", "b"),
        ("2026-12-14T09:00+08:00", "a"),
        ("2026-11-30T08:59:59+08:00", "b"),  # turns go back from the first day
        ("2025-11-24T09:00+08:00", "b"),
        ("2036-11-24T09:00+08:00", "b"),
    ],
)
def test_turns_change_each_week_at_the_time_of_day(time: str, contact: str) -> None:
    assert rotation().on_duty(at(time)) == contact


@pytest.mark.parametrize(
    ("zone", "starts", "time", "contact"),
    [
        # clocks go forward on 2026-03-29 in Berlin: nine is nine, an hour earlier in UTC
        ("Europe/Berlin", "2026-03-23T09:00", "2026-03-30T06:59:59+00:00", "a"),
        ("Europe/Berlin", "2026-03-23T09:00", "2026-03-30T07:00:00+00:00", "b"),
        # and back on 2026-10-25
        ("Europe/Berlin", "2026-10-19T09:00", "2026-10-26T07:59:59+00:00", "a"),
        ("Europe/Berlin", "2026-10-19T09:00", "2026-10-26T08:00:00+00:00", "b"),
        # 02:30 is not on that day: the turn begins when it would have been, at 03:30 summer time
        ("Europe/Berlin", "2026-03-22T02:30", "2026-03-29T01:29:59+00:00", "a"),
        ("Europe/Berlin", "2026-03-22T02:30", "2026-03-29T01:30:00+00:00", "b"),
        # 02:30 is there twice: the turn begins at the first, and does not go back at the second
        ("Europe/Berlin", "2026-10-18T02:30", "2026-10-25T00:29:59+00:00", "a"),
        ("Europe/Berlin", "2026-10-18T02:30", "2026-10-25T00:30:00+00:00", "b"),
        ("Europe/Berlin", "2026-10-18T02:30", "2026-10-25T01:10:00+00:00", "b"),
        # clocks go forward at midnight: 00:00 is not on 2026-03-29 in Beirut
        ("Asia/Beirut", "2026-03-22T00:00", "2026-03-28T21:59:59+00:00", "a"),
        ("Asia/Beirut", "2026-03-22T00:00", "2026-03-28T22:00:00+00:00", "b"),
        ("America/New_York", "2026-10-25T09:00", "2026-11-01T13:59:59+00:00", "a"),
        ("America/New_York", "2026-10-25T09:00", "2026-11-01T14:00:00+00:00", "b"),
    ],
)
def test_the_clock_on_the_wall_decides(zone: str, starts: str, time: str, contact: str) -> None:
    assert rotation(starts, zone).on_duty(at(time)) == contact


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_a_turn_never_goes_back(zone: str) -> None:
    made = rotation("2026-01-01T02:15", zone, "abc")
    hours = [made.on_duty(at("2026-01-01T12:00+00:00") + timedelta(minutes=30 * step)) for step in range(48 * 364)]
    changes = [(before, after) for before, after in pairwise(hours) if before != after]

    assert set(changes) == {("a", "b"), ("b", "c"), ("c", "a")}
    assert len(changes) == 52


OVERRIDES = [{"date": "2026-12-02", "contact": "c"}, {"date": "2026-12-05", "until": "2026-12-07", "contact": "c"}]


@pytest.mark.parametrize(
    ("time", "contact"),
    [
        ("2026-12-02T08:59:59+08:00", "a"),
        ("2026-12-02T09:00+08:00", "c"),
        ("2026-12-03T08:59:59+08:00", "c"),
        ("2026-12-03T09:00+08:00", "a"),
        ("2026-12-05T09:00+08:00", "c"),
        ("2026-12-08T08:59:59+08:00", "c"),
        ("2026-12-08T09:00+08:00", "b"),
    ],
)
def test_a_day_of_another_lasts_until_the_time_of_day(time: str, contact: str) -> None:
    assert rotation(overrides=OVERRIDES).on_duty(at(time)) == contact


def test_who_comes_next_is_told_with_the_time() -> None:
    duties = rotation(overrides=OVERRIDES).duties(at("2026-12-01T12:00+08:00"))

    assert [next(duties) for _ in range(4)] == [
        ("a", at("2026-12-02T09:00+08:00")),
        ("c", at("2026-12-03T09:00+08:00")),
        ("a", at("2026-12-05T09:00+08:00")),
        ("c", at("2026-12-08T09:00+08:00")),
    ]


def test_who_is_alone_is_always_on_duty() -> None:
    assert list(rotation(turns="a").duties(at("2026-12-01T12:00+08:00"))) == [("a", None)]
