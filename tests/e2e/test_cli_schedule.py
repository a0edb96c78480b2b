"""`sms schedule` against the deployed stack: what is added runs, by name and by number, and outlives a deploy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from local.deploy import STACK
from tests.e2e.alert_routes import NUMBER, with_routes
from tests.e2e.conftest import wait_until
from tests.e2e.deploying import deploy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.command import Command
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

A_MINUTE_AND_MORE = 100  # seconds until the emulator has surely run what runs each minute
OTHER = "18900189222"


@pytest.fixture
def sms(stack: Stack, tmp_path: Path) -> Command:
    """The command, with routes in force whose rotation leads to NUMBER."""
    return with_routes(stack, tmp_path)


@pytest.fixture
def add(sms: Command) -> Iterator[Callable[..., str]]:
    """Add a schedule under a new name, which is removed at the end."""
    names: list[str] = []

    def added(expression: str, *to: str, what: str) -> str:
        names.append(f"kept-{uuid4().hex[:6]}")  # seven digits in a row would be shown masked
        message = ("--template", "SMS_200000002", "--param", f"alarm={what}", "--param", "state=on")
        sms.run("schedule", "add", names[-1], expression, *to, *message, "--yes")
        return names[-1]

    yield added
    for name in names:
        sms.run("schedule", "remove", name, "--yes", code=None)


def shown(sms: Command, *arguments: str) -> Any:
    return json.loads(sms.run("schedule", *arguments, "--json").stdout)


def received(stack: Stack, number: str, what: str) -> list[Any]:
    return [each for each in stack.received(number) if what in str(each)]


def test_what_runs_each_minute_is_sent_to_who_is_on_duty_until_it_is_paused(
    stack: Stack, sms: Command, add: Callable[..., str]
) -> None:
    what = f"duty-{uuid4().hex[:6]}"
    name = add("rate(1 minute)", "--to", "on-call", what=what)
    assert name in [each["name"] for each in shown(sms, "list")["schedules"]]
    assert len(shown(sms, "show", name)["next"]) == 5

    wait_until("it has run", lambda: received(stack, NUMBER, what), A_MINUTE_AND_MORE)

    assert shown(sms, "pause", name)["state"] == "paused"
    assert NUMBER not in sms.run("schedule", "show", name).stdout


def test_what_runs_each_minute_is_sent_to_a_number_and_outlives_a_deploy(
    stack: Stack, sms: Command, add: Callable[..., str]
) -> None:
    what = f"number-{uuid4().hex[:6]}"
    name = add("rate(1 minute)", "--to", OTHER, what=what)
    kept, by_name = shown(sms, "show", name), add("cron(0 18 ? * MON *)", "--to", "on-call", what=what)

    deploy(stack, STACK, AlertHourlyRecipientLimit="21")

    before = len(received(stack, OTHER, what))
    assert {name, by_name} <= {each["name"] for each in shown(sms, "list")["schedules"]}
    assert shown(sms, "show", name)["to"] == kept["to"]
    wait_until("it has run again", lambda: len(received(stack, OTHER, what)) > before, A_MINUTE_AND_MORE)
    function = stack.client("lambda").get_function_configuration(
        FunctionName=stack.outputs.functions["SendOnAlertFunction"]
    )
    assert function["Environment"]["Variables"]["SMS_ALERT_HOURLY_LIMIT"] == "21"  # it was deployed indeed


def test_a_name_that_the_routes_do_not_have_is_told(sms: Command) -> None:
    message = ("--template", "SMS_200000002", "--param", "alarm=x", "--param", "state=x")

    done = sms.run("schedule", "add", "x", "rate(1 day)", "--to", "oncall", *message, "--yes", code=1)

    assert 'no contact or rotation is named "oncall"' in done.stdout
    assert "x" not in [each["name"] for each in shown(sms, "list")["schedules"]]
