"""What the deployed stack may reach by its defaults, as a caller of its API meets it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import enqueue, wait_until

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

MESSAGE = {"template_param": {"code": "1234"}}
ABROAD = "phone_numbers[1]: is in HK, which AllowedCountries does not name"


def test_a_request_to_another_country_or_to_very_many_is_told_the_setting_and_reaches_nobody(stack: Stack) -> None:
    many = [f"186{place:08d}" for place in range(101)]
    replies = [
        stack.post("/v1/messages", MESSAGE | {"phone_numbers": numbers})
        for numbers in ([many[0], "+852 6123 4567"], many)
    ]

    assert [reply.status_code for reply in replies] == [400, 400]
    told = [f"{each['field']}: {each['reason']}" for reply in replies for each in reply.json()["errors"]]
    assert told == [ABROAD, "phone_numbers: has 101 numbers, at most 100, which MaxRecipientsPerRequest sets"]
    assert stack.received(*many, "85261234567") == []


def test_the_queue_takes_more_numbers_but_goes_no_further(stack: Stack) -> None:
    many = [f"185{place:08d}" for place in range(101)]
    both = [many, ["18400000000", "+852 6123 4567"]]

    enqueue(stack, [json.dumps({"phone_numbers": numbers, "template_code": "SMS_200000003"}) for numbers in both])

    wait_until("all are sent to", lambda: len(stack.received(*many)) == len(many))
    wait_until("the other is refused", lambda: ABROAD in "".join(stack.log_lines("SendFromQueueFunction")))
    assert stack.received("18400000000", "85261234567") == []
