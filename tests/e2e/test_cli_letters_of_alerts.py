"""The alert door's dead letters on the deployed stack: as Lambda, SNS and EventBridge leave them, and given again."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.alert_routes import NUMBER, with_routes
from tests.e2e.command import Command
from tests.e2e.conftest import wait_until
from tests.workbench.functions import sample

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture
def sms(stack: Stack, tmp_path: Path) -> Command:
    """The command, with routes in force that lead to NUMBER."""
    return with_routes(stack, tmp_path)


def alarm(name: str) -> dict[str, Any]:
    """An alarm of this name, as the topic brings it."""
    event: dict[str, Any] = copy.deepcopy(sample("alert/cloudwatch_alarm"))
    message = json.loads(event["Records"][0]["Sns"]["Message"])
    message["AlarmArn"] = message["AlarmArn"].replace(message["AlarmName"], name)
    event["Records"][0]["Sns"] |= {"Subject": name, "Message": json.dumps({**message, "AlarmName": name})}
    return event


def reminder(what: str) -> dict[str, Any]:
    """A scheduled message to whoever is on duty."""
    message = {"template_code": "SMS_200000002", "template_param": {"alarm": what, "state": "yours"}}
    return {"to": ["on-call"], "message": message, "schedule": f"kept/{what}", "scheduled_time": "2026-11-30T10:00:00Z"}


def account(event: object) -> dict[str, Any]:
    """What Lambda keeps of an invocation that it gave up."""
    context = {"requestId": str(uuid4()), "condition": "RetriesExhausted"}
    return {"requestContext": context, "requestPayload": event, "responsePayload": {"errorType": "TableUnavailable"}}


def put(stack: Stack, document: object) -> str:
    """Put a letter in, and give its id."""
    url = json.loads(Command(stack).run("outputs", "--json").stdout)["alert_dead_letter_queue_url"]
    return str(stack.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(document))["MessageId"])


def listed(sms: Command) -> dict[str, dict[str, Any]]:
    """The letters of the alert door by their ids."""
    letters = json.loads(sms.run("letters", "--json").stdout)["letters"]
    return {letter["id"]: letter for letter in letters if letter["queue"] == "alerts"}


def told(stack: Stack, what: str) -> list[Any]:
    return [each for each in stack.received(NUMBER) if what in each["content"]]


def test_events_that_did_not_come_in_are_told_once_when_they_are_given_again(stack: Stack, sms: Command) -> None:
    name, other, duty = (f"{kind}-{uuid4().hex[:6]}" for kind in ("alarm", "other", "duty"))
    documents = [account(alarm(name)), alarm(name), alarm(other)["Records"][0]["Sns"], account(reminder(duty))]
    ids = [put(stack, each) for each in [*documents, account(reminder(duty))]]
    assert {listed(sms)[each]["next"] for each in ids} == {f"sms redrive {each}" for each in ids}

    done = sms.run("redrive", *ids)

    assert done.stdout.count("moved  ") == len(ids)
    assert [len(told(stack, what)) for what in (name, other, duty)] == [1, 1, 1]
    assert not listed(sms).keys() & {*ids}


def test_what_is_no_alert_is_told_by_lambda_itself_and_deleted(stack: Stack, sms: Command) -> None:
    function, what = stack.outputs.functions["SendOnAlertFunction"], str(uuid4())
    stack.client("lambda").invoke(
        FunctionName=function, InvocationType="Event", Payload=json.dumps({"hello": what, "schedule": what})
    )

    letter = wait_until("its letter", lambda: [each for each in listed(sms).values() if each["about"] == what])[0]

    assert letter["why"] == "it is no alert, and no message to people by name: NoAlertError"
    assert json.loads(sms.run("letters", "show", letter["id"], "--body").stdout)["requestPayload"]["hello"] == what
    assert "left" in sms.run("redrive", letter["id"]).stdout
    sms.run("letters", "delete", letter["id"], "--yes")
    assert letter["id"] not in listed(sms)
