"""The schedule door: what is read from schedules and events, its default keys, and when it raises."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from aliyun_sms.message.incoming import message_id
from tests.functions.conftest import one_by_one
from tests.privacy import overheard
from tests.workbench.functions import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

SCHEDULE = "arn:aws-cn:scheduler:cn-north-1:123456789012:schedule/default/aliyun-sms-EXAMPLE"
RUN = f"{SCHEDULE}/2026-11-22T01:00:00Z"
REQUEST = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
EVENT = "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92"
NOTHING_SENT = ["Throttling.User", "isv.AMOUNT_NOT_ENOUGH"]
DEFAULT_KEYS = {
    "schedule/one_message": [REQUEST],
    "schedule/several_messages": [f"{RUN}/0", f"{RUN}/1", f"{RUN}/2"],
    "schedule/unsubstituted": [f"{REQUEST}/0", f"{REQUEST}/1"],
    "schedule/input": [RUN],
    "schedule/input_of_several_messages": [f"{RUN}/0", f"{RUN}/1"],
    "alarm/state_change": [EVENT],
    "alarm/state_change_to_two_teams": [f"{EVENT}/0", f"{EVENT}/1"],
    "alarm/state_change_without_envelope": [EVENT],
}


def keys(letters: list[dict[str, Any]]) -> set[str]:
    return {json.loads(letter["body"])["idempotency_key"] for letter in letters}


@pytest.mark.parametrize(("name", "expected"), DEFAULT_KEYS.items())
def test_a_message_without_key_gets_one_that_is_the_same_when_the_event_comes_again(
    schedule_door: Door, name: str, expected: list[str]
) -> None:
    answer = schedule_door(sample(name))

    assert [result["message_id"] for result in answer["results"]] == [message_id("schedule", key) for key in expected]


@pytest.mark.parametrize("field", ["schedule", "scheduled_time"])
@pytest.mark.parametrize("value", [None, "", 7, "<aws.scheduler.execution-id>"])
def test_a_run_that_is_not_named_in_full_gets_the_key_of_the_request(
    schedule_door: Door, field: str, value: object
) -> None:
    answer = schedule_door(sample("schedule/several_messages") | {field: value})

    assert answer["results"][0]["message_id"] == message_id("schedule", f"{REQUEST}/0")


@pytest.mark.parametrize("name", ["schedule/one_message", "schedule/several_messages", "schedule/one_bad_of_three"])
def test_an_input_may_be_json_or_the_text_of_it(schedule_door: Door, name: str) -> None:
    run = {"schedule": SCHEDULE, "scheduled_time": "2026-11-22T01:00:00Z"}

    as_json, as_text = (schedule_door({**run, "input": given(sample(name))}) for given in (dict, json.dumps))

    assert as_text == as_json
    assert as_json["results"][0]["message_id"] == message_id(
        "schedule", RUN if name.endswith("one_message") else f"{RUN}/0"
    )


def test_a_list_that_names_its_run_itself_keeps_its_keys_as_an_input(schedule_door: Door) -> None:
    given = json.dumps(sample("schedule/several_messages"))

    answer = schedule_door({"schedule": "another", "scheduled_time": "2026-11-23T01:00:00Z", "input": given})

    assert answer["results"][0]["message_id"] == message_id("schedule", f"{RUN}/0")


@pytest.mark.parametrize("number", ["1.50", "7"])
def test_a_number_of_an_input_is_read_as_lambda_reads_it(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue, number: str
) -> None:
    param = f'"template_param": {{"n": {number}}}'
    message = f'{{"phone_numbers": ["13800138000"], "template_code": "SMS_1", {param}}}'
    schedule_door({"input": message})
    schedule_door({"input": message.replace('"13800138000"', "13800138000")})

    (letter,) = dead_letter_queue.letters()
    assert json.loads(provider.requests[0]["TemplateParam"]) == {"n": str(json.loads(number))}
    assert json.loads(letter["body"])["phone_numbers"] == [13800138000]


def test_an_input_of_which_a_number_has_too_many_digits_is_told_of(schedule_door: Door, provider: Provider) -> None:
    answer = schedule_door({"input": '{"reference": ' + "9" * 5000 + "}"})

    assert answer["counts"] == {"rejected": 1}
    assert answer["results"][0]["description"].startswith("input: is not JSON")
    assert provider.requests == []


UNNAMED = [
    "schedule/one_message",
    "schedule/unsubstituted",
]


def warnings() -> list[str]:
    return [line["message"] for line in overheard.logged() if line["message"].startswith("what is delivered twice")]


@pytest.mark.parametrize("name", UNNAMED)
def test_an_input_whose_keys_are_others_when_it_comes_again_is_warned_of(schedule_door: Door, name: str) -> None:
    schedule_door(sample(name))

    assert len(warnings()) == 1


@pytest.mark.parametrize("name", sorted(DEFAULT_KEYS.keys() - UNNAMED - {"alarm/state_change_without_envelope"}))
def test_an_input_whose_keys_are_stable_is_not_warned_of(schedule_door: Door, name: str) -> None:
    schedule_door(sample(name))

    assert warnings() == []


def test_messages_that_name_their_keys_need_no_run(schedule_door: Door) -> None:
    schedule_door(sample("schedule/one_message") | {"idempotency_key": "once"})

    assert warnings() == []


def test_the_key_of_a_message_wins_over_the_default(schedule_door: Door) -> None:
    event = sample("schedule/several_messages")
    event["messages"][1]["idempotency_key"] = "order 1"

    answer = schedule_door(event)

    assert answer["results"][1]["message_id"] == message_id("schedule", "order 1")


def test_an_event_without_id_gets_the_key_of_the_request(schedule_door: Door) -> None:
    event = sample("alarm/state_change")
    del event["id"]

    assert schedule_door(event)["results"][0]["message_id"] == message_id("schedule", REQUEST)


def test_the_answer_has_a_result_for_each_message_in_its_order_and_counts_by_status(
    schedule_door: Door, provider: Provider
) -> None:
    provider.answers("OK")
    provider.answers("isp.SYSTEM_ERROR")

    answer = schedule_door(one_by_one(sample("schedule/several_messages")))

    assert [result["status"] for result in answer["results"]] == ["accepted", "unknown", "accepted"]
    assert answer["results"][2]["reference"] == "order A-1024"
    assert answer["counts"] == {"accepted": 2, "unknown": 1}


def test_the_answer_can_be_written_as_json(schedule_door: Door) -> None:
    answer = schedule_door(sample("schedule/one_bad_of_three"))

    assert json.loads(json.dumps(answer))["counts"] == {"accepted": 2, "rejected": 1}


def test_the_message_of_an_alarm_is_sent(schedule_door: Door, provider: Provider) -> None:
    schedule_door(sample("alarm/state_change"))

    assert provider.numbers == ["13800138000,13900139000"]
    assert json.loads(provider.requests[0]["TemplateParam"]) == {"alarm": "checkout-errors", "state": "ALARM"}


@pytest.mark.parametrize("code", NOTHING_SENT)
def test_where_nothing_was_sent_and_another_try_can_help_it_raises(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue, code: str
) -> None:
    provider.answers(code, times=9)

    with pytest.raises(schedule_door.module.NothingSentError, match=f"^{code}$"):
        schedule_door(sample("schedule/several_messages"))

    assert dead_letter_queue.letters() == []


@pytest.mark.parametrize("code", NOTHING_SENT)
@pytest.mark.parametrize("sent", ["OK", "isp.SYSTEM_ERROR"])
def test_where_something_may_have_been_sent_the_rest_goes_to_the_dead_letter_queue(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue, code: str, sent: str
) -> None:
    attempts = 2 if code == "Throttling.User" else 1  # at once
    for answered, times in ((code, attempts), (sent, 1), (code, attempts)):
        provider.answers(answered, times=times)

    schedule_door(one_by_one(sample("schedule/several_messages")))

    assert {f"{RUN}/0", f"{RUN}/2"} <= keys(dead_letter_queue.letters())


@pytest.mark.parametrize("code", ["isv.MOBILE_NUMBER_ILLEGAL", "isp.SYSTEM_ERROR"])
def test_what_another_try_cannot_help_goes_to_the_dead_letter_queue(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue, code: str
) -> None:
    provider.answers(code, "13800138000 invalid")

    answer = schedule_door(sample("schedule/one_message"))

    (letter,) = dead_letter_queue.letters()
    assert letter["attributes"]["code"] == code
    assert letter["attributes"]["message_id"] == answer["results"][0]["message_id"]
    assert "138" not in letter["attributes"]["reason"]


def test_an_unknown_outcome_never_raises(schedule_door: Door, provider: Provider) -> None:
    for _ in range(3):
        provider.breaks(requests.ReadTimeout())

    assert schedule_door(sample("schedule/several_messages"))["counts"] == {"unknown": 3}


def test_a_bad_message_does_not_stop_its_neighbours(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    schedule_door(sample("schedule/one_bad_of_three"))

    assert sorted(provider.numbers) == ["13800138000", "13900139000"]
    assert keys(dead_letter_queue.letters()) == {f"{RUN}/1"}


def test_where_the_dead_letter_queue_fails_and_nothing_was_sent_it_raises_since_the_message_would_be_lost(
    schedule_door: Door, dead_letter_queue: Queue
) -> None:
    dead_letter_queue.delete()

    with pytest.raises(schedule_door.module.NothingSentError, match="client:invalid-message"):
        schedule_door(sample("schedule/a_string"))


def test_where_the_dead_letter_queue_fails_after_a_message_was_sent_it_does_not_raise_but_logs(
    schedule_door: Door, dead_letter_queue: Queue
) -> None:
    dead_letter_queue.delete()

    answer = schedule_door(sample("schedule/one_bad_of_three"))

    line = overheard.logged()[-1]
    assert answer["counts"] == {"accepted": 2, "rejected": 1}
    assert (line["level"], line["message"]) == ("ERROR", "dead-letter queue failed")
    assert line["message_id"] == message_id("schedule", f"{RUN}/1")


def test_without_a_ledger_what_there_is_no_time_for_goes_to_the_dead_letter_queue_once_something_was_sent(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue, answers_take: Callable[[Door, float], None]
) -> None:
    answers_take(schedule_door, 47.5)

    answer = schedule_door(one_by_one(sample("schedule/several_messages")))

    assert [result["code"] for result in answer["results"]] == ["OK", "client:out-of-time", "client:out-of-time"]
    assert provider.numbers == ["13900139000"]
    assert keys(dead_letter_queue.letters()) == {f"{RUN}/1", f"{RUN}/2"}


def test_messages_travel_together_as_at_the_queue(schedule_door: Door, provider: Provider) -> None:
    schedule_door(sample("schedule/several_messages"))

    assert sorted(map(sorted, provider.recipients)) == [["13800138000", "15000150000"], ["13900139000"]]


def test_without_a_ledger_a_list_that_there_is_no_time_for_is_not_begun(
    schedule_door: Door, provider: Provider
) -> None:
    schedule_door.context.seconds = 12

    with pytest.raises(schedule_door.module.NothingSentError, match=r"^client:out-of-time$"):
        schedule_door(sample("schedule/several_messages"))

    assert provider.requests == []


@pytest.mark.parametrize(("more", "sent"), [(0, True), (1, False)])
def test_the_most_messages_of_an_input_are_sent_and_one_more_is_told_of_in_one_letter(
    schedule_door: Door,
    provider: Provider,
    dead_letter_queue: Queue,
    more: int,
    sent: bool,  # noqa: FBT001 - what becomes of it
) -> None:
    many = schedule_door.module.MOST_MESSAGES + more
    messages = [{"phone_numbers": f"138{place:08}", "template_code": "SMS_200000003"} for place in range(many)]

    answer = schedule_door({"messages": messages})

    letters = dead_letter_queue.letters()
    assert sum(map(len, provider.recipients)) == (many if sent else 0)
    assert answer["counts"] == ({"accepted": many} if sent else {"rejected": 1})
    reasons = [letter["attributes"]["reason"] for letter in letters]
    assert reasons == ([] if sent else [f"messages: has {many} messages, at most {many - 1}"])


def test_without_time_for_the_dead_letter_queue_it_answers_rather_than_be_killed_and_send_all_again(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue, answers_take: Callable[[Door, float], None]
) -> None:
    answers_take(schedule_door, 55)
    provider.answers("isp.SYSTEM_ERROR")

    answer = schedule_door(sample("schedule/one_message"))

    assert answer["counts"] == {"unknown": 1}
    assert dead_letter_queue.letters() == []
    assert overheard.logged()[-1]["error"] == "TimeoutError"
