"""What `sms doctor` finds, and says of what it may not look at."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from cli import __main__ as command
from cli.place import Place
from cli.sends import today
from tests.unit.cli.stack_in_order import RESOURCES, VERDICT, Aws
from tests.unit.cli.usage_item import PAULA, SINCE, STOPPED

REFUSED = {"code": "InvalidAccessKeyId.NotFound", "advice": "Correct it.", "fault": "key", "detail": None}
DENIED = {"code": "isp.RAM_PERMISSION_DENY", "advice": "Allow it.", "fault": "permission", "detail": None}
ABROAD = {"code": "isv.DENY_IP_RANGE", "advice": "Send from the mainland.", "fault": None, "detail": None}
GONE = {"code": "client:connect-failure", "advice": "Look.", "fault": None, "detail": "no address"}


EMPTY = {"code": "client:no-credentials", "advice": "Fill it.", "fault": "key"} | {
    "detail": "the secret has no access_key_id"
}
UNREAD = {"code": "client:credentials-unavailable", "advice": "Later.", "fault": None, "detail": None}
CODES = {"ok": 0, "fault": 1, "not checked": 4}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws()
    monkeypatch.setattr(Place, "client", lambda *_: aws)
    return aws


def findings(capsys: pytest.CaptureFixture[str], code: int) -> dict[str, tuple[str, str]]:
    """What it says, by what it is about."""
    assert command.run(["doctor", "--aws", "--region", "cn-north-1", "--json"]) == code
    return {each["about"]: (each["state"], each["says"]) for each in json.loads(capsys.readouterr().out)}


def test_a_stack_that_is_in_order_is_told_line_by_line(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    found = findings(capsys, 0)

    assert {state for state, _ in found.values()} == {"ok"}
    assert list(found) == [
        "deployment", "clock", "access key", "way out", "signature", "template", "stop", "daily limit",
        "queue", "dead letters", "alerts", "schedule",
        "settling", "concurrency", "alarms", "alarm topic",
    ]  # fmt: skip
    assert found["signature"] == ("ok", "北岸书店 is approved")
    assert aws.account["key"]["code"] == "OK"


def test_a_person_sees_a_line_for_each_that_fits_80_columns(
    aws: Aws,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cli.screen.WIDE", 80)
    aws.letters = 3

    assert command.run(["doctor", "--aws", "--region", "cn-north-1"]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ok    deployment     UPDATE_COMPLETE"
    assert "!!    dead letters   3: `sms letters` says of each what to do" in lines
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("change", "about", "state", "says"),
    [
        ({"status": "UPDATE_ROLLBACK_COMPLETE"}, "deployment", "fault", "events in CloudFormation"),
        ({"clock": lambda: time.time() - 400}, "clock", "fault", "set it"),
        (
            {"source": "Disabled"},
            "queue",
            "fault",
            "off though sends are not stopped, and 0 messages wait: `sms start`",
        ),
        (
            {"source": "Disabled", "usage": {"stopped": STOPPED}},
            "stop",
            "fault",
            f"stopped since {SINCE} by {PAULA}: on",
        ),
        ({"source": "Disabling", "usage": {"stopped": STOPPED}}, "stop", "fault", "`sms start` lets them go on"),
        ({"usage": {"stopped": STOPPED}}, "stop", "fault", "source is enabled all the same: `sms stop` disables it"),
        ({"letters": 2}, "dead letters", "fault", "`sms letters`"),
        ({"alerts": 2}, "alerts", "fault", "2 reached nobody: `sms letters` says of each what to do"),
        ({"schedules": {"SettleSendsFunctionEveryMinute": "DISABLED"}}, "settling", "fault", "schedule is off"),
        ({"lines": {}}, "settling", "fault", "did not run for five minutes"),
        ({"lines": {}, "created_at": lambda: datetime.now(UTC)}, "settling", "not checked", "a moment ago"),
        ({"unreserved": 10}, "concurrency", "fault", "docs/operations.md#concurrency"),
        ({"standing": ["DefectAlarm"]}, "alarms", "fault", "DefectAlarm stands: docs/runbook.md#nothing-goes-out"),
        ({"subscriptions": []}, "alarm topic", "fault", "no confirmed subscription"),
        ({"denied": {"ListSubscriptionsByTopic"}}, "alarm topic", "not checked", "is not allowed to call"),
        ({"denied": {"GetAccountSettings"}}, "concurrency", "not checked", "GetAccountSettings"),
        (
            {"lines": {"SendOnRequestLogGroup": ['{"code":"isv.DENY_IP_RANGE"}'], "SettleSendsLogGroup": ["REPORT"]}},
            "way out",
            "fault",
            "through the mainland",
        ),
    ],
)
def test_what_is_not_in_order_is_told_with_what_to_do(
    aws: Aws, capsys: pytest.CaptureFixture[str], change: dict[str, Any], about: str, state: str, says: str
) -> None:
    for name, value in change.items():
        setattr(aws, name, value() if callable(value) else value)

    found = findings(capsys, CODES[state])

    assert found[about][0] == state
    assert says in found[about][1]
    others = {name: each for name, each in found.items() if name != about}
    assert {each for each, _ in others.values()} == {"ok"}


def test_a_stack_of_which_a_part_is_not_there_is_checked_to_its_end(
    aws: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first deploy that failed leaves such a one."""
    in_order = findings(capsys, 0)
    monkeypatch.setitem(RESOURCES, "AWS::Lambda::EventSourceMapping", [])
    aws.status = "ROLLBACK_COMPLETE"

    found = findings(capsys, 1)

    assert list(found) == list(in_order)
    assert found["queue"] == ("fault", "the stack has no SendFromQueueFunctionMessages, or not yet: deploy it again")


def test_where_logs_may_not_be_read_all_else_is_checked(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    in_order = findings(capsys, 0)
    aws.denied = {"FilterLogEvents"}

    found = findings(capsys, 4)

    assert list(found) == list(in_order)
    assert [about for about, (state, _) in found.items() if state == "not checked"] == ["way out", "settling"]
    assert "not allowed to call FilterLogEvents" in found["way out"][1]


@pytest.mark.parametrize(
    ("changed", "about", "state", "says"),
    [
        ({"key": REFUSED}, "access key", "fault", "InvalidAccessKeyId.NotFound. Correct it. `sms secret` fills it"),
        ({"key": DENIED}, "access key", "fault", "may not read send records"),
        ({"key": ABROAD}, "way out", "fault", "through the mainland"),
        ({"key": GONE}, "way out", "fault", "client:connect-failure: no address"),
        ({"key": EMPTY}, "access key", "fault", "the secret has no access_key_id"),
        ({"key": UNREAD}, "way out", "not checked", "no access key to ask with"),
        (
            {"signature": {"name": "甲", **DENIED, "state": None}},
            "signature",
            "not checked",
            "the RAM user may not ask",
        ),
        ({"signature": {"name": "甲", **VERDICT, "state": "in review"}}, "signature", "fault", "甲 is in review"),
        ({"signature": {"name": "甲", **VERDICT, "state": None}}, "signature", "not checked", "unknown here"),
        ({"template": {"name": "SMS_1", **REFUSED, "state": None}}, "template", "not checked", "SMS_1"),
        (
            {"template": {"name": "SMS_1", **VERDICT, "code": "isv.SMS_TEMPLATE_ILLEGAL", "state": None}},
            "template",
            "fault",
            "SMS_1: isv.SMS_TEMPLATE_ILLEGAL",
        ),
    ],
)
def test_what_the_provider_says_of_the_account(
    aws: Aws, capsys: pytest.CaptureFixture[str], changed: dict[str, Any], about: str, state: str, says: str
) -> None:
    aws.account |= changed

    found = findings(capsys, CODES[state])

    assert found[about][0] == state
    assert says in found[about][1]


@pytest.mark.parametrize(
    ("protocol", "arn", "endpoint", "state"),
    [
        ("sms", "arn:1", "+8613800138000", "ok"),
        ("lambda", "arn:1", "arn:aws:lambda:r:1:function:pager", "ok"),
        ("lambda", "arn:1", "arn:aws:lambda:r:1:function:SendFromQueueFunction", "fault"),
        ("sqs", "arn:1", "arn:aws:sqs:r:1:MessagesQueue", "fault"),
        ("email", "PendingConfirmation", "on-call@example.com", "fault"),
    ],
)
def test_the_alarms_must_reach_somebody_by_another_way_than_this_stack(
    aws: Aws, capsys: pytest.CaptureFixture[str], protocol: str, arn: str, endpoint: str, state: str
) -> None:
    aws.subscriptions = [{"Protocol": protocol, "SubscriptionArn": arn, "Endpoint": endpoint}]

    found = findings(capsys, CODES[state])

    assert found["alarm topic"][0] == state
    assert "13800138000" not in str(found)


@pytest.mark.parametrize(
    ("total", "limit", "state", "says"),
    [
        (799, "1000", "ok", "today 799 of 1000, 79 %"),
        (800, "1000", "fault", "800 of 1000, 80 %, until 00:00 in China: `sms usage` says who sent them"),
        (1000, "1000", "fault", "1000 of 1000, 100 %"),
        (10_000, "0", "ok", "today 10000, without a limit"),
    ],
)
def test_a_limit_is_told_before_it_is_reached(
    aws: Aws, capsys: pytest.CaptureFixture[str], total: int, limit: str, state: str, says: str
) -> None:
    aws.parameters["DailyRecipientLimit"] = limit
    aws.usage = {"day": today().isoformat(), "total": total}

    found = findings(capsys, CODES[state])

    assert found["daily limit"][0] == state
    assert says in found["daily limit"][1]


def test_without_a_topic_nobody_is_told(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.parameters["AlarmTopicArn"] = ""

    assert findings(capsys, 1)["alarm topic"][0] == "fault"
