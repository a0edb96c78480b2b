"""How `sms schedule` adds, shows, pauses and removes schedules, and what AWS is asked for."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from asks import Door, answer
from cli import __main__ as command
from cli.place import Place
from routing.read import read_document
from tests.workbench.routes import DOCUMENT, LI_SI, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "kept"
OUTPUTS = {
    "ScheduleGroup": GROUP,
    "SendOnAlertFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:alert",
    "SendOnScheduleFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:schedule",
    "KeptScheduleRoleArn": "arn:aws:iam::000000000000:role/kept",
    "ScheduleDeadLetterQueueArn": "arn:aws:sqs:us-east-1:000000000000:dead",
    "AlertDeadLetterQueueArn": "arn:aws:sqs:us-east-1:000000000000:dead-alerts",
}
NIGHT = ("night-duty", "cron(0 18 ? * MON *)", "--to", "on-call", "--template", "SMS_1", "--param", "what=739164")
RUN = {"schedule": "<aws.scheduler.schedule-arn>", "scheduled_time": "<aws.scheduler.scheduled-time>"}


@dataclass
class Functions:
    """The alert door, which says what is wrong with a message."""

    asked: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, *, Payload: bytes, **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's
        self.asked.append(json.loads(Payload))
        door = Door(lambda: read_document(DOCUMENT), lambda _: (), lambda _: (), lambda _: None, lambda: NOW)
        return {"Payload": io.BytesIO(json.dumps(answer(self.asked[-1], door)).encode())}


@pytest.fixture(autouse=True)
def functions(deployed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:  # noqa: ARG001 - on paper
    made = Functions()
    monkeypatch.setattr(Place, "outputs", OUTPUTS)
    with mock_aws():
        scheduler = boto3.client("scheduler")
        scheduler.create_schedule_group(Name=GROUP)
        clients = {"lambda": made, "scheduler": scheduler}
        monkeypatch.setattr(Place, "client", lambda _, service: clients[service])
        yield made


def added(*arguments: str, code: int = 0) -> None:
    assert command.run(["schedule", "add", *arguments, "--yes"]) == code


def stored(name: str = "night-duty") -> dict[str, Any]:
    return dict(boto3.client("scheduler").get_schedule(GroupName=GROUP, Name=name))


def names() -> list[str]:
    return [each["Name"] for each in boto3.client("scheduler").list_schedules(GroupName=GROUP)["Schedules"]]


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert command.run(["schedule", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_schedule_for_a_rotation_is_the_alert_doors(functions: Functions) -> None:
    added(*NIGHT)

    there = stored()
    assert (there["ScheduleExpression"], there["ScheduleExpressionTimezone"]) == (NIGHT[1], "Asia/Shanghai")
    assert there["Target"]["Arn"] == OUTPUTS["SendOnAlertFunctionArn"]
    assert there["Target"]["RoleArn"] == OUTPUTS["KeptScheduleRoleArn"]
    assert there["Target"]["DeadLetterConfig"] == {"Arn": OUTPUTS["AlertDeadLetterQueueArn"]}
    assert json.loads(there["Target"]["Input"]) == {
        "to": ["on-call"],
        "message": {"template_code": "SMS_1", "template_param": {"what": "739164"}},
        **RUN,
    }
    assert functions.asked[0]["ask"] == "message"


def test_a_schedule_for_numbers_is_the_schedule_doors() -> None:
    added("launch", "at(2099-12-31T09:00)", "--to", f"{LI_SI},13900139000", "--zone", "Europe/Berlin")

    there = stored("launch")
    assert there["Target"]["Arn"] == OUTPUTS["SendOnScheduleFunctionArn"]
    assert there["Target"]["DeadLetterConfig"] == {"Arn": OUTPUTS["ScheduleDeadLetterQueueArn"]}
    assert json.loads(there["Target"]["Input"]) == {"messages": [{"phone_numbers": [LI_SI, "13900139000"]}], **RUN}


@pytest.mark.parametrize(("expression", "after"), [("at(2099-12-31T09:00)", "DELETE"), ("rate(1 day)", "NONE")])
def test_what_runs_once_is_gone_when_it_has_run(expression: str, after: str) -> None:
    added("x", expression, "--to", LI_SI)

    assert stored("x")["ActionAfterCompletion"] == after


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("x", "cron(0 18 * * MON *)", "--to", LI_SI), "one of day-of-month and day-of-week must be"),
        (("x", "rate(1 days)", "--to", LI_SI), "say rate(1 day)"),
        (("x", "at(2020-01-01T00:00)", "--to", LI_SI), "it would never run"),
        (("x", "cron(0 9 30 FEB ? *)", "--to", LI_SI), "it would never run"),
        (("x", "rate(1 day)", "--to", LI_SI, "--zone", "Asia/Beijing"), "no time zone is named"),
        (("a name", "rate(1 day)", "--to", LI_SI), "a name has 1 to 64 letters"),
        (("x", "rate(1 day)", "--to", LI_SI, "--param", "code"), "--param takes name=value"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_asked(
    functions: Functions, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    added(*arguments, code=2)

    assert told in capsys.readouterr().err
    assert functions.asked == []
    assert names() == []


def test_a_name_that_nobody_has_is_told_and_nothing_is_added(capsys: pytest.CaptureFixture[str]) -> None:
    added("x", "rate(1 day)", "--to", "oncall", code=1)

    assert capsys.readouterr().out == 'to[0]: no contact or rotation is named "oncall": did you mean "on-call"?\n'
    assert names() == []


def test_without_a_person_to_ask_nothing_is_added(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["schedule", "add", *NIGHT]) == 2

    said = capsys.readouterr()
    assert "Add this schedule? There is nobody to ask: say --yes" in said.err
    assert said.out.count("T18:00+08:00") == 5
    assert names() == []


def test_a_second_of_the_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    added(*NIGHT)
    added(*NIGHT, code=1)

    assert "there is a schedule of this name" in capsys.readouterr().err


def test_it_is_shown_with_its_next_five_times_and_neither_number_nor_value(capsys: pytest.CaptureFixture[str]) -> None:
    added(*NIGHT, "--to", LI_SI)
    capsys.readouterr()

    facts = shown(capsys, "show", "night-duty")
    command.run(["schedule", "show", "night-duty"])
    command.run(["schedule", "list"])

    said = capsys.readouterr()
    assert (facts["to"], facts["state"], facts["variables"]) == (["on-call", "138****8000"], "on", "what")
    times = [datetime.fromisoformat(time) for time in facts["next"]]
    assert [(time.strftime("%a %H:%M"), str(time.utcoffset())) for time in times] == [("Mon 18:00", "8:00:00")] * 5
    assert times == sorted(set(times))
    assert "night-duty" in said.out
    assert not [text for text in (LI_SI, "739164") if text in said.out + said.err + json.dumps(facts)]


def test_what_is_paused_does_not_run_until_it_is_resumed(capsys: pytest.CaptureFixture[str]) -> None:
    added(*NIGHT)
    before = stored()

    assert shown(capsys, "pause", "night-duty")["state"] == "paused"
    assert stored()["State"] == "DISABLED"
    assert shown(capsys, "show", "night-duty")["next"] == []

    assert shown(capsys, "resume", "night-duty")["state"] == "on"
    kept = ("State", "Target", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow")
    assert {name: stored()[name] for name in kept} == {name: before[name] for name in kept}


def test_what_is_removed_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    added(*NIGHT)

    assert command.run(["schedule", "remove", "night-duty"]) == 2
    assert names() == ["night-duty"]

    assert command.run(["schedule", "remove", "night-duty", "--yes"]) == 0
    assert names() == []
    assert command.run(["schedule", "list"]) == 0
    assert "there are no schedules" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["show", "pause", "resume", "remove"])
def test_a_name_that_no_schedule_has_is_told(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    assert command.run(["schedule", verb, "nothing"]) == 1
    assert "there is no such schedule" in capsys.readouterr().err


def test_one_that_somebody_made_in_another_way_is_listed_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    target = {"Arn": OUTPUTS["SendOnScheduleFunctionArn"], "RoleArn": OUTPUTS["KeptScheduleRoleArn"], "Input": "text"}
    boto3.client("scheduler").create_schedule(
        GroupName=GROUP,
        Name="other",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )

    [listed] = shown(capsys, "list")["schedules"]

    assert (listed["name"], listed["runs"], listed["to"]) == ("other", "rate(1 hour) UTC", [])


def test_a_stack_that_is_older_than_the_command_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Place, "outputs", {"MessagesTable": "messages"})

    for verb in ["add", *NIGHT], ["list"], ["show", "x"]:
        assert command.run(["schedule", *verb]) == 1
        assert "deploy it again" in capsys.readouterr().err
