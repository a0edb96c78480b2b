"""Reading the frequency limit from the provider's message, and the edges of its windows."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.provider.frequency_limits import CHINA, Limit, read_limit

NOON = datetime(2024, 5, 6, 12, 0, tzinfo=CHINA)
MINUTE = "触发分钟级流控Permits:1"
HOUR = "触发小时级流控Permits:5"
DAY = "触发天级流控Permits:10"
NUMBER_DAY = "触发号码天级流控Permits:40"
LENGTHS = {
    MINUTE: timedelta(minutes=1),
    HOUR: timedelta(hours=1),
    DAY: timedelta(hours=24),
    NUMBER_DAY: timedelta(hours=24),
}


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        (MINUTE, Limit("minute", 1, NOON.replace(minute=1))),
        (HOUR, Limit("hour", 5, NOON.replace(hour=13))),
        (DAY, Limit("day", 10, NOON.replace(day=7))),
        (NUMBER_DAY, Limit("number-day", 40, NOON.replace(day=7))),
    ],
)
def test_a_message_names_its_window_and_its_permits(message: str, limit: Limit) -> None:
    assert read_limit(message, NOON) == limit


@pytest.mark.parametrize(
    "message",
    [
        "触发号码天级流控Permits：40",
        "触发号码天级流控permits:40",
        "触发 号码 天级 流控 Permits : 40",
        "触发号码天级流控\u3000PERMITS:\u300040",
        "isv.BUSINESS_LIMIT_CONTROL: 触发号码天级流控Permits:40, please wait.",
    ],
)
def test_spaces_case_colon_and_text_around_do_not_matter(message: str) -> None:
    assert read_limit(message, NOON) == Limit("number-day", 40, NOON + timedelta(hours=24))


def test_a_number_that_was_blotted_out_leaves_the_window() -> None:
    assert read_limit("触发天级流控Permits:***", NOON) == Limit("day", None, NOON + timedelta(hours=24))


@pytest.mark.parametrize(
    "message", ["", "OK", "触发流控Permits:1", "触发月级流控Permits:1", "触发天级流控", f"{DAY}{'0' * 5000}"]
)
def test_a_message_without_window_or_count_has_no_limit(message: str) -> None:
    assert read_limit(message, NOON) is None


@pytest.mark.parametrize("part", ["号码", "号码 ", "天级 流控 ", "天级流控permits", " ", "9", "天级流控permits:9"])
def test_a_message_of_a_megabyte_is_read_in_one_go(part: str) -> None:
    assert read_limit(part * (2**20 // len(part)) + " " * 2**20, NOON) in {
        None,
        Limit("day", 9, NOON + timedelta(hours=24)),
    }


@pytest.mark.parametrize(
    ("message", "at", "opens_at"),
    [
        (MINUTE, "2024-05-06T12:00:59.999+08:00", "2024-05-06T12:01:00+08:00"),
        (MINUTE, "2024-05-06T12:01:00+08:00", "2024-05-06T12:02:00+08:00"),
        (MINUTE, "2024-12-31T23:59:30+08:00", "2025-01-01T00:00:00+08:00"),
        (MINUTE, "2024-05-06T15:59:59.999+00:00", "2024-05-07T00:00:00+08:00"),
        (HOUR, "2024-05-06T12:59:59.999+08:00", "2024-05-06T13:00:00+08:00"),
        (HOUR, "2024-05-06T13:00:00+08:00", "2024-05-06T14:00:00+08:00"),
        (HOUR, "2024-05-06T23:59:00+08:00", "2024-05-07T00:00:00+08:00"),
        (HOUR, "2024-05-06T15:59:00+00:00", "2024-05-07T00:00:00+08:00"),
        (HOUR, "2024-05-06T12:10:00+05:45", "2024-05-06T15:00:00+08:00"),
        (DAY, "2024-05-06T23:59:59.999+08:00", "2024-05-07T23:59:59.999+08:00"),
        (NUMBER_DAY, "2024-02-28T16:00:00+00:00", "2024-03-01T00:00:00+08:00"),
    ],
)
def test_minutes_and_hours_end_by_the_clock_of_china_and_days_after_24_hours(
    message: str, at: str, opens_at: str
) -> None:
    limit = read_limit(message, datetime.fromisoformat(at))

    assert limit is not None
    assert limit.opens_at == datetime.fromisoformat(opens_at)


def test_the_opening_is_told_in_the_time_of_china() -> None:
    limit = read_limit(MINUTE, NOON.astimezone(UTC))

    assert limit is not None
    assert limit.opens_at.isoformat() == "2024-05-06T12:01:00+08:00"


@given(
    message=st.sampled_from(sorted(LENGTHS)),
    at=st.datetimes(
        datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(2100, 1, 1),  # noqa: DTZ001 - the same
        timezones=st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    ),
)
def test_a_limit_opens_after_the_refusal_and_within_its_window(message: str, at: datetime) -> None:
    limit = read_limit(message, at)

    assert limit is not None
    assert timedelta(0) < limit.opens_at - at <= LENGTHS[message]
