"""The queue door: which records come again, which go to the dead-letter queue, and that neighbours do not matter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from aliyun_sms.message.incoming import message_id
from tests.privacy import overheard
from tests.workbench.functions import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

FIRST, SECOND, THIRD = (record["messageId"] for record in sample("queue/three_messages")["Records"])
NOTHING_SENT = [  # the provider's code and HTTP status, and how often it is called at once
    ("isv.BUSINESS_LIMIT_CONTROL", 200, 1),
    ("Throttling.User", 400, 2),  # the third time the provider is not asked
    ("isv.AMOUNT_NOT_ENOUGH", 200, 1),
    ("SignatureDoesNotMatch", 400, 1),
]
REFUSED = [("isv.MOBILE_NUMBER_ILLEGAL", 200), ("isv.SMS_CONTENT_ILLEGAL", 200)]
UNKNOWN = [("isp.SYSTEM_ERROR", 200), ("ServiceUnavailable", 503), ("isv.NEVER_HEARD_OF", 200)]


def again(answer: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_what_is_accepted_leaves_the_queue(queue_door: Door, provider: Provider, dead_letter_queue: Queue) -> None:
    answer = queue_door(sample("queue/three_messages"))

    assert answer == {"batchItemFailures": []}
    assert provider.numbers == ["13800138000", "13900139000", "15000150000"]
    assert dead_letter_queue.letters() == []


@pytest.mark.parametrize(("code", "status", "attempts"), NOTHING_SENT)
def test_what_was_certainly_not_sent_comes_again_alone(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, code: str, status: int, attempts: int
) -> None:
    provider.answers("OK")
    provider.answers(code, status=status, times=attempts)

    answer = queue_door(sample("queue/three_messages"))

    assert again(answer) == [SECOND]
    assert len(provider.requests) == 2 + attempts
    assert dead_letter_queue.letters() == []


def test_what_found_no_connection_comes_again(queue_door: Door, provider: Provider, dead_letter_queue: Queue) -> None:
    provider.breaks(requests.ConnectTimeout(), times=3)

    assert again(queue_door(sample("queue/three_messages"))) == [FIRST]
    assert dead_letter_queue.letters() == []


@pytest.mark.parametrize(("code", "status"), REFUSED + UNKNOWN)
def test_what_is_refused_or_unknown_goes_to_the_dead_letter_queue_and_never_back(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, code: str, status: int
) -> None:
    provider.answers(code, "13800138000 739164", status=status)

    answer = queue_door(sample("queue/three_messages"))

    (letter,) = dead_letter_queue.letters()
    assert again(answer) == []
    assert letter["attributes"]["code"] == code
    assert letter["attributes"]["message_id"] == message_id("queue", FIRST)


@pytest.mark.parametrize("error", [requests.ReadTimeout(), requests.ConnectionError()])
def test_what_broke_on_the_wire_goes_to_the_dead_letter_queue_and_never_back(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, error: Exception
) -> None:
    provider.breaks(error)

    assert again(queue_door(sample("queue/one_message"))) == []
    assert len(dead_letter_queue.letters()) == 1


def test_a_dead_letter_is_the_message_with_its_resolved_key(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers("isp.SYSTEM_ERROR")
    event = sample("queue/one_message")

    queue_door(event)

    (letter,) = dead_letter_queue.letters()
    assert json.loads(letter["body"]) == json.loads(event["Records"][0]["body"]) | {"idempotency_key": FIRST}


def test_a_dead_letter_keeps_the_key_that_it_came_with(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers("isp.SYSTEM_ERROR")

    queue_door(sample("queue/with_key"))

    (letter,) = dead_letter_queue.letters()
    assert json.loads(letter["body"])["idempotency_key"] == "order A-1024"
    assert letter["attributes"]["message_id"] == message_id("queue", "order A-1024")


def test_a_dead_letter_is_what_the_producer_sent_and_what_is_no_key_stays_none(
    queue_door: Door, dead_letter_queue: Queue
) -> None:
    event = sample("queue/one_message")
    event["Records"][0]["body"] = '{"phone_numbers": ["13800138000", 13900139000], "idempotency_key": 5}'

    queue_door(event)

    (letter,) = dead_letter_queue.letters()
    assert letter["body"] == event["Records"][0]["body"]
    assert letter["attributes"]["message_id"] == message_id("queue", FIRST)


def test_a_number_in_a_dead_letter_stays_one(queue_door: Door, dead_letter_queue: Queue) -> None:
    event = sample("queue/one_message")
    event["Records"][0]["body"] = '{"phone_numbers": [13900139000], "template_param": {"price": 1.50}}'

    queue_door(event)

    (letter,) = dead_letter_queue.letters()
    key = f'{{"idempotency_key": "{FIRST}", '
    assert letter["body"] == key + event["Records"][0]["body"][1:]


def test_a_dead_letter_sent_again_has_the_message_id_of_the_first_time(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers("isp.SYSTEM_ERROR")
    event = sample("queue/one_message")
    queue_door(event)
    (letter,) = dead_letter_queue.letters()
    event["Records"][0] |= {"messageId": "another", "body": letter["body"]}

    queue_door(event)

    first, second = provider.requests
    assert overheard.logged()[-1]["message_id"] == letter["attributes"]["message_id"]
    assert first["TemplateParam"] == second["TemplateParam"]


def test_a_body_that_cannot_be_read_goes_to_the_dead_letter_queue_as_it_came(
    queue_door: Door, dead_letter_queue: Queue
) -> None:
    event = sample("queue/not_json")

    queue_door(event)

    (letter,) = dead_letter_queue.letters()
    assert letter["body"] == event["Records"][0]["body"]


@pytest.mark.parametrize("code", [code for code, _ in REFUSED + UNKNOWN])
def test_the_attributes_of_a_dead_letter_hold_no_number_and_no_value(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, code: str
) -> None:
    provider.answers(code, "13800138000: 739164 is not allowed")

    queue_door(sample("queue/one_message"))

    (letter,) = dead_letter_queue.letters()
    assert letter["attributes"].keys() == {"code", "status", "category", "message_id", "reason"}
    assert "138" not in letter["attributes"]["reason"]
    assert "739164" not in letter["attributes"]["reason"]


@pytest.mark.parametrize("name", ["queue/one_bad_of_three", "queue/half_a_character_in_the_key"])
def test_a_bad_record_does_not_stop_its_neighbours(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, name: str
) -> None:
    answer = queue_door(sample(name))

    assert again(answer) == []
    assert provider.numbers == ["13800138000", "15000150000"]
    assert len(dead_letter_queue.letters()) == 1


def test_the_category_decides_for_each_record_of_a_batch(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers("isp.SYSTEM_ERROR")
    provider.answers("Throttling.User", times=2)
    provider.answers("isv.MOBILE_NUMBER_ILLEGAL")

    answer = queue_door(sample("queue/three_messages"))

    codes = {letter["attributes"]["code"] for letter in dead_letter_queue.letters()}
    assert again(answer) == [SECOND]
    assert codes == {"isp.SYSTEM_ERROR", "isv.MOBILE_NUMBER_ILLEGAL"}


def test_where_the_dead_letter_queue_fails_a_refused_message_comes_again(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    dead_letter_queue.delete()
    provider.answers("OK")
    provider.answers("isv.MOBILE_NUMBER_ILLEGAL")

    assert again(queue_door(sample("queue/three_messages"))) == [SECOND]


def test_where_the_dead_letter_queue_fails_a_body_that_cannot_be_read_comes_again(
    queue_door: Door, dead_letter_queue: Queue
) -> None:
    dead_letter_queue.delete()

    assert again(queue_door(sample("queue/not_json"))) == [FIRST]


def test_where_the_dead_letter_queue_fails_what_is_unknown_never_comes_again_and_is_logged(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    dead_letter_queue.delete()
    provider.answers("isp.SYSTEM_ERROR")

    answer = queue_door(sample("queue/one_message"))

    line = overheard.logged()[-1]
    assert again(answer) == []
    assert (line["level"], line["message"]) == ("ERROR", "dead-letter queue failed")
    assert (line["message_id"], line["code"]) == (message_id("queue", FIRST), "isp.SYSTEM_ERROR")


def test_a_dead_letter_queue_that_does_not_exist_on_the_network_does_not_bring_back_what_was_sent(
    queue_door: Door, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "not a url")  # boto3 says ValueError, which is none of its own errors
    provider.answers("OK")
    provider.answers("isv.MOBILE_NUMBER_ILLEGAL")

    assert again(queue_door(sample("queue/three_messages"))) == [SECOND]


def test_what_there_is_no_time_for_comes_again_unsent(
    queue_door: Door, provider: Provider, answers_take: Callable[[Door, float], None]
) -> None:
    answers_take(queue_door, 30)

    answer = queue_door(sample("queue/three_messages"))

    assert provider.numbers == ["13800138000", "13900139000"]
    assert again(answer) == [THIRD]


def test_a_record_that_comes_again_for_want_of_time_is_logged(
    queue_door: Door, answers_take: Callable[[Door, float], None]
) -> None:
    answers_take(queue_door, 60)

    queue_door(sample("queue/three_messages"))

    logged = [line for line in overheard.logged() if line.get("code") == "client:out-of-time"]
    assert [line["message_ids"] for line in logged] == [[message_id("queue", key) for key in (SECOND, THIRD)]]


def test_a_bad_record_without_time_left_comes_again_too(
    queue_door: Door, dead_letter_queue: Queue, answers_take: Callable[[Door, float], None]
) -> None:
    answers_take(queue_door, 50)

    answer = queue_door(sample("queue/one_bad_of_three"))

    assert again(answer) == [SECOND, THIRD]
    assert dead_letter_queue.letters() == []


def test_numbers_in_values_keep_their_text(queue_door: Door, provider: Provider) -> None:
    event = sample("queue/one_message")
    event["Records"][0]["body"] = event["Records"][0]["body"].replace('"739164"', "1.50")

    queue_door(event)

    assert json.loads(provider.requests[0]["TemplateParam"]) == {"code": "1.50"}
