"""The dead letters of the alert door: what each kind says, and how an event is given to the door again."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from cli import __main__ as command
from cli.place import Place
from tests.unit.cli.alert_door import FUNCTION, AlertDoor
from tests.unit.cli.dead_letter_queues import KEYED, put, seen_in
from tests.workbench.functions import sample

QUEUE = "AlertDeadLetterQueueUrl"
OF_TOPIC = sample("alert/cloudwatch_alarm")
OF_SNS = OF_TOPIC["Records"][0]["Sns"]
OF_RULE = sample("alert/event_alarm")
REMINDER = '{"to": ["li.si"], "message": {"template_param": {"sum": 1.50}}%s}'
RUN = ', "schedule": "arn:aws:scheduler:r:1:schedule/kept/night-duty", "scheduled_time": "2026-11-30T10:00:00Z"'
UNFILLED = ', "schedule": "<aws.scheduler.schedule-arn>", "scheduled_time": "<aws.scheduler.scheduled-time>"'
OF_AWS = {
    "ERROR_CODE": "NO_PERMISSIONS",
    "ERROR_MESSAGE": "no right to 13800138000",
    "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
}
GIVE, SHOW = "sms redrive {id}", "sms letters show {id} --to event.json"
ALARM = OF_RULE["detail"]["alarmName"]


def account(event: object, error: str = "TableUnavailable", message: str = "x") -> str:
    """Lambda's account of an invocation that it gave up."""
    payload = event if isinstance(event, str) else json.dumps(event)
    context = json.dumps({"requestId": "r", "condition": "RetriesExhausted"})
    response = json.dumps({"errorType": error, "errorMessage": message})
    return f'{{"requestContext": {context}, "requestPayload": {payload}, "responsePayload": {response}}}'


Kinds = tuple[str, dict[str, str], str, str, str | None]
KINDS: dict[str, Kinds] = {  # body, attributes, next command, why, about
    "of the topic, given up by Lambda": (
        account(OF_TOPIC),
        {},
        GIVE,
        "the alert door did not take it: TableUnavailable",
        OF_SNS["Subject"],
    ),
    "of a rule, given up by Lambda": (
        account(OF_RULE, "NobodyToTell"),
        {},
        GIVE,
        "the alert door did not take it: NobodyToTell",
        f"CloudWatch Alarm State Change: {ALARM}",
    ),
    "given up by SNS": (json.dumps(OF_SNS), {}, GIVE, "it could not be given to the alert door", OF_SNS["Subject"]),
    "given up by EventBridge": (
        json.dumps(OF_RULE),
        OF_AWS,
        GIVE,
        "it could not be given to the alert door: MaximumRetryAttempts: no right to 138****8000",
        f"CloudWatch Alarm State Change: {ALARM}",
    ),
    "a reminder, given up by Lambda": (
        account(REMINDER % RUN, "NotSentError", "isv.AMOUNT_NOT_ENOUGH"),
        {},
        GIVE,
        "the alert door did not take it: isv.AMOUNT_NOT_ENOUGH",
        "night-duty",
    ),
    "a reminder, given up by Scheduler": (
        REMINDER % RUN,
        {},
        GIVE,
        "it could not be given to the alert door",
        "night-duty",
    ),
    "a reminder that names no run": (
        account(REMINDER % UNFILLED, "NotSentError", "client:expired"),
        {},
        SHOW,
        "it names no run of a schedule, so it might be sent twice: send it by hand: client:expired",
        "<aws.scheduler.schedule-arn>",
    ),
    "a minute": (
        account({"tick": "minute"}, "Sandbox.Timedout"),
        {},
        "sms letters delete {id}",
        "the alert door did not end its work of a minute: the next minute goes on with it: Sandbox.Timedout",
        None,
    ),
    "no alert": (
        account({"ask": "who"}, "NoAlertError"),
        {},
        "sms letters show {id} --body",
        "it is no alert, and no message to people by name: NoAlertError",
        None,
    ),
    "no JSON": (
        "13800138000",
        {},
        "sms letters show {id} --body",
        "it is no alert, and no message to people by name",
        None,
    ),
}
GIVEN = [kind for kind, (_, _, after, _, _) in KINDS.items() if after == GIVE]
STAYING = [kind for kind in KINDS if kind not in GIVEN]


@pytest.fixture(autouse=True)
def door(queues: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AlertDoor:
    door = AlertDoor()
    queues["SendOnAlertFunctionArn"] = FUNCTION
    monkeypatch.setattr(Place, "client", lambda _, name: door if name == "lambda" else boto3.client(name))
    return door


def put_kind(queues: dict[str, str], kind: str) -> str:
    body, attributes, *_ = KINDS[kind]
    return put(queues[QUEUE], body, **attributes)


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert command.run(["letters", "--json"]) == 0
    return list(json.loads(capsys.readouterr().out)["letters"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_why_it_is_there_what_it_is_about_and_what_comes_next(
    queues: dict[str, str], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = put_kind(queues, kind)

    [told] = listed(capsys)

    _, _, after, why, about = KINDS[kind]
    assert (told["id"], told["queue"], told["recipients"]) == (own_id, "alerts", 0)
    assert (told["why"], told["about"], told["next"]) == (why, about, after.format(id=own_id))


def test_a_person_reads_what_it_is_about(queues: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    put_kind(queues, "a reminder, given up by Scheduler")

    assert command.run(["letters"]) == 0

    assert "night-duty" in capsys.readouterr().out.splitlines()[1]


@pytest.mark.parametrize("kind", GIVEN)
def test_an_event_is_given_to_the_door_again_and_its_letter_is_gone(
    queues: dict[str, str], door: AlertDoor, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = put_kind(queues, kind)

    assert command.run(["redrive"]) == 0

    (event,) = door.taken
    assert event.keys() in ({"Records"}, OF_RULE.keys(), {"to", "message", "schedule", "scheduled_time"})
    assert seen_in(queues[QUEUE]) == seen_in(queues["QueueUrl"]) == []
    assert f"moved  {own_id}" in capsys.readouterr().out


def test_what_sns_gave_up_is_given_as_sns_gives_it(queues: dict[str, str], door: AlertDoor) -> None:
    put_kind(queues, "given up by SNS")

    command.run(["redrive"])

    assert [record["Sns"] for record in door.taken[0]["Records"]] == [OF_SNS]


@pytest.mark.parametrize("kind", STAYING)
def test_what_is_no_event_for_the_door_stays_and_that_is_said(
    queues: dict[str, str], door: AlertDoor, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = put_kind(queues, kind)

    assert command.run(["redrive"]) == 0

    assert door.taken == []
    assert len(seen_in(queues[QUEUE])) == 1
    told = capsys.readouterr().out
    assert f"left   {own_id}" in told
    assert "it is no event that the alert door takes, so it stays" in told


def test_what_the_door_does_not_take_stays_with_the_reason_but_no_text_of_the_alert(
    queues: dict[str, str], door: AlertDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    own_id, door.error = put_kind(queues, GIVEN[0]), "NobodyToTell"

    assert command.run(["redrive", own_id]) == 1

    assert len(seen_in(queues[QUEUE])) == 1
    told = capsys.readouterr().out
    assert "the alert door did not take it (NobodyToTell), so it stays" in told
    assert "8000" not in told


def test_a_dry_run_gives_nothing(queues: dict[str, str], door: AlertDoor, capsys: pytest.CaptureFixture[str]) -> None:
    own_id = put_kind(queues, GIVEN[0])

    command.run(["redrive", "--dry-run"])

    assert door.taken == []
    assert len(seen_in(queues[QUEUE])) == 1
    assert f"would  {own_id}" in capsys.readouterr().out


def test_messages_go_into_their_queue_beside_it(queues: dict[str, str], door: AlertDoor) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED)
    put_kind(queues, GIVEN[0])

    assert command.run(["redrive"]) == 0

    assert (len(seen_in(queues["QueueUrl"])), len(door.taken)) == (1, 1)


def test_it_is_never_resent_as_a_message(
    queues: dict[str, str], door: AlertDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = put_kind(queues, GIVEN[0])

    assert command.run(["letters", "resend", own_id, "--yes"]) == 1

    assert f"`sms redrive {own_id}` gives it to that door again" in capsys.readouterr().out
    assert (seen_in(queues["QueueUrl"]), door.taken) == ([], [])
    assert command.run(["letters", "delete", own_id, "--yes"]) == 0
    assert seen_in(queues[QUEUE]) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("a reminder, given up by Lambda", REMINDER % RUN),
        ("of a rule, given up by Lambda", json.dumps(OF_RULE)),
        ("a minute", KINDS["a minute"][0]),
    ],
)
def test_the_body_is_the_event_digit_for_digit(
    queues: dict[str, str], kind: str, body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = put_kind(queues, kind)

    assert command.run(["letters", "show", own_id, "--body"]) == 0

    assert capsys.readouterr().out == body + "\n"


def test_no_attribute_of_who_published_it_is_believed(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    forged = {"status": "unknown", "message_id": "mine", "code": "739164", "reason": "Call 739164."}
    own_id = put(queues[QUEUE], json.dumps(OF_SNS), **forged)

    [told] = listed(capsys)

    assert (told["id"], told["status"], told["code"]) == (own_id, None, None)
    assert "739164" not in told["why"]


def test_a_stack_without_an_alert_door_has_its_other_letters(
    queues: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED)
    older = {name: value for name, value in queues.items() if name not in {QUEUE, "SendOnAlertFunctionArn"}}
    monkeypatch.setattr(Place, "outputs", older)

    assert len(listed(capsys)) == 1
    assert command.run(["redrive"]) == 0


def test_who_may_not_invoke_the_door_loses_nothing(queues: dict[str, str], door: AlertDoor) -> None:
    put_kind(queues, GIVEN[0])
    door.denied = True

    assert command.run(["redrive"]) == 1
    assert len(seen_in(queues[QUEUE])) == 1
