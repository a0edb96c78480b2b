"""The schedule door with a ledger: a run that comes again sends nothing twice, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests

from tests.functions.conftest import moved_back, one_by_one
from tests.workbench.functions import KilledError, sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

DAILY = ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10")


@pytest.fixture(autouse=True)
def _ledger(keeping: None) -> None:
    """Before the door is loaded."""


def statuses(answer: dict[str, Any]) -> list[str]:
    return [result["status"] for result in answer["results"]]


def test_a_run_that_comes_again_is_answered_as_the_first_and_sent_once(schedule_door: Door, provider: Provider) -> None:
    first, second = (schedule_door(one_by_one(sample("schedule/several_messages"))) for _ in range(2))

    assert second["counts"] == first["counts"] == {"accepted": 3}
    assert [result["duplicate"] for result in second["results"]] == [True] * 3
    assert len(provider.requests) == 3


def test_an_event_that_comes_again_is_sent_once(schedule_door: Door, provider: Provider) -> None:
    for _ in range(2):
        schedule_door(sample("alarm/state_change"))

    assert len(provider.requests) == 1


def test_of_a_run_that_was_killed_nothing_is_sent_twice_when_it_comes_again(
    schedule_door: Door, provider: Provider
) -> None:
    provider.answers("OK")
    provider.breaks(KilledError())
    with pytest.raises(KilledError):
        schedule_door(one_by_one(sample("schedule/several_messages")))
    called = len(provider.requests)

    answer = schedule_door(one_by_one(sample("schedule/several_messages")))

    assert statuses(answer) == ["sending"] * 3  # until settling finds out, which takes two minutes
    assert len(provider.requests) == called


def test_an_unknown_outcome_is_left_to_settling(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.breaks(requests.ReadTimeout())

    answer = schedule_door(one_by_one(sample("schedule/several_messages")))

    assert statuses(answer) == ["unknown", "accepted", "accepted"]
    assert dead_letter_queue.letters() == []
    assert schedule_door.row(answer["results"][0]["message_id"]).status == "unknown"


def test_a_throttled_message_waits_in_the_ledger(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers(*DAILY)

    answer = schedule_door(sample("schedule/one_message"))

    assert answer["counts"] == {"queued": 1}
    assert dead_letter_queue.letters() == []
    assert schedule_door.row(answer["results"][0]["message_id"]).due_at is not None


@pytest.mark.parametrize("code", ["Throttling.User", "client:out-of-time"])
def test_what_was_not_sent_goes_through_the_queue_under_its_key_and_never_to_a_dead_letter(
    schedule_door: Door,
    provider: Provider,
    load_door: Callable[..., Door],
    messages_queue: Queue,
    dead_letter_queue: Queue,
    settle: Callable[..., dict[str, int]],
    code: str,
) -> None:
    if code == "client:out-of-time":
        schedule_door.context.seconds = 12
    else:
        provider.answers(code, times=6)
    event = sample("schedule/several_messages")
    answer = schedule_door(event)
    assert (answer["counts"], {each["code"] for each in answer["results"]}) == ({"queued": 3}, {code})
    provider.requests.clear()
    provider.plan.clear()
    assert schedule_door(event)["counts"] == {"queued": 3}

    assert sum(settle(120).values()) == 3  # of those that were throttled the first of each page is sent at once
    queue_door = load_door("send_from_queue")
    for letter in messages_queue.letters():
        assert queue_door(moved_back(letter)) == {"batchItemFailures": []}

    assert schedule_door(event)["counts"] == {"accepted": 3}
    assert sorted(number for call in provider.recipients for number in call) == [
        "13800138000",
        "13900139000",
        "15000150000",
    ]
    assert dead_letter_queue.letters() == []


def test_a_message_that_expires_before_it_can_go_through_the_queue_is_expired(
    schedule_door: Door, provider: Provider
) -> None:
    schedule_door.context.seconds = 12
    soon = (datetime.now(UTC) + timedelta(seconds=3)).isoformat()

    answer = schedule_door(sample("schedule/one_message") | {"expires_at": soon})

    assert answer["counts"] == {"expired": 1}
    assert schedule_door.row(answer["results"][0]["message_id"]).status == "expired"
    assert provider.requests == []


def test_another_message_under_the_key_of_one_that_waits_is_told_of(
    schedule_door: Door, dead_letter_queue: Queue
) -> None:
    schedule_door.context.seconds = 12
    message = sample("schedule/one_message") | {"idempotency_key": "once"}
    other = message | {"phone_numbers": ["13700137000"]}

    answer = schedule_door({"messages": [message, message, other]})

    assert statuses(answer) == ["queued", "queued", "rejected"]
    (letter,) = dead_letter_queue.letters()
    assert letter["attributes"]["code"] == "client:key-conflict"


def test_without_the_table_nothing_waits_and_the_run_comes_again(
    schedule_door: Door, provider: Provider, messages_table: str
) -> None:
    boto3.client("dynamodb").delete_table(TableName=messages_table)

    with pytest.raises(schedule_door.module.NothingSentError, match=r"^client:policy-unavailable$"):
        schedule_door(sample("schedule/several_messages"))

    assert provider.requests == []


def test_where_nothing_was_sent_it_raises_and_the_next_try_sends(schedule_door: Door, provider: Provider) -> None:
    provider.answers("isv.AMOUNT_NOT_ENOUGH", times=3)
    with pytest.raises(schedule_door.module.NothingSentError):
        schedule_door(one_by_one(sample("schedule/several_messages")))

    assert schedule_door(one_by_one(sample("schedule/several_messages")))["counts"] == {"accepted": 3}


def test_a_list_of_which_a_part_waits_in_the_ledger_is_not_handed_to_the_failure_destination(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers(*DAILY)
    provider.answers("isv.AMOUNT_NOT_ENOUGH", times=2)

    answer = schedule_door(one_by_one(sample("schedule/several_messages")))

    assert statuses(answer) == ["queued", "rejected", "rejected"]
    assert [letter["attributes"]["code"] for letter in dead_letter_queue.letters()] == ["isv.AMOUNT_NOT_ENOUGH"] * 2


def test_a_list_of_which_a_part_is_still_being_sent_is_not_handed_to_the_failure_destination(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    event = one_by_one(sample("schedule/several_messages"))
    provider.breaks(KilledError())
    with pytest.raises(KilledError):
        schedule_door(event | {"messages": event["messages"][:1]})
    provider.answers("isv.AMOUNT_NOT_ENOUGH", times=2)

    assert statuses(schedule_door(event)) == [
        "sending",
        "rejected",
        "rejected",
    ]
    assert len(dead_letter_queue.letters()) == 2


def test_another_message_under_the_same_key_goes_to_the_dead_letter_queue(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    message = sample("schedule/one_message") | {"idempotency_key": "once"}
    schedule_door(message)

    schedule_door(message | {"phone_numbers": ["13700137000"]})

    (letter,) = dead_letter_queue.letters()
    assert letter["attributes"]["code"] == "client:key-conflict"
    assert len(provider.requests) == 1
