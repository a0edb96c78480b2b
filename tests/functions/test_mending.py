"""What was certainly not sent can be mended: its key takes a corrected message, and a corrected default is used."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from aliyun_sms.aws.dynamodb import DynamoTable
from aliyun_sms.ledger.rows import to_put
from aliyun_sms.message.incoming import message_id
from tests.functions.conftest import CODE, RequestDoor, moved_back
from tests.workbench.functions import sample
from tests.workbench.wire_provider import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

WRONG, RIGHT = "北岸书店", "阿里云短信测试"
NOT_APPROVED = "isv.SMS_SIGNATURE_ILLEGAL"
DAILY = ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10")
RUN = {"schedule": "arn:aws-cn:scheduler:cn-north-1:123456789012:schedule/default/daily", "scheduled_time": "09:00"}


@pytest.fixture(autouse=True)
def _ledger(keeping: None) -> None:
    """Before the doors are loaded."""


@pytest.fixture
def load(provider: Provider, load_door: Callable[..., Door]) -> Callable[..., Door]:
    """Load a door with a default signature."""
    del provider
    return lambda door, sign_name=RIGHT: load_door(door, SMS_SIGN_NAME=sign_name)


def record_of(message: dict[str, Any]) -> dict[str, Any]:
    """An event of the queue, always under the same id."""
    event: dict[str, Any] = sample("queue/one_message")
    event["Records"][0]["body"] = json.dumps(message)
    return event


def post(door: RequestDoor, **fields: Any) -> tuple[int, str | None]:
    event = sample("request/idempotency_key")
    event["body"] = json.dumps(json.loads(event["body"]) | fields)
    reply = door(event)
    return reply.status, reply.document.get("result", reply.document)["code"]


def signatures(provider: Provider) -> list[str]:
    return [request["SignName"] for request in provider.requests]


def test_a_message_of_the_queue_is_sent_once_with_the_corrected_default(
    load: Callable[..., Door], provider: Provider
) -> None:
    provider.answers(NOT_APPROVED)
    assert load("send_from_queue", WRONG)(record_of(CODE))["batchItemFailures"]

    for _ in range(2):
        assert load("send_from_queue")(record_of(CODE)) == {"batchItemFailures": []}

    assert signatures(provider) == [WRONG, RIGHT]


def test_a_dead_letter_of_the_schedule_is_sent_once_with_the_corrected_default(
    load: Callable[..., Door], provider: Provider, dead_letter_queue: Queue
) -> None:
    """Under the key that it had: the run that comes again does not send it either."""
    named = CODE | {"sign_name": RIGHT, "phone_numbers": ["13900139000"]}
    provider.refuses["13800138000"] = Answer(NOT_APPROVED, NOT_APPROVED)
    load("send_on_schedule", WRONG)({"messages": [CODE, named], **RUN})
    (letter,) = dead_letter_queue.letters()
    provider.refuses.clear()
    before = len(provider.requests)

    for _ in range(2):
        assert load("send_from_queue")(moved_back(letter)) == {"batchItemFailures": []}
    counts = load("send_on_schedule")({"messages": [CODE, named], **RUN})["counts"]

    assert counts == {"accepted": 2}
    assert provider.recipients[-1] == ["13800138000"]
    assert [request["SignName"] for request in provider.requests[before:]] == [RIGHT]
    assert dead_letter_queue.letters() == []


def test_a_message_that_waited_goes_out_with_the_corrected_default(
    load: Callable[..., Door], provider: Provider, messages_queue: Queue, settle: Callable[..., dict[str, int]]
) -> None:
    provider.answers(*DAILY)
    load("send_from_queue", WRONG)(record_of(CODE))
    settle(24 * 3600 + 60)
    (letter,) = messages_queue.letters()

    load("send_from_queue")(moved_back(letter))

    assert signatures(provider) == [WRONG, RIGHT]


@pytest.mark.parametrize("fields", [{"phone_numbers": "13900139000"}, {"sign_name": RIGHT}, {"template_param": None}])
def test_a_caller_corrects_what_was_not_sent_under_its_key(
    load: Callable[..., Door], provider: Provider, fields: dict[str, Any]
) -> None:
    door = RequestDoor(load("send_on_request", WRONG))
    provider.answers(NOT_APPROVED)

    assert [post(door), post(door, **fields), post(door, **fields)] == [(502, NOT_APPROVED), (200, "OK"), (200, "OK")]
    assert len(provider.requests) == 2


def test_a_message_that_an_earlier_version_let_wait_is_still_that_of_its_row(
    load: Callable[..., Door],
    provider: Provider,
    messages_table: str,
    messages_queue: Queue,
    settle: Callable[..., dict[str, int]],
) -> None:
    """It wrote the defaults into the message, and a fingerprint of them."""
    provider.answers(*DAILY)
    load("send_on_schedule")(CODE | {"idempotency_key": "once"})
    row = load("send_from_queue").row(message_id("schedule", "once"))
    content = ["13800138000"], RIGHT, "SMS_154950909", '{"code":"739164"}', None
    old = replace(
        row,
        fingerprint=sha256(json.dumps(content).encode()).hexdigest(),
        document={**(row.document or {}), "sign_name": RIGHT},
    )
    DynamoTable(messages_table, lambda: boto3.client("dynamodb")).put_all([to_put(old)])
    settle(24 * 3600 + 60)
    (letter,) = messages_queue.letters()

    door = load("send_from_queue", WRONG)
    assert [door(moved_back(letter)) for _ in range(2)] == [{"batchItemFailures": []}] * 2

    assert signatures(provider) == [RIGHT, RIGHT]
    assert door.row(message_id("schedule", "once")).status == "accepted"


def test_a_message_with_a_line_break_that_an_earlier_version_let_wait_goes_to_a_person_unsent(
    load: Callable[..., Door],
    provider: Provider,
    messages_table: str,
    messages_queue: Queue,
    dead_letter_queue: Queue,
    settle: Callable[..., dict[str, int]],
) -> None:
    provider.answers(*DAILY)
    load("send_on_schedule")(CODE | {"idempotency_key": "once"})
    row = load("send_from_queue").row(message_id("schedule", "once"))
    old = replace(row, document={**(row.document or {}), "template_param": {"code": "73\n91"}})
    DynamoTable(messages_table, lambda: boto3.client("dynamodb")).put_all([to_put(old)])
    settle(24 * 3600 + 60)
    (letter,) = messages_queue.letters()

    assert load("send_from_queue")(moved_back(letter)) == {"batchItemFailures": []}

    (told,) = dead_letter_queue.letters()
    assert told["attributes"]["message_id"] == message_id("schedule", "once")
    assert told["attributes"]["reason"] == "template_param: holds a control character, such as a line break"
    assert len(provider.requests) == 1


def test_what_has_expired_takes_a_key_that_is_free(load: Callable[..., Door], provider: Provider) -> None:
    door = RequestDoor(load("send_on_request", WRONG))
    provider.answers(NOT_APPROVED)
    late = {"phone_numbers": "13900139000", "expires_at": "2020-01-01T00:00:00Z"}

    assert [post(door), post(door, **late), post(door)] == [
        (502, NOT_APPROVED),
        (422, "client:expired"),
        (422, "client:key-conflict"),
    ]


def test_a_corrected_default_makes_no_other_message_of_what_was_sent(
    load: Callable[..., Door], provider: Provider
) -> None:
    assert post(RequestDoor(load("send_on_request", WRONG))) == (200, "OK")
    assert post(RequestDoor(load("send_on_request"))) == (200, "OK")
    assert len(provider.requests) == 1


def test_to_name_the_default_is_another_message_than_to_leave_it_out(
    load: Callable[..., Door], provider: Provider
) -> None:
    door = RequestDoor(load("send_on_request"))

    assert [post(door), post(door, sign_name=RIGHT)] == [(200, "OK"), (422, "client:key-conflict")]
    assert len(provider.requests) == 1


def test_the_order_of_its_values_makes_no_other_message(load: Callable[..., Door], provider: Provider) -> None:
    door = RequestDoor(load("send_on_request"))
    values = {"name": "王小明", "order": "A-1024"}

    assert post(door, template_param=values) == (200, "OK")
    assert post(door, template_param=dict(reversed(values.items()))) == (200, "OK")
    assert len(provider.requests) == 1


def test_a_letter_of_another_message_under_a_schedules_key_is_not_sent_though_it_is_moved_back(
    load: Callable[..., Door], provider: Provider, dead_letter_queue: Queue
) -> None:
    """Neither under the schedule's key, nor as a message of the queue."""
    schedule = load("send_on_schedule")
    schedule(CODE | {"idempotency_key": "once"})
    schedule(CODE | {"idempotency_key": "once", "phone_numbers": ["13700137000"]})
    (letter,) = dead_letter_queue.letters()

    assert load("send_from_queue")(moved_back(letter)) == {"batchItemFailures": []}

    (again,) = dead_letter_queue.letters()
    assert again["attributes"]["message_id"] == letter["attributes"]["message_id"] == message_id("schedule", "once")
    assert provider.numbers == ["13800138000"]


def test_a_message_that_waited_is_not_sent_where_another_took_its_key_meanwhile(
    load: Callable[..., Door],
    provider: Provider,
    messages_queue: Queue,
    dead_letter_queue: Queue,
    settle: Callable[..., dict[str, int]],
) -> None:
    schedule = load("send_on_schedule")
    provider.answers(*DAILY)
    schedule(CODE | {"idempotency_key": "once"})
    settle(24 * 3600 + 60)
    (letter,) = messages_queue.letters()
    assert schedule(CODE | {"idempotency_key": "once", "phone_numbers": ["13700137000"]})["counts"] == {"accepted": 1}

    assert load("send_from_queue")(moved_back(letter)) == {"batchItemFailures": []}

    assert provider.numbers == ["13800138000", "13700137000"]
    (told,) = dead_letter_queue.letters()
    assert told["attributes"]["status"] == "rejected"
