"""What tells a person that settling stopped or falls behind: the template's alarms over the minutes of such a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests

from aliyun_sms.settling.settler import FIRST_RESEND, LAST_RESEND
from tests.template.conftest import read
from tests.workbench.functions import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.functions.conftest import Door
    from tests.workbench.wire_provider import Provider

    Settle = Callable[..., dict[str, int]]

NOTHING = None  # what there is of a minute without data


def alarm(name: str) -> dict[str, Any]:
    properties: dict[str, Any] = read()["Resources"][name]["Properties"]
    return properties


STOPPED, LATE = alarm("SettleSendsStoppedAlarm"), alarm("SettleSendsLateAlarm")


def is_raised(alarm: dict[str, Any], minutes: Sequence[float | None]) -> bool:
    """Whether an alarm is raised after these minutes, each with its statistic, as CloudWatch evaluates it."""
    assert alarm["Period"] == 60

    def breaches(value: float | None) -> bool:
        if value is None:
            return bool(alarm["TreatMissingData"] == "breaching")
        below = alarm["ComparisonOperator"] == "LessThanThreshold"
        return bool(value < alarm["Threshold"] if below else value > alarm["Threshold"])

    return all(map(breaches, minutes[-alarm["EvaluationPeriods"] :]))


@pytest.fixture(autouse=True)
def _ledger(keeping: None) -> None:
    """Before the functions are loaded."""


@pytest.fixture
def lateness(settle: Settle, capsys: pytest.CaptureFixture[str]) -> Callable[[float], float]:
    """Settle so many seconds from now, and give what it published of the row that is due the longest."""

    def settled(seconds: float) -> float:
        settle(seconds)
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        (line,) = [line for line in lines if LATE["MetricName"] in line]
        (metric,) = [each for each in line["_aws"]["CloudWatchMetrics"] if each["Namespace"] == LATE["Namespace"]]
        assert {"Name": LATE["MetricName"], "Unit": "Seconds"} in metric["Metrics"]
        (value,) = line[LATE["MetricName"]]
        return float(value)

    return settled


@pytest.fixture
def unknown(load_door: Callable[..., Door], provider: Provider, keeping: None) -> None:  # noqa: ARG001 - what it uses
    """A message whose outcome is unknown, to be looked up 30 seconds from now."""
    provider.breaks(requests.ReadTimeout())
    load_door("send_from_queue")(sample("queue/one_message"))


def test_a_schedule_that_is_off_for_five_minutes_is_told_of() -> None:
    running = [1.0] * 10

    assert not is_raised(STOPPED, running)
    assert not is_raised(STOPPED, [*running, *[NOTHING] * 4])
    assert is_raised(STOPPED, [*running, *[NOTHING] * 5])
    assert not is_raised(STOPPED, [*running, *[NOTHING] * 5, 1.0])


def test_a_minute_that_a_run_falls_out_of_is_not_told_of() -> None:
    assert not is_raised(STOPPED, [1.0, NOTHING, 2.0, NOTHING, 2.0])


def test_settling_is_watched_by_its_invocations() -> None:
    assert (STOPPED["Namespace"], STOPPED["MetricName"], STOPPED["Statistic"]) == ("AWS/Lambda", "Invocations", "Sum")
    assert STOPPED["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "SettleSendsFunction"}}]


def test_how_late_it_is_has_an_alarm_where_the_functions_of_the_stack_publish() -> None:
    variables = read()["Globals"]["Function"]["Environment"]["Variables"]

    assert LATE["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert LATE["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
    assert LATE["Statistic"] == "Maximum"


def test_where_nothing_is_due_the_age_is_nothing_and_never_missing(lateness: Callable[[float], float]) -> None:
    assert lateness(0) == 0
    assert not is_raised(LATE, [0, NOTHING])


@pytest.mark.usefixtures("unknown")
def test_settling_that_keeps_up_raises_nothing(lateness: Callable[[float], float]) -> None:
    minutes = [lateness(seconds) for seconds in (60, 121, 181)]

    assert max(minutes) < 120
    assert [is_raised(LATE, minutes[:last]) for last in (1, 2, 3)] == [False] * 3


@pytest.mark.usefixtures("unknown")
def test_settling_that_was_off_tells_how_late_it_is_when_it_runs_again(lateness: Callable[[float], float]) -> None:
    late = lateness(30 + LATE["Threshold"] + 60)

    assert LATE["Threshold"] < late < LATE["Threshold"] + 120
    assert is_raised(LATE, [NOTHING, late])
    assert lateness(30 + LATE["Threshold"] + 61) == 0


@pytest.mark.usefixtures("unknown")
def test_a_row_that_settling_does_not_come_to_gets_older_each_minute(
    lateness: Callable[[float], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aliyun_sms.settling.due.TURN", 1000)  # no time is left for it

    minutes = [lateness(30 + minute * 60) for minute in range(1, 12)]

    assert [is_raised(LATE, minutes[:last]) for last in (1, 9, 11)] == [False, False, True]
    assert minutes == sorted(minutes)


def test_who_is_told_has_time_to_let_an_identical_request_be_made() -> None:
    assert FIRST_RESEND + LATE["Threshold"] + 60 < LAST_RESEND


def test_a_table_that_cannot_be_asked_is_told_of_by_the_alarm_for_defects(
    settle: Settle, messages_table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    boto3.client("dynamodb").delete_table(TableName=messages_table)

    settle(0)

    published = capsys.readouterr().out
    assert '"defect":[1.0]' in published
    assert LATE["MetricName"] not in published
