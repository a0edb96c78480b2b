"""The caps of a day and the stop, as each door's users meet them; the table is moto's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from aliyun_sms import start
from tests.functions.conftest import Door, RequestDoor, counted
from tests.workbench.functions import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

    Load = Callable[..., Door]
    Settle = Callable[..., dict[str, int]]

ONE = {"SMS_DAILY_RECIPIENT_LIMIT": "1"}
NOON = datetime(2026, 12, 1, 4, tzinfo=UTC)  # in China
TO_MIDNIGHT = 12 * 3600

pytestmark = pytest.mark.usefixtures("keeping", "provider")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch, passed: list[float]) -> None:
    monkeypatch.setattr(start, "now", lambda: NOON + timedelta(seconds=sum(passed)))


def stop(messages_table: str, *, on: bool = True) -> None:
    """As the command does."""
    change = "SET stopped = :stopped, version = :version" if on else "SET version = :version REMOVE stopped"
    stopped = {"M": {"why": {"S": "a leaked key"}, "by": {"S": "me"}, "at": {"N": "1"}}}
    values = {":version": {"N": "7" if on else "8"}} | ({":stopped": stopped} if on else {})
    boto3.client("dynamodb").update_item(
        TableName=messages_table,
        Key={"pk": {"S": "usage"}},
        UpdateExpression=change,
        ExpressionAttributeValues=values,
    )


def request(key: str) -> dict[str, Any]:
    event: dict[str, Any] = sample("request/one_number")
    event["headers"] = {**event["headers"], "idempotency-key": key}
    return event


def test_a_request_over_a_cap_is_429_until_midnight_in_china(load_door: Load, provider: Provider) -> None:
    door = RequestDoor(load_door("send_on_request", **ONE))
    assert door(request("one")).status == 200

    reply = door(request("two"))

    assert (reply.status, reply.headers["Retry-After"]) == (429, str(TO_MIDNIGHT))
    assert reply.document["result"]["code"] == "client:daily-limit"
    assert reply.document["detail"] == "DailyRecipientLimit of 1 has room for 0 more recipients until midnight in China"
    assert door(request("one")).document["duplicate"] is True
    assert len(provider.requests) == 1


def test_one_caller_cannot_use_up_what_the_others_need(load_door: Load) -> None:
    door = RequestDoor(load_door("send_on_request", SMS_DAILY_RECIPIENT_LIMIT_PER_CALLER="1"))
    another = request("one")
    another["requestContext"]["authorizer"]["iam"]["userId"] = "AIDAANOTHER"

    assert [door(event).status for event in (request("one"), request("two"), another)] == [200, 429, 200]


def test_a_message_that_a_whole_day_has_no_room_for_is_400(load_door: Load) -> None:
    door = RequestDoor(load_door("send_on_request", **ONE))
    event = request("one")
    event["body"] = json.dumps(json.loads(event["body"]) | {"phone_numbers": ["13800138000", "13800138001"]})

    (error,) = door(event).document["errors"]
    assert error == {"field": "phone_numbers", "reason": "has 2 numbers, and DailyRecipientLimit allows 1 a day"}


def test_so_is_one_that_its_caller_never_has_room_for(load_door: Load, provider: Provider) -> None:
    door = RequestDoor(load_door("send_on_request", SMS_DAILY_RECIPIENT_LIMIT_PER_CALLER="1"))
    event = request("one")
    event["body"] = json.dumps(json.loads(event["body"]) | {"phone_numbers": ["13800138000", "13800138001"]})

    reply = door(event)

    reason = "has 2 numbers, and DailyRecipientLimitPerCaller allows 1 a day"
    assert (reply.status, reply.document["errors"]) == (400, [{"field": "phone_numbers", "reason": reason}])
    assert provider.requests == []


def test_what_is_over_a_cap_is_counted_for_an_alarm(load_door: Load, capsys: pytest.CaptureFixture[str]) -> None:
    door = RequestDoor(load_door("send_on_request", **ONE))
    door(request("one"))
    assert "over-daily-limit" not in counted(capsys)

    door(request("two"))
    assert counted(capsys)["over-daily-limit"] == 1


@pytest.mark.parametrize(("limit", "percent"), [("0", None), ("1", 100), ("2", 50), ("3", 33)])
def test_settling_publishes_each_minute_how_much_of_the_cap_is_used_up(
    load_door: Load, capsys: pytest.CaptureFixture[str], limit: str, percent: int | None
) -> None:
    RequestDoor(load_door("send_on_request"))(request("one"))
    load_door("settle_sends", SMS_DAILY_RECIPIENT_LIMIT=limit)({})

    metrics = counted(capsys)
    assert (metrics["recipients-today"], metrics.get("daily-limit-percent"), metrics["stopped"]) == (1, percent, 0)


@pytest.mark.parametrize(
    ("function", "event"),
    [("send_from_queue", "queue/one_message"), ("send_on_schedule", "schedule/one_message")],
)
def test_at_the_doors_of_aws_what_is_over_a_cap_waits_in_the_ledger(
    load_door: Load, provider: Provider, messages_table: str, dead_letter_queue: Queue, function: str, event: str
) -> None:
    RequestDoor(load_door("send_on_request"))(request("one"))
    load_door(function, **ONE)(sample(event))

    items = boto3.client("dynamodb").scan(TableName=messages_table)["Items"]
    (row,) = [item for item in items if item.get("status") == {"S": "queued"}]
    assert row["due_at"]["N"] == str(int(NOON.timestamp()) + TO_MIDNIGHT + 1)
    assert len(provider.requests) == 1
    assert dead_letter_queue.letters() == []


def test_while_it_is_stopped_a_request_is_503_with_the_reason(
    load_door: Load, provider: Provider, messages_table: str
) -> None:
    door = RequestDoor(load_door("send_on_request"))
    door(request("before"))
    stop(messages_table)

    reply = door(request("one"))

    assert (reply.status, reply.headers["Retry-After"]) == (503, "60")
    assert reply.document["detail"] == "sending is stopped: a leaked key"
    assert door(request("before")).document["duplicate"] is True
    assert len(provider.requests) == 1
    stop(messages_table, on=False)
    assert door(request("one")).status == 200


@pytest.mark.parametrize(
    ("function", "event"),
    [("send_from_queue", "queue/one_message"), ("send_on_schedule", "schedule/one_message")],
)
def test_while_it_is_stopped_the_doors_of_aws_leave_all_to_the_ledger(
    load_door: Load,
    provider: Provider,
    messages_table: str,
    messages_queue: Queue,
    capsys: pytest.CaptureFixture[str],
    function: str,
    event: str,
) -> None:
    stop(messages_table)
    answer = load_door(function)(sample(event))
    assert answer.get("batchItemFailures", []) == []
    load_door("settle_sends")({})

    assert (provider.requests, messages_queue.letters()) == ([], [])
    assert counted(capsys)["stopped"] == 1


def test_a_first_message_can_be_stopped(load_door: Load, provider: Provider, messages_table: str) -> None:
    stop(messages_table)

    assert RequestDoor(load_door("send_on_request"))(request("one")).status == 503
    assert provider.requests == []
