"""`sms alerts` against the deployed stack: what is put is what the alert door carries out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.alert_routes import NUMBER, ROUTES, with_routes
from tests.e2e.conftest import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.command import Command
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture
def sms(stack: Stack, tmp_path: Path) -> Command:
    """The command, and routes in force that lead to NUMBER."""
    return with_routes(stack, tmp_path)


def answered(sms: Command, *arguments: str) -> Any:
    return json.loads(sms.run("alerts", *arguments, "--json").stdout)


def test_a_version_is_put_and_shown_with_who_put_it_and_without_numbers(sms: Command) -> None:
    shown = answered(sms, "show")

    assert shown["version"] >= 1
    assert shown["put_by"].startswith("arn:aws:")
    assert shown["document"]["default"] == ROUTES["default"]
    assert NUMBER not in json.dumps(shown)


def test_a_document_with_faults_is_not_put(sms: Command, tmp_path: Path) -> None:
    version = answered(sms, "show")["version"]
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({**ROUTES, "default": {"rotations": ["oncall"]}}))

    done = sms.run("alerts", "put", str(broken), "--yes", code=1)

    assert done.stdout == 'default.rotations[0]: no rotation is named "oncall": did you mean "on-call"?\n'
    assert answered(sms, "show")["version"] == version


def test_what_is_tried_is_what_is_sent_then_and_listed(stack: Stack, sms: Command, tmp_path: Path) -> None:
    name = f"disk-{uuid4().hex[:6]}"
    event = tmp_path / "alarm.json"
    event.write_text(event.read_text().replace("checkout-errors-over-5-percent-for-5-minutes", name))
    [tried] = answered(sms, "try", str(event))["events"]
    [message] = tried["messages"]
    assert message["contacts"] == [{"name": "li.si", "phone_number": "189****9221"}]

    function = stack.outputs.functions["SendOnAlertFunction"]
    stack.client("lambda").invoke(FunctionName=function, Payload=event.read_bytes())

    texts = wait_until("it is sent", lambda: [each for each in stack.received(NUMBER) if name in str(each)])
    assert len(texts) == 1
    [listed] = [each for each in answered(sms, "list")["episodes"] if each["name"] == name]
    assert [(each["contact"], each["kind"], each["status"]) for each in listed["routes"][0]["sent"]] == [
        ("li.si", "firing", "accepted")
    ]


def test_every_sample_of_the_checkout_can_be_tried(sms: Command) -> None:
    tried = answered(sms, "try", "events/alert")["events"]

    assert len(tried) > 10
    assert [each for each in tried if "messages" not in each] == []


def test_who_is_on_duty_is_told(sms: Command) -> None:
    [duty] = answered(sms, "who")["rotations"]

    assert (duty["rotation"], duty["contact"], duty["until"]) == ("on-call", "li.si", None)
