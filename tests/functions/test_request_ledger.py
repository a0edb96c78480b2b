"""The request door with a ledger: one key, one send, and what became of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests

from aliyun_sms.message import incoming
from tests.functions.conftest import RequestDoor
from tests.privacy import overheard
from tests.workbench.functions import KilledError, sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door, Reply
    from tests.workbench.wire_provider import Provider

OTHER_CALLER = {"iam": {"userId": "AROAOTHERS:session"}}


@pytest.fixture(autouse=True)
def _ledger(keeping: None) -> None:
    """Before the door is loaded."""


def send(door: RequestDoor, **changes: Any) -> Reply:
    """The same message under the same key each time, but for the changes."""
    event = sample("request/idempotency_key")
    event["body"] = json.dumps(json.loads(event["body"]) | changes)
    return door(event)


def show(door: RequestDoor, message_id: str, authorizer: dict[str, Any] | None = None) -> Reply:
    event = sample("request/idempotency_key")
    path = f"/v1/messages/{message_id}"
    event |= {"routeKey": "GET /v1/messages/{message_id}", "rawPath": path, "body": None}
    event["pathParameters"] = {"message_id": message_id}
    event["requestContext"]["http"] |= {"method": "GET", "path": path}
    event["requestContext"]["authorizer"] = authorizer or event["requestContext"]["authorizer"]
    return door(event)


def ask(door: RequestDoor, route: str, parameters: dict[str, str], **headers: str) -> Reply:
    """Ask for a message by a route, with what stands in its path."""
    event = sample("request/idempotency_key")
    del event["headers"]["idempotency-key"]
    method, _, path = route.partition(" ")
    event |= {"routeKey": route, "rawPath": path.format(**parameters), "body": None, "pathParameters": parameters}
    event["requestContext"]["http"] |= {"method": method, "path": path.format(**parameters)}
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    return door(event)


def test_a_repeated_request_is_answered_as_the_first_and_sent_once(
    request_door: RequestDoor, provider: Provider
) -> None:
    first, second = send(request_door), send(request_door)

    assert (first.status, second.status) == (200, 200)
    assert second.document == first.document | {"duplicate": True}
    assert len(provider.requests) == 1


def test_a_repeated_request_that_was_refused_for_good_is_refused_again_and_sent_once(
    request_door: RequestDoor, provider: Provider
) -> None:
    provider.answers("isv.MOBILE_NUMBER_ILLEGAL")

    first, second = send(request_door), send(request_door)

    assert (first.status, second.status) == (422, 422)
    assert second.document["result"] == first.document["result"] | {"duplicate": True}
    assert len(provider.requests) == 1


@pytest.mark.parametrize("code", ["isv.BUSINESS_LIMIT_CONTROL", "isv.AMOUNT_NOT_ENOUGH"])
def test_a_request_after_which_certainly_nothing_was_sent_can_be_repeated(
    request_door: RequestDoor, provider: Provider, code: str
) -> None:
    provider.answers(code)

    first, second = send(request_door), send(request_door)

    assert (first.status >= 400, second.status) == (True, 200)
    assert second.document["duplicate"] is False


def test_a_request_without_connection_can_be_repeated(request_door: RequestDoor, provider: Provider) -> None:
    provider.breaks(requests.ConnectTimeout(), times=3)

    assert [send(request_door).status for _ in range(2)] == [503, 200]


def test_an_unknown_outcome_is_202_with_where_to_ask_however_often_it_is_repeated(
    request_door: RequestDoor, provider: Provider
) -> None:
    provider.breaks(requests.ReadTimeout())

    first, second = send(request_door), send(request_door)

    where = f"/v1/messages/{first.document['message_id']}"
    assert (first.status, first.headers["Location"]) == (202, where)
    assert (second.status, second.headers["Location"]) == (202, where)
    assert second.document == first.document | {"duplicate": True}
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("language", "later", "console"), [("en", "GET later", "console"), ("zh", "稍后用 GET", "控制台")]
)
def test_what_settling_will_finish_is_to_be_asked_for_later_and_what_is_held_to_be_looked_up(
    provider: Provider,
    load_door: Callable[..., Door],
    settle: Callable[..., dict[str, int]],
    language: str,
    later: str,
    console: str,
) -> None:
    door = RequestDoor(load_door("send_on_request", SMS_ADVICE_LANGUAGE=language))
    provider.breaks(requests.ReadTimeout())

    sent = send(door).document
    while_open = [sent, send(door).document, show(door, sent["message_id"]).document]
    assert settle(3700, SMS_ADVICE_LANGUAGE=language) == {"unknown": 1}
    when_held = [send(door).document, show(door, sent["message_id"]).document]

    assert all(later in document["advice"] and console not in document["advice"] for document in while_open)
    assert all(console in document["advice"] and later not in document["advice"] for document in when_held)
    assert ["held" in document for document in while_open] == [False] * 3
    assert [document["held"] for document in when_held] == [True] * 2


def test_what_waits_in_the_ledger_is_to_be_asked_for_later(
    request_door: RequestDoor, load_door: Callable[..., Door], provider: Provider
) -> None:
    provider.answers("Throttling.User", status=400, times=3)
    [result] = load_door("send_on_schedule")(sample("schedule/one_message"))["results"]

    parameters = {"door": "schedule", "message_id": result["message_id"]}
    shown = ask(request_door, OF_A_DOOR + "/{message_id}", parameters).document

    assert shown["status"] == "queued"
    assert "GET later" in shown["advice"]


def test_a_message_whose_key_is_in_progress_is_409_with_the_result(
    request_door: RequestDoor, provider: Provider
) -> None:
    provider.breaks(KilledError())
    with pytest.raises(KilledError):
        send(request_door)

    reply = send(request_door)

    assert (reply.status, reply.document["title"]) == (409, "Conflict")
    assert reply.headers["Retry-After"] == "1"
    assert reply.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert reply.document["detail"]
    assert (reply.document["result"]["status"], reply.document["result"]["code"]) == ("sending", None)
    assert len(provider.requests) == 1


def test_another_payload_under_the_same_key_is_422_and_not_sent(request_door: RequestDoor, provider: Provider) -> None:
    first, second = send(request_door), send(request_door, phone_numbers=["13900139000"])

    assert second.status == 422
    assert second.document["result"]["code"] == "client:key-conflict"
    assert second.document["result"]["message_id"] == first.document["message_id"]
    assert provider.numbers == ["13800138000"]


def test_an_expired_message_is_expired_again(request_door: RequestDoor, provider: Provider) -> None:
    first, second = (send(request_door, expires_at="2020-01-01T00:00:00Z") for _ in range(2))

    assert (first.status, second.status) == (422, 422)
    assert (second.document["result"]["status"], second.document["result"]["duplicate"]) == ("expired", True)
    assert provider.requests == []


def test_another_caller_with_the_same_key_sends_a_message_of_their_own(
    request_door: RequestDoor, provider: Provider
) -> None:
    send(request_door)
    event = sample("request/idempotency_key")
    event["requestContext"]["authorizer"] = OTHER_CALLER

    assert request_door(event).document["duplicate"] is False
    assert len(provider.requests) == 2


def test_what_became_of_a_message_can_be_asked(request_door: RequestDoor) -> None:
    sent = send(request_door).document

    reply = show(request_door, sent["message_id"])

    assert (reply.status, reply.document) == (200, sent)
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"


def test_what_became_of_an_unknown_message_can_be_asked_when_it_is_settled(
    request_door: RequestDoor, provider: Provider, settle: Callable[..., dict[str, int]]
) -> None:
    provider.breaks(requests.ReadTimeout())
    message_id = send(request_door).document["message_id"]
    provider.shows = True

    before = show(request_door, message_id).document
    assert settle(31) == {"accepted": 1}

    assert before["status"] == "unknown"
    assert show(request_door, message_id).document["status"] == "accepted"
    assert send(request_door).status == 200


def test_a_message_in_progress_is_shown_as_such(request_door: RequestDoor, provider: Provider) -> None:
    provider.breaks(KilledError())
    with pytest.raises(KilledError):
        send(request_door)
    message_id = send(request_door).document["result"]["message_id"]

    assert show(request_door, message_id).document["status"] == "sending"


def test_the_message_of_another_caller_is_404(request_door: RequestDoor) -> None:
    message_id = send(request_door).document["message_id"]

    reply = show(request_door, message_id, OTHER_CALLER)

    assert reply.status == 404
    assert reply.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert reply.document == show(request_door, "0" * 32).document


@pytest.mark.parametrize("message_id", ["0" * 32, "nothing", "..", "0" * 3000])
def test_a_message_that_there_is_not_is_404(request_door: RequestDoor, message_id: str) -> None:
    assert show(request_door, message_id).status == 404


QUEUE = {"door": "queue"}
OF_A_DOOR = "GET /v1/doors/{door}/messages"


def test_a_message_of_the_queue_is_shown_at_its_door_and_not_as_a_callers_own(
    request_door: RequestDoor, load_door: Callable[..., Door]
) -> None:
    load_door("send_from_queue")(sample("queue/one_message"))
    message_id = next(line for line in overheard.logged() if line["message"] == "outcome")["message_id"]

    shown = ask(request_door, OF_A_DOOR + "/{message_id}", QUEUE | {"message_id": message_id})

    assert (shown.status, shown.document["status"]) == (200, "accepted")
    assert show(request_door, message_id).status == 404
    for door in ("schedule", "request", "iam:AROAQNZGKIQYEXAMPLE23"):
        parameters = {"door": door, "message_id": message_id}
        assert ask(request_door, OF_A_DOOR + "/{message_id}", parameters).status == 404


def test_a_message_of_the_queue_is_not_found_by_trying_keys_as_a_caller(
    request_door: RequestDoor, load_door: Callable[..., Door]
) -> None:
    load_door("send_from_queue")(sample("queue/with_key"))
    key = json.loads(sample("queue/with_key")["Records"][0]["body"])["idempotency_key"]

    at_the_door = ask(request_door, OF_A_DOOR, QUEUE, idempotency_key=key)

    assert (at_the_door.status, at_the_door.document["status"]) == (200, "accepted")
    assert ask(request_door, "GET /v1/messages", {}, idempotency_key=key).status == 404
    assert show(request_door, incoming.message_id("queue", key)).status == 404


def test_a_callers_message_is_found_by_its_key(request_door: RequestDoor) -> None:
    sent = send(request_door).document

    found = ask(request_door, "GET /v1/messages", {}, idempotency_key="checkout-0001")

    assert (found.status, found.document) == (200, sent)
    assert ask(request_door, OF_A_DOOR, {"door": "request"}, idempotency_key="checkout-0001").status == 404


@pytest.mark.parametrize("route", ["GET /v1/messages", OF_A_DOOR])
def test_who_asks_by_key_has_to_name_one(request_door: RequestDoor, route: str) -> None:
    reply = ask(request_door, route, QUEUE)

    assert reply.status == 400
    assert reply.document["errors"] == [{"field": "Idempotency-Key", "reason": "the header is missing"}]


@pytest.mark.parametrize("route", ["GET /v1/messages", OF_A_DOOR])
def test_who_asks_by_a_key_that_no_store_takes_is_told_so(request_door: RequestDoor, route: str) -> None:
    reply = ask(request_door, route, QUEUE, idempotency_key="order \ud83d")

    assert reply.status == 400
    reason = "holds half a surrogate pair, which is no character"
    assert reply.document["errors"] == [{"field": "Idempotency-Key", "reason": reason}]


def test_without_the_table_nothing_is_sent_and_nothing_can_be_asked(
    request_door: RequestDoor, provider: Provider, messages_table: str
) -> None:
    message_id = send(request_door, idempotency_key="first").document["message_id"]
    provider.requests.clear()
    boto3.client("dynamodb").delete_table(TableName=messages_table)

    sent, shown = send(request_door), show(request_door, message_id)

    assert (sent.status, sent.document["result"]["code"]) == (503, "client:ledger-unavailable")
    assert (shown.status, shown.headers["Retry-After"]) == (503, "1")
    assert provider.requests == []
