"""`sms lookup` against the deployed stack: the provider is asked by the function, and a send leads to its message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.command import Command

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

NUMBER = "18900189131"
SEND = ("send", "--to", NUMBER, "--template", "SMS_154950909", "--param", "code=739164", "--json")


def test_a_send_in_the_providers_records_is_the_message_that_was_sent(stack: Stack) -> None:
    sms = Command(stack)
    sent = json.loads(sms.run(*SEND).stdout)

    done = sms.run("lookup", f"+86{NUMBER}", "--json")

    [send] = json.loads(done.stdout)["sends"]
    assert (send["message_ids"], send["status"]) == ([sent["message_id"]], "accepted")
    assert (send["state"], send["of_this_stack"]) == ("delivered", True)
    assert not [text for text in (NUMBER, "739164") if text in done.stdout + done.stderr]


def test_messages_that_went_together_are_all_told(stack: Stack) -> None:
    sms = Command(stack)
    numbers = [f"1890018914{place}" for place in range(2)]
    messages = [{"phone_numbers": [number], "template_param": {"code": "739164"}} for number in numbers]
    function = stack.outputs.functions["SendOnScheduleFunction"]
    answer = stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"messages": messages}))
    ids = {result["message_id"] for result in json.loads(answer["Payload"].read())["results"]}

    [send] = json.loads(sms.run("lookup", numbers[0], "--json").stdout)["sends"]

    assert set(send["message_ids"]) == ids


def test_a_number_that_is_none_is_refused_by_the_function(stack: Stack) -> None:
    done = Command(stack).run("lookup", "1890018913", code=2)

    assert "phone_number: is neither a mainland mobile number" in done.stderr
