"""`sms send` against the deployed stack: through both doors, and what a person is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import requests

from tests.e2e.command import Command

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

MESSAGE = ("--template", "SMS_154950909", "--param", "code=739164", "--json")


@pytest.mark.parametrize(("door", "number"), [("request", "18900189101"), ("queue", "18900189102")])
def test_a_message_arrives_and_its_result_is_shown(stack: Stack, door: str, number: str) -> None:
    done = Command(stack).run("send", "--to", number, *MESSAGE, "--door", door, "--wait")

    assert json.loads(done.stdout)["status"] == "accepted"
    [received] = stack.received(number)
    assert "739164" in received["content"]
    assert not [text for text in (number, "739164") if text in done.stdout + done.stderr]


def test_one_key_is_sent_once(stack: Stack) -> None:
    sms = Command(stack)

    first, second = (
        json.loads(sms.run("send", "--to", "18900189103", *MESSAGE, "--key", "sms-once").stdout) for _ in range(2)
    )

    assert (first["duplicate"], second["duplicate"]) == (False, True)
    assert first["message_id"] == second["message_id"]
    assert len(stack.received("18900189103")) == 1


def test_what_the_provider_refuses_is_3(stack: Stack) -> None:
    done = Command(stack).run("send", "--to", "18900189104", *MESSAGE, "--sign", "无此签名", code=3)

    assert json.loads(done.stdout)["code"] == "isv.SMS_SIGNATURE_ILLEGAL"


def test_an_unknown_outcome_is_4(stack: Stack) -> None:
    plan = {"plan": [{"fault": "reset_after"}]}
    requests.put(f"{stack.outputs.simulator_url}/_simulator/faults", json=plan, timeout=5).raise_for_status()

    done = Command(stack).run("send", "--to", "18900189105", *MESSAGE, code=4)

    assert json.loads(done.stdout)["status"] == "unknown"
