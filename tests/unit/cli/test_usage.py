"""`sms usage`: the counts of a day beside their limits."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from cli import __main__ as command
from cli import sends, usage
from cli.place import Place
from tests.unit.cli.dead_letter_queues import TABLE
from tests.unit.cli.usage_item import PAULA, SINCE, STOPPED, put_item

DAY = "2026-12-01"
OF_THE_DAY = {
    "day": DAY,
    "total": 8210,
    "caller#jwt:13800138000": 3,
    "caller#iam:AIDAEXAMPLE": 5000,
    "caller#others": 60,
}
LIMITS = {"DailyRecipientLimit": "10000", "DailyRecipientLimitPerCaller": "5000"}


@pytest.fixture
def limits(queues: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The stack's parameters, on a day in China."""
    del queues
    given = dict(LIMITS)
    monkeypatch.setattr(Place, "parameters", given)
    monkeypatch.setattr(usage, "today", lambda: datetime(2026, 12, 1, tzinfo=UTC).date())
    return given


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The words of each line."""
    assert command.run(["usage", "--aws", "--region", "us-east-1"]) == 0
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert command.run(["usage", "--aws", "--region", "us-east-1", "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.usefixtures("limits")
def test_counts_stand_beside_their_limits_the_largest_first(capsys: pytest.CaptureFixture[str]) -> None:
    put_item(**OF_THE_DAY)

    lines = shown(capsys)

    assert lines[:3] == [
        "day 2026-12-01 in China; the limits open again at 2026-12-02 00:00 there, 2026-12-01 16:00 UTC",
        "stack 8210 of 10000, 82 %",
        "stopped no",
    ]
    assert lines[5:] == [
        "iam:AIDAEXAMPLE 5000 of 5000, 100 %",
        "others 60 of 5000, 1 %",
        "jwt:138****8000 3 of 5000, 0 %",
    ]


def put_policy(*callers: dict[str, Any]) -> None:
    item = {"pk": {"S": "policy"}, "version": {"N": "1"}, "document": {"S": json.dumps({"callers": callers})}}
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=item)


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize(
    ("callers", "told"),
    [
        ([{"principals": ["AIDAEXAMPLE"], "daily_recipients": 20000}], "5000 of 20000, 25 %"),
        ([{"principals": ["*"], "daily_recipients": 8000}], "5000 of 8000, 62 %"),
        ([{"principals": ["AIDAEXAMPLE"]}, {"principals": ["*"], "daily_recipients": 1}], "5000 of 5000, 100 %"),
        ([{"principals": ["jwt:*"], "daily_recipients": 1}], "5000 of 5000, 100 %"),
        (
            [
                {"principals": ["arn:aws:iam::*:role/shop"], "daily_recipients": 7000},
                {"principals": ["*"], "daily_recipients": 8000},
            ],
            "5000 of 8000, 62 %; or of 7000 by its ARN",
        ),
    ],
)
def test_a_caller_whom_the_policy_gives_a_limit_stands_beside_that(
    capsys: pytest.CaptureFixture[str], callers: list[dict[str, Any]], told: str
) -> None:
    put_item(**OF_THE_DAY)
    put_policy(*callers)

    assert shown(capsys)[5] == f"iam:AIDAEXAMPLE {told}"


@pytest.mark.usefixtures("limits")
def test_what_was_sent_on_an_earlier_day_counts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    put_item(**OF_THE_DAY | {"day": "2026-11-30"}, stopped=STOPPED)

    lines = shown(capsys)

    assert lines[1:] == [
        "stack 0 of 10000, 0 %",
        f"stopped since {SINCE} by {PAULA}: on the phone with Alibaba",
        "no caller of the API has sent today",
    ]


@pytest.mark.usefixtures("limits")
def test_a_stack_that_never_sent_has_sent_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys) == {
        "day": DAY,
        "ends_at": "2026-12-01T16:00:00+00:00",
        "recipients": 0,
        "limit": 10_000,
        "percent": 0,
        "callers": [],
        "stopped": None,
    }


def test_without_limits_the_counts_are_told(limits: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    limits |= dict.fromkeys(LIMITS, "0")
    put_item(**OF_THE_DAY)

    lines = shown(capsys)

    assert lines[1] == "stack 8210, without a limit"
    assert lines[5] == "iam:AIDAEXAMPLE 5000, without a limit"


def test_a_stack_that_is_older_than_the_limits_has_none(
    limits: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    limits.clear()

    assert document(capsys)["limit"] is None


@pytest.mark.usefixtures("limits")
def test_a_script_gets_json(capsys: pytest.CaptureFixture[str]) -> None:
    put_item(**OF_THE_DAY, stopped=STOPPED)

    told = document(capsys)

    assert told["callers"][1] == {
        "caller": "others",
        "recipients": 60,
        "limit": 5000,
        "percent": 1,
        "limits_by_arn": [],
    }
    assert told["stopped"] == {"why": STOPPED["why"], "by": PAULA, "since": SINCE}


@pytest.mark.parametrize(
    ("now", "day"), [("2026-11-30T15:59:59+00:00", "2026-11-30"), ("2026-11-30T16:00:00+00:00", "2026-12-01")]
)
@pytest.mark.usefixtures("queues")
def test_a_day_begins_at_midnight_in_china(monkeypatch: pytest.MonkeyPatch, now: str, day: str) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.fromisoformat(now).astimezone(tz)

    monkeypatch.setattr(sends, "datetime", Clock)

    assert usage.read(Place("sms", "us-east-1", None, None)).day.isoformat() == day
