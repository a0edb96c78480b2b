"""`sms schedule` against the deployed stack: what is added runs, by name and by number, and outlives a deploy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.alert_routes import NUMBER, put_alerts_into
from tests.e2e.command import Command
from tests.e2e.conftest import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

A_MINUTE_AND_MORE = 100  # seconds until the emulator has surely run what runs each minute
OTHER = "18900189222"


@pytest.fixture
def sms(stack: Stack, tmp_path: Path) -> Command:
    """The command, with routes in force whose rotation leads to NUMBER."""
    put_alerts_into(tmp_path)
    command = Command(stack)
    command.run("alerts", "put", str(tmp_path / "routes.json"), "--yes")
    return command


@pytest.fixture
def add(sms: Command) -> Iterator[Callable[..., str]]:
    """Add a schedule under a new name, which is removed at the end."""
    names: list[str] = []

    def added(expression: str, *to: str, what: str) -> str:
        names.append(f"kept-{uuid4()}")
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


def test_what_runs_each_minute_is_sent_to_a_number(stack: Stack, add: Callable[..., str]) -> None:
    what = f"number-{uuid4().hex[:6]}"
    add("rate(1 minute)", "--to", OTHER, what=what)

    wait_until("it has run", lambda: received(stack, OTHER, what), A_MINUTE_AND_MORE)


def test_a_name_that_the_routes_do_not_have_is_told(sms: Command) -> None:
    message = ("--template", "SMS_200000002", "--param", "alarm=x", "--param", "state=x")

    done = sms.run("schedule", "add", "x", "rate(1 day)", "--to", "oncall", *message, "--yes", code=1)

    assert 'no contact or rotation is named "oncall"' in done.stdout
    assert "x" not in [each["name"] for each in shown(sms, "list")["schedules"]]
