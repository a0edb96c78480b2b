"""What a stack may reach is the same at its three doors, and what is out of reach costs nothing and is not lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.message.incoming import message_id
from tests.functions.conftest import CODE, RequestDoor, moved_back
from tests.privacy import overheard
from tests.workbench.functions import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

    Load = Callable[..., Door]

MAINLAND, HONG_KONG = "13800138000", "+852 6123 4567"
DAILY = ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10")
A_DAY = 24 * 3600 + 60
HOME = "is in HK, which AllowedCountries does not name"
RULES = [  # what is set, to whom a message is, and why it is refused
    ({}, [MAINLAND, HONG_KONG], f"phone_numbers[1]: {HOME}"),
    ({"SMS_ALLOWED_COUNTRIES": "HK"}, [MAINLAND], "phone_numbers[0]: is in CN, which AllowedCountries does not name"),
    (
        {"SMS_ALLOWED_COUNTRIES": "*"},
        ["+44 9012345678"],
        "phone_numbers[0]: is in GB, but no mobile number (premium rate), and never sent to",
    ),
    (
        {"SMS_ALLOWED_COUNTRIES": "*"},
        ["+870 301234567"],
        "phone_numbers[0]: is under +870, which is no country, and never sent to",
    ),
    ({"SMS_ONLY_RECIPIENTS": "13900139000"}, [MAINLAND], "phone_numbers[0]: is none of OnlyRecipients"),
]
rules = pytest.mark.parametrize(("variables", "numbers", "reason"), RULES)


def request_of(numbers: list[str]) -> dict[str, Any]:
    event: dict[str, Any] = sample("request/one_number")
    event["body"] = json.dumps(CODE | {"phone_numbers": numbers})
    return event


def record_of(numbers: list[str], **fields: str) -> dict[str, Any]:
    event: dict[str, Any] = sample("queue/one_message")
    event["Records"][0]["body"] = json.dumps(CODE | {"phone_numbers": numbers} | fields)
    return event


@rules
def test_the_request_door_answers_400_for_a_number_out_of_reach_and_sends_nothing(
    load_door: Load, provider: Provider, variables: dict[str, str], numbers: list[str], reason: str
) -> None:
    reply = RequestDoor(load_door("send_on_request", **variables))(request_of(numbers))

    assert (reply.status, reply.document["result"]["category"]) == (400, "invalid")
    assert [f"{each['field']}: {each['reason']}" for each in reply.document["errors"]] == [reason]
    assert provider.requests == []


@rules
def test_at_the_queue_it_is_a_dead_letter_with_its_reason(
    load_door: Load,
    provider: Provider,
    dead_letter_queue: Queue,
    variables: dict[str, str],
    numbers: list[str],
    reason: str,
) -> None:
    answer = load_door("send_from_queue", **variables)(record_of(numbers))

    (letter,) = dead_letter_queue.letters()
    assert (answer, letter["attributes"]["reason"]) == ({"batchItemFailures": []}, reason)
    assert provider.requests == []


@rules
def test_so_it_is_at_the_schedule(
    load_door: Load,
    provider: Provider,
    dead_letter_queue: Queue,
    variables: dict[str, str],
    numbers: list[str],
    reason: str,
) -> None:
    answer = load_door("send_on_schedule", **variables)(CODE | {"phone_numbers": numbers})

    (letter,) = dead_letter_queue.letters()
    assert (answer["counts"], letter["attributes"]["reason"]) == ({"rejected": 1}, reason)
    assert provider.requests == []


def test_whom_a_stack_reaches_is_sent_to(load_door: Load, provider: Provider) -> None:
    door = RequestDoor(load_door("send_on_request", SMS_ALLOWED_COUNTRIES="CN,HK", SMS_ONLY_RECIPIENTS=HONG_KONG))

    assert door(request_of([HONG_KONG])).status == 200
    assert provider.numbers == ["85261234567"]


def test_a_request_to_more_recipients_than_one_may_have_is_refused(load_door: Load, provider: Provider) -> None:
    door = RequestDoor(load_door("send_on_request", SMS_MAX_RECIPIENTS="2"))
    numbers = [MAINLAND, "13900139000", "15000150000"]

    assert door(request_of(numbers[:2])).status == 200
    reply = door(request_of(numbers))
    assert (reply.status, reply.document["errors"]) == (
        400,
        [{"field": "phone_numbers", "reason": "has 3 numbers, at most 2, which MaxRecipientsPerRequest sets"}],
    )
    assert len(provider.requests) == 1


@pytest.mark.usefixtures("keeping")
def test_what_waited_and_is_out_of_reach_since_is_a_dead_letter_and_goes_out_once_it_is_in_reach_again(
    load_door: Load,
    provider: Provider,
    messages_queue: Queue,
    dead_letter_queue: Queue,
    settle: Callable[..., dict[str, int]],
) -> None:
    provider.answers(*DAILY)
    load_door("send_from_queue", SMS_ALLOWED_COUNTRIES="CN,HK")(record_of([HONG_KONG], idempotency_key="order-1"))
    settle(A_DAY, SMS_ALLOWED_COUNTRIES="CN")
    (waited,) = messages_queue.letters()

    narrow = load_door("send_from_queue", SMS_ALLOWED_COUNTRIES="CN")
    assert narrow(moved_back(waited)) == {"batchItemFailures": []}

    (letter,) = dead_letter_queue.letters()
    row = narrow.row(message_id("queue", "order-1"))
    assert letter["attributes"]["reason"] == f"phone_numbers[0]: {HOME}"
    assert (row.status, row.released, (row.result or {})["code"]) == ("rejected", True, "client:invalid-message")

    wide = load_door("send_from_queue", SMS_ALLOWED_COUNTRIES="CN,HK")
    assert wide(moved_back(letter)) == {"batchItemFailures": []}
    assert wide.row(message_id("queue", "order-1")).status == "accepted"
    assert len(provider.requests) == 2


@pytest.mark.usefixtures("keeping")
def test_what_is_out_of_reach_does_not_keep_waiting_what_was_throttled_with_it(
    load_door: Load, provider: Provider, messages_queue: Queue, settle: Callable[..., dict[str, int]]
) -> None:
    numbers = [number for place in range(20) for number in (f"+852 6123 45{place:02}", f"138001380{place:02}")]
    messages = [CODE | {"phone_numbers": [number], "idempotency_key": number} for number in numbers]
    provider.answers("Throttling.User", times=100)
    load_door("send_on_schedule", SMS_ALLOWED_COUNTRIES="CN,HK")({"messages": messages})
    provider.plan.clear()
    provider.requests.clear()

    counts = settle(120, SMS_ALLOWED_COUNTRIES="CN")

    assert counts.keys() == {"accepted", "queued"}
    assert len(messages_queue.letters()) == 40  # those that are sent at once are put back before
    assert [number for number in provider.numbers if number.startswith("852")] == []


def test_nothing_that_is_said_of_it_holds_a_number(load_door: Load, dead_letter_queue: Queue) -> None:
    load_door("send_from_queue", SMS_ONLY_RECIPIENTS="13900139000")(record_of([MAINLAND, HONG_KONG]))

    (line,) = [line for line in overheard.logged() if line["message"] == "outcome"]
    (letter,) = dead_letter_queue.letters()
    assert line["description"] == letter["attributes"]["reason"]
    assert line["description"] == f"phone_numbers[0]: is none of OnlyRecipients; phone_numbers[1]: {HOME}"
