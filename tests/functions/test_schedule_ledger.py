"""The schedule door with a ledger: a run that comes again sends nothing twice, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.workbench.functions import KilledError, sample

if TYPE_CHECKING:
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
    first, second = (schedule_door(sample("schedule/several_messages")) for _ in range(2))

    assert second["counts"] == first["counts"] == {"accepted": 3}
    assert [result["duplicate"] for result in second["results"]] == [True] * 3
    assert len(provider.requests) == 3


def test_an_event_that_comes_again_is_sent_once(schedule_door: Door, provider: Provider) -> None:
    for _ in range(2):
        schedule_door(sample("alarm/state_change"))

    assert len(provider.requests) == 1


def test_a_run_that_was_killed_sends_the_rest_when_it_comes_again(schedule_door: Door, provider: Provider) -> None:
    provider.answers("OK")
    provider.breaks(KilledError())
    with pytest.raises(KilledError):
        schedule_door(sample("schedule/several_messages"))

    answer = schedule_door(sample("schedule/several_messages"))

    assert statuses(answer) == ["accepted", "sending", "accepted"]
    assert len(provider.requests) == 3


def test_an_unknown_outcome_is_left_to_settling(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.breaks(requests.ReadTimeout())

    answer = schedule_door(sample("schedule/several_messages"))

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


def test_where_nothing_was_sent_it_raises_and_the_next_try_sends(schedule_door: Door, provider: Provider) -> None:
    provider.answers("isv.AMOUNT_NOT_ENOUGH", times=3)
    with pytest.raises(schedule_door.module.NothingSentError):
        schedule_door(sample("schedule/several_messages"))

    assert schedule_door(sample("schedule/several_messages"))["counts"] == {"accepted": 3}


def test_a_list_of_which_a_part_waits_in_the_ledger_is_not_handed_to_the_failure_destination(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers(*DAILY)
    provider.answers("isv.AMOUNT_NOT_ENOUGH", times=2)

    answer = schedule_door(sample("schedule/several_messages"))

    assert statuses(answer) == ["queued", "rejected", "rejected"]
    assert [letter["attributes"]["code"] for letter in dead_letter_queue.letters()] == ["isv.AMOUNT_NOT_ENOUGH"] * 2


def test_a_list_of_which_a_part_is_still_being_sent_is_not_handed_to_the_failure_destination(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.breaks(KilledError())
    with pytest.raises(KilledError):
        schedule_door(sample("schedule/several_messages"))
    provider.answers("isv.AMOUNT_NOT_ENOUGH", times=2)

    assert statuses(schedule_door(sample("schedule/several_messages"))) == ["sending", "rejected", "rejected"]
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
