"""Many messages in the queue of the deployed stack: each arrives once, in few calls of the provider."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import enqueue, wait_until

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

IDENTICAL = [f"188{place:08d}" for place in range(300)]
PERSONALISED = {f"187{place:08d}": f"{place}号" for place in range(100)}  # names by number


def is_empty(stack: Stack) -> bool:
    """Whether nothing is in the queue, nor with a function."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = stack.client("sqs").get_queue_attributes(QueueUrl=stack.outputs.queue_url, AttributeNames=names)
    return {answer["Attributes"][name] for name in names} == {"0"}


def test_many_messages_arrive_each_once_in_few_calls(stack: Stack) -> None:
    alike = [{"phone_numbers": [number], "template_code": "SMS_200000003"} for number in IDENTICAL]
    named = [
        {
            "phone_numbers": [number],
            "template_code": "SMS_200000001",
            "template_param": {"name": name, "order": "7"},
        }
        for number, name in PERSONALISED.items()
    ]
    numbers = {*IDENTICAL, *PERSONALISED}

    enqueue(stack, [json.dumps(message) for message in alike + named])

    wait_until("the queue is empty", lambda: len(stack.received(*numbers)) >= len(numbers) and is_empty(stack))
    received = stack.received(*numbers)
    assert Counter(message["phone_number"] for message in received) == dict.fromkeys(numbers, 1)
    contents = {message["phone_number"]: message["content"] for message in received}
    assert all(name in contents[number] for number, name in PERSONALISED.items())
    assert len({message["request_id"] for message in received}) <= len(numbers) / 10
