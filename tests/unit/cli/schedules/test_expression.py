"""Expressions as EventBridge Scheduler takes them, and when they run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cli.schedules.cron import BadExpression
from cli.schedules.expression import read_expression, read_zone

CHINA, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)  # a Tuesday, noon in China


def times(text: str, zone: ZoneInfo = CHINA, now: datetime = NOW, most: int = 3) -> list[str]:
    found = read_expression(text).times(zone, now, NOW - timedelta(minutes=90), most)
    return [f"{at:%Y-%m-%d %H:%M}" for at in found]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("at(2026-12-31T09:00:00)", ["2026-12-31 09:00"]),
        ("at(2026-12-01T12:00:00)", []),
        ("rate(1 hour)", ["2026-12-01 12:30", "2026-12-01 13:30", "2026-12-01 14:30"]),
        ("rate(5 minutes)", ["2026-12-01 12:05", "2026-12-01 12:10", "2026-12-01 12:15"]),
        ("cron(0 18 ? * MON *)", ["2026-12-07 18:00", "2026-12-14 18:00", "2026-12-21 18:00"]),
        ("cron(0 18 ? * 2 *)", ["2026-12-07 18:00", "2026-12-14 18:00", "2026-12-21 18:00"]),
        ("cron(0,30 12-13 * * ? *)", ["2026-12-01 12:30", "2026-12-01 13:00", "2026-12-01 13:30"]),
        ("cron(*/20 * ? * * *)", ["2026-12-01 12:20", "2026-12-01 12:40", "2026-12-01 13:00"]),
        ("cron(0 9 1 JAN ? *)", ["2027-01-01 09:00", "2028-01-01 09:00", "2029-01-01 09:00"]),
        ("cron(0 9 1/10 * ? *)", ["2026-12-11 09:00", "2026-12-21 09:00", "2026-12-31 09:00"]),
        ("cron(0 9 L * ? *)", ["2026-12-31 09:00", "2027-01-31 09:00", "2027-02-28 09:00"]),
        ("cron(0 9 5W * ? *)", ["2026-12-04 09:00", "2027-01-05 09:00", "2027-02-05 09:00"]),
        ("cron(0 9 1W * ? *)", ["2027-01-01 09:00", "2027-02-01 09:00", "2027-03-01 09:00"]),
        ("cron(0 9 31W * ? *)", ["2026-12-31 09:00", "2027-01-29 09:00", "2027-03-31 09:00"]),
        ("cron(0 9 ? * FRI#2 *)", ["2026-12-11 09:00", "2027-01-08 09:00", "2027-02-12 09:00"]),
        ("cron(0 9 ? * 6L *)", ["2026-12-25 09:00", "2027-01-29 09:00", "2027-02-26 09:00"]),
        ("cron(0 9 ? * L *)", ["2026-12-05 09:00", "2026-12-12 09:00", "2026-12-19 09:00"]),
        ("cron(0 9 ? * MON-FRI *)", ["2026-12-02 09:00", "2026-12-03 09:00", "2026-12-04 09:00"]),
        ("cron(0 9 ? * SUN *)", ["2026-12-06 09:00", "2026-12-13 09:00", "2026-12-20 09:00"]),
        ("cron(0 9 29 FEB ? *)", ["2028-02-29 09:00", "2032-02-29 09:00", "2036-02-29 09:00"]),
        ("cron(0 9 30 FEB ? *)", []),
        ("cron(0 9 31 12 ? 2026)", ["2026-12-31 09:00"]),
    ],
)
def test_it_runs_at_these_times(text: str, runs: list[str]) -> None:
    assert times(text) == runs


def test_a_time_that_is_skipped_is_left_out_and_one_of_two_is_the_first() -> None:
    """As Scheduler does when clocks change."""
    spring, autumn = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)

    assert times("cron(30 2 * * ? *)", BERLIN, spring) == ["2026-03-28 02:30", "2026-03-30 02:30", "2026-03-31 02:30"]
    assert times("cron(30 2 * * ? *)", BERLIN, autumn) == ["2026-10-24 02:30", "2026-10-25 02:30", "2026-10-26 02:30"]


def test_seconds_may_be_left_out() -> None:
    assert read_expression(" at(2026-12-31T09:00) ").text == "at(2026-12-31T09:00:00)"


def test_once_is_what_runs_at_a_time() -> None:
    assert [read_expression(text).once for text in ("at(2026-12-31T09:00)", "rate(1 day)")] == [True, False]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("every day", "it must be at(2026-12-31T09:00:00), rate(1 day) or cron(0 18 ? * MON *)"),
        ("at(2026-12-32T09:00:00)", "there is no 2026-12-32T09:00:00"),
        ("rate(1 days)", "say rate(1 day)"),
        ("rate(2 day)", "say rate(2 days)"),
        ("rate(0 days)", "it must be at(2026-12-31T09:00:00), rate(1 day) or cron(0 18 ? * MON *)"),
        ("cron(0 18 * * MON)", "cron(…) has six fields: minutes hours day-of-month month day-of-week year"),
        ("cron(0 18 * * MON *)", 'one of day-of-month and day-of-week must be "?", and the other say the days'),
        ("cron(0 18 ? * ? *)", 'one of day-of-month and day-of-week must be "?", and the other say the days'),
        ("cron(60 18 ? * MON *)", 'the minutes "60" is none: it is from 0 to 59'),
        ("cron(0 24 ? * MON *)", 'the hours "24" is none: it is from 0 to 23'),
        ("cron(0 9 0 * ? *)", 'the day of the month "0" is none: it is from 1 to 31'),
        ("cron(0 9 1 JUNE ? *)", 'the month "JUNE" is none: it is from 1 to 12'),
        ("cron(0 9 ? * 8 *)", 'the day of the week "8" is none: it is from 1 to 7'),
        ("cron(0 9 ? * MON#6 *)", 'the day of the week "MON#6" is none'),
        ("cron(0 9 ? * FRI-MON *)", 'the day of the week "FRI-MON" is none'),
        ("cron(*/0 9 ? * MON *)", 'the minutes "*/0" is none'),
        ("cron(0 9 ? * MON 1969)", 'the year "1969" is none: it is from 1970 to 2199'),
    ],
)
def test_what_is_none_is_told(text: str, why: str) -> None:
    with pytest.raises(BadExpression) as refused:
        read_expression(text)

    assert str(refused.value) == why


@pytest.mark.parametrize("name", ["Asia/Beijing", "", "/etc/localtime", "Asia"])
def test_a_zone_that_is_none_is_told(name: str) -> None:
    with pytest.raises(BadExpression):
        read_zone(name)
