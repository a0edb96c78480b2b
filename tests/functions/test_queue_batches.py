"""The queue door with many records: they travel together, and each record still has its own result."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests

from aliyun_sms import threads
from aliyun_sms.message.incoming import message_id
from tests.functions.conftest import CODE
from tests.privacy import overheard
from tests.workbench.functions import KilledError, sample
from tests.workbench.wire_provider import Answer, Provider

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door
    from tests.workbench.queue import Queue

with_ledger = pytest.mark.usefixtures("keeping")
BAD_NUMBER = Answer("isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_NUMBER_ILLEGAL")
DAILY = Answer("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10")


def number(place: int) -> str:
    return f"138{place:08}"


def numbers(many: int) -> list[str]:
    return [number(place) for place in range(many)]


def personal(place: int) -> dict[str, Any]:
    return {"template_param": {"code": "739164", "name": f"王小明 {place}"}}


def batch(many: int, each: Callable[[int], dict[str, Any]] = lambda _: {}) -> dict[str, Any]:
    """An event with as many records, to as many numbers."""
    event: dict[str, Any] = sample("queue/one_message")
    (record,) = event["Records"]
    bodies = [CODE | {"phone_numbers": [number(place)]} | each(place) for place in range(many)]
    event["Records"] = [
        {**record, "messageId": f"record {place}", "body": json.dumps(body, ensure_ascii=False)}
        for place, body in enumerate(bodies)
    ]
    return event


def ids(*places: int) -> list[str]:
    return [message_id("queue", f"record {place}") for place in places]


def again(answer: dict[str, Any]) -> list[int]:
    return [int(failure["itemIdentifier"].removeprefix("record ")) for failure in answer["batchItemFailures"]]


def outcomes() -> list[dict[str, Any]]:
    return [line for line in overheard.logged() if line["message"] == "outcome"]


@pytest.fixture
def table_calls(request: pytest.FixtureRequest) -> Counter[str]:
    """How often the door calls which operation of its table."""
    door: Door = request.getfixturevalue("queue_door")
    calls: Counter[str] = Counter()
    dynamodb = door.module.sender.ledger.table._dynamodb()  # noqa: SLF001 - the client that the function itself uses
    dynamodb.meta.events.register("before-call.dynamodb.*", lambda model, **_: calls.update([model.name]))
    return calls


@with_ledger
def test_messages_that_are_alike_travel_in_one_call(queue_door: Door, provider: Provider) -> None:
    assert again(queue_door(batch(120))) == []

    (request,) = provider.requests
    assert (request["Action"], request["PhoneNumbers"].split(",")) == ("SendSms", numbers(120))
    assert {queue_door.row(each).status for each in ids(0, 98, 99, 119)} == {"accepted"}


@with_ledger
def test_messages_with_values_of_their_own_travel_in_batches(queue_door: Door, provider: Provider) -> None:
    assert again(queue_door(batch(110, personal))) == []

    assert [request["Action"] for request in provider.requests] == ["SendBatchSms"] * 2
    assert provider.recipients == [numbers(110)[:100], numbers(110)[100:]]
    params = [param for request in provider.requests for param in json.loads(request["TemplateParamJson"])]
    assert params == [personal(place)["template_param"] for place in range(110)]
    signs = [sign for request in provider.requests for sign in json.loads(request["SignNameJson"])]
    assert signs == ["阿里云短信测试"] * 110


@with_ledger
@pytest.mark.parametrize(
    ("code", "status", "attempts", "back"),
    [
        ("OK", 200, 1, []),
        ("Throttling.User", 400, 2, [0, 1, 2, 3]),
        ("isv.AMOUNT_NOT_ENOUGH", 200, 1, [0, 1, 2, 3]),
        ("isp.SYSTEM_ERROR", 200, 1, []),
        ("ServiceUnavailable", 503, 1, []),
        ("isv.BUSINESS_LIMIT_CONTROL", 200, 1, []),
    ],
)
def test_what_is_said_of_all_decides_for_each_record(
    queue_door: Door,
    provider: Provider,
    dead_letter_queue: Queue,
    code: str,
    status: int,
    attempts: int,
    back: list[int],
) -> None:
    provider.answers(code, status=status, times=attempts)

    assert again(queue_door(batch(4))) == back
    assert len(provider.requests) == attempts
    assert dead_letter_queue.letters() == []


@with_ledger
def test_the_one_that_is_refused_goes_to_the_dead_letter_queue_and_its_neighbours_are_sent(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.refuses[number(7)] = BAD_NUMBER

    assert again(queue_door(batch(20))) == []

    (letter,) = dead_letter_queue.letters()
    assert (letter["attributes"]["code"], letter["attributes"]["message_id"]) == (BAD_NUMBER.code, *ids(7))
    assert json.loads(letter["body"])["phone_numbers"] == [number(7)]
    sent = [each for call in provider.recipients if number(7) not in call for each in call]
    assert sorted(sent) == [each for each in numbers(20) if each != number(7)]


@pytest.mark.parametrize(("code", "letters"), [("isp.SYSTEM_ERROR", 4), ("isv.AMOUNT_NOT_ENOUGH", 0)])
def test_without_a_ledger_each_record_of_an_unknown_outcome_goes_to_the_dead_letter_queue(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, code: str, letters: int
) -> None:
    provider.answers(code)

    assert len(again(queue_door(batch(4)))) == 4 - letters
    assert len(provider.requests) == 1
    assert sorted(letter["attributes"]["message_id"] for letter in dead_letter_queue.letters()) == sorted(
        ids(*range(letters))
    )


@with_ledger
@pytest.mark.parametrize("fault", [{"phone_numbers": ["12"]}, {"text": "x"}, {"template_param": {"code": None}}])
def test_an_invalid_message_never_reaches_a_merged_call(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, fault: dict[str, Any]
) -> None:
    assert again(queue_door(batch(100, lambda place: fault if place == 40 else {}))) == []

    assert provider.recipients == [[each for each in numbers(100) if each != number(40)]]
    assert [letter["attributes"]["message_id"] for letter in dead_letter_queue.letters()] == ids(40)


def test_an_urgent_message_goes_first_and_alone(queue_door: Door, provider: Provider) -> None:
    queue_door(batch(500, lambda place: {"urgent": True} if place == 321 else personal(place)))

    assert provider.recipients[0] == [number(321)]
    assert [len(call) for call in provider.recipients[1:]] == [100, 100, 100, 100, 99]


@with_ledger
@pytest.mark.parametrize("each", [lambda _: {}, personal], ids=["alike", "personal"])
def test_to_claim_and_record_a_hundred_costs_ten_calls_of_the_table_at_most(
    queue_door: Door, table_calls: Counter[str], each: Callable[[int], dict[str, Any]]
) -> None:
    queue_door(batch(100, each))

    assert 2 <= table_calls.total() <= 10


@with_ledger
def test_a_batch_of_an_unknown_outcome_is_left_to_settling_and_not_sent_again(
    queue_door: Door, provider: Provider
) -> None:
    provider.breaks(requests.ReadTimeout())
    event = batch(40)

    assert [again(queue_door(event)) for _ in range(2)] == [[], []]
    assert len(provider.requests) == 1


@with_ledger
@pytest.mark.parametrize("each", [lambda _: {}, personal], ids=["SendSms", "SendBatchSms"])
def test_the_identical_request_is_the_same_to_the_byte(
    queue_door: Door,
    provider: Provider,
    settle: Callable[..., dict[str, int]],
    each: Callable[[int], dict[str, Any]],
) -> None:
    provider.breaks(requests.ReadTimeout())
    queue_door(batch(20, each))

    assert settle(125) == {"accepted": 20}
    first, second = provider.requests
    assert first == second
    assert "Signature" in first


@with_ledger
@pytest.mark.parametrize("name", ["f" * 3000, "f" * 31, "f" * 33, "F" * 32, "f" * 32 + "\n", "\ud83d", "", " "])
def test_a_message_id_beside_a_record_that_is_none_is_passed_over(
    queue_door: Door, provider: Provider, table_calls: Counter[str], name: str
) -> None:
    event = batch(2)
    event["Records"][0]["messageAttributes"] = {"message_id": {"stringValue": name, "dataType": "String"}}

    assert again(queue_door(event)) == []
    assert provider.recipients == [numbers(2)]
    assert table_calls == {"UpdateItem": 1, "GetItem": 2, "PutItem": 1, "TransactWriteItems": 2}  # none for the name
    assert {queue_door.row(each).status for each in ids(0, 1)} == {"accepted"}


@with_ledger
def test_the_limited_one_of_many_waits_and_its_neighbours_are_sent(
    queue_door: Door, provider: Provider, messages_queue: Queue, settle: Callable[..., dict[str, int]]
) -> None:
    provider.refuses[number(2)] = DAILY
    assert again(queue_door(batch(4))) == []
    assert len(provider.requests) == 1

    assert settle(125) == {"accepted": 3, "queued": 1}
    assert provider.recipients[1:] == [[each] for each in numbers(4)]
    settle(25 * 3600)
    (letter,) = messages_queue.letters()
    assert letter["attributes"]["message_id"] == ids(2)[0]


@with_ledger
def test_by_the_policy_to_look_up_a_refusal_is_believed_when_nothing_shows(
    provider: Provider,
    load_door: Callable[..., Door],
    settle: Callable[..., dict[str, int]],
    messages_queue: Queue,
) -> None:
    door = load_door("send_from_queue", SMS_REFUSAL_POLICY="look-up")
    provider.refuses[number(2)] = BAD_NUMBER

    assert again(door(batch(4))) == []
    assert [door.row(each).status for each in ids(0, 1, 2, 3)] == ["unknown"] * 4
    assert len(provider.requests) == 1

    assert settle(125, SMS_REFUSAL_POLICY="look-up") == {"accepted": 3, "rejected": 1}
    assert door.row(*ids(2)).status == "rejected"
    assert messages_queue.letters() == []


@with_ledger
def test_what_settling_finds_refused_for_good_goes_to_the_dead_letter_queue_as_at_the_door(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, settle: Callable[..., dict[str, int]]
) -> None:
    provider.answers(DAILY.code, DAILY.message)
    provider.refuses[number(2)] = BAD_NUMBER
    queue_door(batch(4))

    assert settle(125) == {"accepted": 3, "rejected": 1}
    (letter,) = dead_letter_queue.letters()
    assert (letter["attributes"]["code"], letter["attributes"]["message_id"]) == (BAD_NUMBER.code, *ids(2))


@with_ledger
def test_a_call_has_one_line_for_each_kind_of_outcome(queue_door: Door, provider: Provider) -> None:
    provider.refuses[number(7)] = BAD_NUMBER
    queue_door(batch(20))

    accepted, rejected = sorted(outcomes(), key=lambda line: str(line["status"]))
    assert (accepted["status"], accepted["recipients"]) == ("accepted", 19)
    assert accepted["message_ids"] == ids(*(place for place in range(20) if place != 7))
    assert accepted["phone_numbers"] == [f"138****{place:04}" for place in range(11) if place != 7]
    assert (rejected["status"], rejected["message_id"], rejected["recipients"]) == ("rejected", ids(7)[0], 1)


@with_ledger
def test_a_batch_that_comes_again_is_not_sent_again_and_one_line_says_so(queue_door: Door, provider: Provider) -> None:
    queue_door(batch(40))
    overheard.clear()

    assert again(queue_door(batch(40))) == []
    (line,) = outcomes()
    assert (line["status"], len(line["message_ids"])) == ("accepted", 40)
    assert len(provider.requests) == 1


@with_ledger
@pytest.mark.parametrize(
    ("code", "each", "text", "logged"),
    [
        ("isp.SYSTEM_ERROR", lambda _: {}, "13800000003: 739164", "138****0003: ***"),
        ("isv.SMS_CONTENT_ILLEGAL", lambda _: {}, "13800000003: 739164", "138****0003: ***"),
        ("isp.SYSTEM_ERROR", personal, "13800000003: 739164, 王小明 3", "138****0003: ***, ***"),
        ("isv.AMOUNT_NOT_ENOUGH", personal, "13800000003: 739164, 王小明 3", "138****0003: ***, ***"),
    ],
)
def test_a_text_of_the_provider_shows_nothing_of_any_message_of_its_call(
    queue_door: Door,
    provider: Provider,
    messages_table: str,
    code: str,
    each: Callable[[int], dict[str, Any]],
    text: str,
    logged: str,
) -> None:
    provider.answers(code, text)
    queue_door(batch(8, each))

    assert {line["description"] for line in outcomes()} == {logged}
    assert overheard.leaks() == []
    done = [item for item in boto3.client("dynamodb").scan(TableName=messages_table)["Items"] if "ttl" in item]
    assert "13800000003" not in json.dumps(done)


@pytest.mark.parametrize("killed", [False, True])
def test_no_thread_outlives_the_invocation(
    queue_door: Door,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    killed: bool,  # noqa: FBT001 - the function
) -> None:
    monkeypatch.setattr(threads, "THREADS", 10)
    before = set(threading.enumerate())
    if killed:
        provider.breaks(KilledError())
        with pytest.raises(KilledError):
            queue_door(batch(500, personal))
    else:
        assert again(queue_door(batch(500, personal))) == []
        assert sorted(each for call in provider.recipients for each in call) == numbers(500)

    assert set(threading.enumerate()) == before
