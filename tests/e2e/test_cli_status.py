"""`sms status` against the deployed stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.command import Command

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

SEND = ("send", "--template", "SMS_154950909", "--param", "code=739164", "--json")


@pytest.mark.parametrize(("door", "number"), [("request", "18900189111"), ("queue", "18900189112")])
def test_a_message_is_found_by_its_id_and_by_its_key_with_its_log(stack: Stack, door: str, number: str) -> None:
    sms, key = Command(stack), f"status-{door}"
    sent = json.loads(sms.run(*SEND, "--to", number, "--key", key, "--door", door, "--wait").stdout)

    by_id = json.loads(sms.run("status", sent["message_id"], "--log", "--json").stdout)
    by_key = json.loads(sms.run("status", "--key", key, "--door", door, "--log", "--json").stdout)

    assert (by_id["status"], by_id["door"], by_key["status"]) == ("accepted", door, "accepted")
    assert by_id["log"] == by_key["log"]
    assert [line["message"] for line in by_id["log"]] == ["outcome"]


def test_a_message_of_another_door_is_not_the_callers(stack: Stack) -> None:
    done = Command(stack).run("status", "--key", "status-nobody", code=1)

    assert "under this key" in done.stderr
