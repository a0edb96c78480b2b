"""The limits per number, at the edge of each window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from local.simulator.frequency import Frequency, Send

NOON = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)  # twelve o'clock in China
OTP = Send("otp", "示例验证", "SMS_154950909", "13800138000")
NOTICE = Send("notification", "北岸书店", "SMS_200000001", "13800138000")


def after(*sent_at: datetime, send: Send = OTP) -> Frequency:
    frequency = Frequency()
    for at in sent_at:
        frequency.count([send], at)
    return frequency


def message(frequency: Frequency, send: Send, now: datetime) -> str | None:
    limit = frequency.reached(send, now)
    return limit.message if limit else None


def test_nothing_sent_nothing_reached() -> None:
    assert message(Frequency(), OTP, NOON) is None


@pytest.mark.parametrize(
    ("sent", "now", "expected"),
    [
        (NOON, NOON + timedelta(seconds=59), "触发分钟级流控Permits:1"),
        (NOON, NOON + timedelta(seconds=60), None),
        (NOON + timedelta(seconds=59), NOON + timedelta(seconds=60), None),
        (NOON, NOON + timedelta(hours=1, seconds=5), None),
    ],
    ids=["same minute", "next minute", "a second later, next minute", "same minute of another hour"],
)
def test_one_code_a_minute_of_the_clock(sent: datetime, now: datetime, expected: str | None) -> None:
    assert message(after(sent), OTP, now) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [(NOON + timedelta(minutes=59), "触发小时级流控Permits:5"), (NOON + timedelta(minutes=60), None)],
    ids=["same hour", "next hour"],
)
def test_five_codes_an_hour_of_the_clock(now: datetime, expected: str | None) -> None:
    frequency = after(*(NOON + timedelta(minutes=50 + i) for i in range(5)))

    assert message(frequency, OTP, now) == expected


@pytest.mark.parametrize(
    ("passed", "expected"),
    [(timedelta(hours=24, seconds=-1), "触发天级流控Permits:10"), (timedelta(hours=24), None)],
    ids=["within 24 hours", "24 hours later"],
)
def test_ten_codes_a_day_that_starts_at_the_send(passed: timedelta, expected: str | None) -> None:
    frequency = after(*(NOON + timedelta(hours=i) for i in range(10)))

    assert message(frequency, OTP, NOON + passed) == expected


def test_forty_codes_a_day_for_a_number_over_all_signatures() -> None:
    frequency = Frequency()
    for i in range(40):
        frequency.count([Send("otp", f"签名{i}", OTP.template_code, OTP.phone_number)], NOON)

    assert message(frequency, OTP, NOON + timedelta(hours=2)) == "触发号码天级流控Permits:40"


@pytest.mark.parametrize(
    "other",
    [
        Send("otp", "阿里云短信测试", OTP.template_code, OTP.phone_number),
        Send("otp", OTP.sign_name, OTP.template_code, "13800138001"),
        NOTICE,
    ],
    ids=["another signature", "another number", "a notification"],
)
def test_a_code_does_not_count_for(other: Send) -> None:
    assert message(after(NOON), other, NOON) is None


def test_a_code_by_another_template_counts() -> None:
    other = Send("otp", OTP.sign_name, "SMS_1", OTP.phone_number)

    assert message(after(NOON), other, NOON) == "触发分钟级流控Permits:1"


@pytest.mark.parametrize("kind", ["notification", "promotion"])
def test_fifty_a_day_of_one_template(kind: str) -> None:
    send = Send(kind, "北岸书店", "SMS_200000001", "13800138000")
    frequency = after(*[NOON] * 50, send=send)

    assert message(frequency, send, NOON + timedelta(hours=23)) == "触发天级流控Permits:50"
    assert message(frequency, send, NOON + timedelta(hours=24)) is None
    assert message(frequency, Send(kind, "北岸书店", "SMS_2", "13800138000"), NOON) is None


def test_a_number_named_twice_in_one_call_counts_once() -> None:
    frequency = Frequency()
    frequency.count([NOTICE, NOTICE], NOON)
    for _ in range(48):
        frequency.count([NOTICE], NOON)

    assert message(frequency, NOTICE, NOON) is None
