"""The queue door with a ledger: redelivered messages are sent once, and keep their identity wherever they were."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests

from aliyun_sms import start
from aliyun_sms.message.incoming import message_id
from aliyun_sms.provider.frequency_limits import CHINA
from aliyun_sms.sending.waiting import FIRST_WAIT, SPREAD
from tests.functions.conftest import Reply, RequestDoor, moved_back
from tests.privacy import overheard
from tests.workbench.functions import KilledError, sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

RECORD = sample("queue/one_message")["Records"][0]["messageId"]
MESSAGE_ID = message_id("queue", RECORD)
HOURLY = ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5")
DAILY = ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10")
MINUTELY = ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1")


@pytest.fixture(autouse=True)
def _ledger(keeping: None) -> None:
    """Before the door is loaded."""


def deliver(door: Door, event: dict[str, Any] | None = None) -> bool:
    """Whether the one record leaves the queue."""
    answer = door(event or sample("queue/one_message"))
    return not answer["batchItemFailures"]


def test_a_redelivered_message_leaves_the_queue_and_is_sent_once(queue_door: Door, provider: Provider) -> None:
    assert [deliver(queue_door) for _ in range(2)] == [True, True]
    assert len(provider.requests) == 1


def test_a_message_sent_to_the_queue_twice_under_its_key_is_sent_once(queue_door: Door, provider: Provider) -> None:
    event = sample("queue/with_key")
    event["Records"].append(event["Records"][0] | {"messageId": "another"})

    assert deliver(queue_door, event)
    assert len(provider.requests) == 1


def test_an_unknown_outcome_is_left_to_settling_and_never_sent_again(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.breaks(requests.ReadTimeout())

    assert [deliver(queue_door) for _ in range(2)] == [True, True]
    assert len(provider.requests) == 1
    assert dead_letter_queue.letters() == []
    assert queue_door.row(MESSAGE_ID).status == "unknown"


def test_a_message_in_progress_comes_again_until_it_is_known(queue_door: Door, provider: Provider) -> None:
    provider.breaks(KilledError())
    with pytest.raises(KilledError):
        deliver(queue_door)

    assert not deliver(queue_door)
    assert len(provider.requests) == 1


def test_a_message_that_was_refused_before_its_function_was_killed_still_reaches_the_dead_letter_queue(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers("isv.MOBILE_NUMBER_ILLEGAL")

    for _ in range(2):
        deliver(queue_door)

    assert [letter["attributes"]["code"] for letter in dead_letter_queue.letters()] == ["isv.MOBILE_NUMBER_ILLEGAL"] * 2
    assert len(provider.requests) == 1


def test_another_payload_under_the_same_key_goes_to_the_dead_letter_queue(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    event = sample("queue/with_key")
    deliver(queue_door, event)
    event["Records"][0]["body"] = event["Records"][0]["body"].replace("13800138000", "13900139000")

    assert deliver(queue_door, event)

    (letter,) = dead_letter_queue.letters()
    assert letter["attributes"]["code"] == "client:key-conflict"
    assert letter["attributes"]["message_id"] == message_id("queue", "order A-1024")
    assert provider.numbers == ["13800138000"]


@pytest.mark.parametrize("code", ["isv.AMOUNT_NOT_ENOUGH", "SignatureDoesNotMatch"])
def test_a_configuration_fault_comes_again_and_is_then_sent(queue_door: Door, provider: Provider, code: str) -> None:
    provider.answers(code)

    assert [deliver(queue_door) for _ in range(2)] == [False, True]
    assert len(provider.requests) == 2


def test_an_expired_message_leaves_the_queue_and_is_in_the_ledger(queue_door: Door, provider: Provider) -> None:
    assert deliver(queue_door, sample("queue/past_expiry"))

    outcome = next(line for line in overheard.logged() if line["message"] == "outcome")
    assert queue_door.row(outcome["message_id"]).status == "expired"
    assert provider.requests == []


def received(times: int) -> dict[str, Any]:
    """The event in which one message comes, which has been received so often."""
    event: dict[str, Any] = sample("queue/one_message")
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(times)
    return event


def hidden_for(queue_door: Door, messages_queue: Queue, receives: int = 1) -> list[int]:
    """Deliver a record of the queue; gives the seconds for which it is hidden each time that is changed."""
    event = received(receives)
    event["Records"][0]["receiptHandle"] = messages_queue.put(event["Records"][0]["body"])
    asked: list[int] = []
    sqs = queue_door.module.messages_queue._sqs()  # noqa: SLF001 - the client that the function itself uses
    sqs.meta.events.register(
        "provide-client-params.sqs.ChangeMessageVisibility",
        lambda params, **_: asked.append(params["VisibilityTimeout"]),
    )
    assert not deliver(queue_door, event)
    return asked


def test_a_throttled_message_comes_again_when_its_window_opens(
    queue_door: Door, provider: Provider, messages_queue: Queue
) -> None:
    provider.answers(*MINUTELY)
    until_next_minute = 60 - datetime.now(UTC).second

    (seconds,) = hidden_for(queue_door, messages_queue)

    longest = (1 + SPREAD) * max(until_next_minute, FIRST_WAIT) + 2
    assert until_next_minute - 2 <= seconds <= longest or seconds >= 59
    assert not [line for line in overheard.logged() if line["message"] == "visibility not changed"]


@pytest.mark.parametrize(("receives", "least"), [(1, 5), (2, 15), (3, 45)])
def test_where_no_time_is_named_it_waits_longer_each_time(
    queue_door: Door, provider: Provider, messages_queue: Queue, receives: int, least: int
) -> None:
    provider.answers("Throttling.User", times=3)

    (seconds,) = hidden_for(queue_door, messages_queue, receives)

    assert least <= seconds <= 1.5 * least


@pytest.mark.parametrize("most", [1, 2, 5])
@pytest.mark.parametrize("refusal", [("Throttling.User", ""), MINUTELY, ("isv.BUSINESS_LIMIT_CONTROL", "unreadable")])
def test_before_its_last_receive_a_throttled_message_is_parked_instead(
    load_door: Callable[..., Door], provider: Provider, dead_letter_queue: Queue, refusal: tuple[str, str], most: int
) -> None:
    queue_door = load_door("send_from_queue", SMS_QUEUE_MAXIMUM_RECEIVES=str(most))
    provider.answers(*refusal, times=3)

    assert deliver(queue_door, received(max(1, most - 1)))

    row = queue_door.row(MESSAGE_ID)
    assert (row.status, row.ttl, row.document is None, dead_letter_queue.letters()) == ("queued", None, False, [])
    assert row.due_at is not None


def test_a_parked_message_that_is_throttled_again_is_parked_at_once(
    provider: Provider, messages_queue: Queue, settle: Callable[..., dict[str, int]], load_door: Callable[..., Door]
) -> None:
    provider.answers("isv.BUSINESS_LIMIT_CONTROL", "unreadable", times=2)
    deliver(load_door("send_from_queue"), received(4))
    settle(120)
    (letter,) = messages_queue.letters()
    queue_door = load_door("send_from_queue")

    assert deliver(queue_door, moved_back(letter))
    assert (queue_door.row(MESSAGE_ID).status, len(provider.requests)) == ("queued", 2)


def test_a_configuration_fault_keeps_the_queues_own_pace(
    queue_door: Door, provider: Provider, messages_queue: Queue
) -> None:
    provider.answers("isv.AMOUNT_NOT_ENOUGH")

    assert hidden_for(queue_door, messages_queue) == []


def test_where_visibility_cannot_be_changed_a_throttled_message_comes_again_all_the_same(
    queue_door: Door, provider: Provider
) -> None:
    provider.answers(*MINUTELY)

    assert not deliver(queue_door)  # its receipt handle is none of this queue

    line = overheard.logged()[-1]
    assert (line["level"], line["message"], line["message_id"]) == ("WARNING", "visibility not changed", MESSAGE_ID)


def test_a_message_whose_window_opens_late_waits_in_the_ledger(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers(*DAILY)

    assert [deliver(queue_door) for _ in range(2)] == [True, True]
    assert queue_door.row(MESSAGE_ID).status == "queued"
    assert dead_letter_queue.letters() == []
    assert len(provider.requests) == 1


def test_a_message_put_back_keeps_its_key_and_is_sent(
    queue_door: Door,
    provider: Provider,
    messages_queue: Queue,
    settle: Callable[..., dict[str, int]],
    load_door: Callable[..., Door],
) -> None:
    provider.answers(*DAILY)
    deliver(queue_door)

    settle(24 * 3600 + 60)
    (letter,) = messages_queue.letters()
    assert deliver(load_door("send_from_queue"), moved_back(letter))

    first, second = provider.requests
    assert json.loads(letter["body"])["idempotency_key"] == RECORD
    assert queue_door.row(MESSAGE_ID).status == "accepted"
    assert (first["PhoneNumbers"], first["TemplateParam"]) == (second["PhoneNumbers"], second["TemplateParam"])


def test_a_message_put_back_twice_is_sent_once(
    queue_door: Door,
    provider: Provider,
    messages_queue: Queue,
    settle: Callable[..., dict[str, int]],
    load_door: Callable[..., Door],
) -> None:
    provider.answers(*DAILY)
    deliver(queue_door)
    settle(24 * 3600 + 60)
    (letter,) = messages_queue.letters()

    a_day_later = load_door("send_from_queue")

    assert [deliver(a_day_later, moved_back(letter)) for _ in range(2)] == [True, True]
    assert len(provider.requests) == 2


def test_a_message_of_another_door_that_comes_through_the_queue_is_the_same_message(
    queue_door: Door, provider: Provider, load_door: Callable[..., Door]
) -> None:
    load_door("send_on_request")(sample("request/idempotency_key"))
    (outcome,) = [line for line in overheard.logged() if line["message"] == "outcome"]
    message = json.loads(sample("request/idempotency_key")["body"]) | {"idempotency_key": "checkout-0001"}
    letter = {"body": json.dumps(message), "attributes": {"message_id": outcome["message_id"]}}

    assert deliver(queue_door, moved_back(letter))
    assert len(provider.requests) == 1


@pytest.mark.parametrize("key", ["checkout-0001", "checkout-0002", None])
def test_a_producer_acts_in_no_callers_scope_whatever_message_id_it_names(
    queue_door: Door, load_door: Callable[..., Door], provider: Provider, key: str | None
) -> None:
    """A producer that names a caller's message neither sends for that caller nor stands in the caller's way."""
    request_door = RequestDoor(load_door("send_on_request"))
    provider.answers("isv.AMOUNT_NOT_ENOUGH")  # so that the caller's key is released
    row = queue_door.row(request(request_door, "checkout-0001").document["result"]["message_id"])
    body = {"phone_numbers": ["13900139000"], "template_code": "SMS_200000003", "idempotency_key": key}

    queue_door(moved_back({"body": json.dumps(body), "attributes": {"message_id": row.message_id}}))

    after = queue_door.row(row.message_id)
    assert replace(after, version=row.version, ttl=row.ttl) == row  # its end alone may be later
    for later in ("checkout-0001", "checkout-0002"):
        reply = request(request_door, later)
        assert (reply.status, reply.document["status"], reply.document["duplicate"]) == (200, "accepted", False)


def request(request_door: RequestDoor, key: str) -> Reply:
    event = sample("request/idempotency_key")
    event["headers"]["idempotency-key"] = key
    return request_door(event)


def test_a_callers_message_that_comes_back_as_it_was_keeps_its_identity(
    queue_door: Door, load_door: Callable[..., Door], provider: Provider, dead_letter_queue: Queue
) -> None:
    request_door = RequestDoor(load_door("send_on_request"))
    first = request_door(sample("request/idempotency_key")).document
    body = json.loads(sample("request/idempotency_key")["body"]) | {"idempotency_key": "checkout-0001"}

    queue_door(moved_back({"body": json.dumps(body), "attributes": {"message_id": first["message_id"]}}))

    assert len(provider.requests) == 1
    assert dead_letter_queue.letters() == []


def test_a_message_id_that_the_ledger_does_not_have_changes_nothing(queue_door: Door, provider: Provider) -> None:
    letter = {
        "body": sample("queue/one_message")["Records"][0]["body"],
        "attributes": {"message_id": "0" * 32, "code": "isv.X"},
    }

    assert deliver(queue_door, moved_back(letter))
    assert queue_door.row(message_id("queue", "another")).status == "accepted"
    assert len(provider.requests) == 1


def test_a_message_that_a_person_was_told_of_goes_back_to_the_dead_letter_queue_unsent(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, settle: Callable[..., dict[str, int]]
) -> None:
    provider.breaks(requests.ReadTimeout())
    deliver(queue_door)
    provider.answers("SignatureNonceUsed", status=400)
    settle(3601)
    (letter,) = dead_letter_queue.letters()
    provider.requests.clear()

    assert deliver(queue_door, moved_back(letter))

    (again,) = dead_letter_queue.letters()
    assert again["body"] == letter["body"]
    assert again["attributes"]["message_id"] == MESSAGE_ID
    assert provider.requests == []


@pytest.fixture
def redriven(
    provider: Provider,
    load_door: Callable[..., Door],
    messages_table: str,
    dead_letter_queue: Queue,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[int], None]:
    """Each dead letter comes in again on a day, after the table has deleted what its time to live was over for."""
    del provider

    def redrive(day: int) -> None:
        then = datetime.now(UTC) + timedelta(days=day)
        forget(messages_table, then)
        with monkeypatch.context() as changed:
            changed.setattr(start, "now", lambda: then)
            door = load_door("send_from_queue", SMS_LEDGER_RETENTION_DAYS="30")
            (letter,) = dead_letter_queue.letters()
            assert deliver(door, moved_back(letter))

    return redrive


def forget(messages_table: str, then: datetime) -> None:
    """As DynamoDB's time to live does."""
    dynamodb = boto3.client("dynamodb")
    for item in dynamodb.scan(TableName=messages_table)["Items"]:
        if "ttl" in item and int(item["ttl"]["N"]) < then.timestamp():
            dynamodb.delete_item(TableName=messages_table, Key={"pk": item["pk"]})


def test_a_row_outlives_the_letters_of_its_message_however_often_they_are_moved_back(
    queue_door: Door,
    provider: Provider,
    dead_letter_queue: Queue,
    settle: Callable[..., dict[str, int]],
    redriven: Callable[[int], None],
) -> None:
    provider.breaks(requests.ReadTimeout())
    deliver(queue_door)
    provider.answers("SignatureNonceUsed", status=400)
    settle(3601)
    provider.requests.clear()

    for day in (10, 20, 29, 31, 45, 63):
        redriven(day)
        assert (day, provider.numbers) == (day, [])

    assert len(dead_letter_queue.letters()) == 1


def test_a_row_outlives_the_letter_of_another_message_under_its_key(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, redriven: Callable[[int], None]
) -> None:
    event = sample("queue/with_key")
    deliver(queue_door, event)
    event["Records"][0]["body"] = event["Records"][0]["body"].replace("13800138000", "13900139000")
    deliver(queue_door, event)

    for day in (13, 26, 39):
        redriven(day)

    assert provider.numbers == ["13800138000"]
    assert len(dead_letter_queue.letters()) == 1


def test_a_letter_that_cannot_be_put_back_comes_again_where_the_ledger_keeps_it_from_being_sent(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, settle: Callable[..., dict[str, int]]
) -> None:
    provider.breaks(requests.ReadTimeout())
    deliver(queue_door)
    provider.answers("SignatureNonceUsed", status=400)
    settle(3601)
    (letter,) = dead_letter_queue.letters()
    dead_letter_queue.delete()
    provider.requests.clear()

    assert not deliver(queue_door, moved_back(letter))
    assert provider.requests == []


def test_without_the_table_a_message_comes_again_unsent(
    queue_door: Door, provider: Provider, messages_table: str, dead_letter_queue: Queue
) -> None:
    boto3.client("dynamodb").delete_table(TableName=messages_table)
    letter = {"body": "{}", "attributes": {"message_id": MESSAGE_ID}}

    assert not deliver(queue_door)
    assert not deliver(queue_door, moved_back(letter))
    assert provider.requests == []
    assert dead_letter_queue.letters() == []


def test_the_ledger_keeps_no_number_when_the_outcome_is_known(queue_door: Door, messages_table: str) -> None:
    deliver(queue_door)

    items = boto3.client("dynamodb").scan(TableName=messages_table)["Items"]

    assert len(items) == 3
    assert not re.search("13800138000|739164", json.dumps(items))


def test_a_window_that_opens_within_the_hour_is_waited_for_in_the_queue_or_in_the_ledger(
    queue_door: Door, provider: Provider
) -> None:
    provider.answers(*HOURLY)
    now = datetime.now(CHINA)
    opens_in = ((now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0) - now).total_seconds()

    left = deliver(queue_door)

    assert left is (opens_in > 900)


def test_a_key_that_no_store_takes_is_refused_and_remembered_under_the_records(
    queue_door: Door, dead_letter_queue: Queue
) -> None:
    event = sample("queue/half_a_character_in_the_key")

    assert queue_door(event) == {"batchItemFailures": []}

    (letter,) = dead_letter_queue.letters()
    assert letter["attributes"]["reason"] == "idempotency_key: holds half a surrogate pair, which is no character"
    assert letter["body"] == event["Records"][1]["body"]
    assert queue_door.row(letter["attributes"]["message_id"]).status == "rejected"
    assert [line for line in overheard.logged() if line["level"] == "ERROR"] == []
