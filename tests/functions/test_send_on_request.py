"""The request door: what each outcome is to an HTTP caller."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.functions.conftest import MESSAGE_ID, Door, RequestDoor
from tests.privacy import overheard
from tests.workbench.functions import Context, sample

if TYPE_CHECKING:
    from tests.workbench.wire_provider import Provider

OUTCOMES = [  # the provider's code and HTTP status; the status of the answer, of the result, and its category
    ("OK", 200, 200, "accepted", "success"),
    ("isv.BUSINESS_LIMIT_CONTROL", 200, 429, "rejected", "throttled"),
    ("Throttling.User", 400, 429, "rejected", "throttled"),
    ("isv.AMOUNT_NOT_ENOUGH", 200, 502, "rejected", "configuration"),
    ("isv.SMS_SIGNATURE_ILLEGAL", 200, 502, "rejected", "configuration"),  # by default
    ("isv.SMS_TEMPLATE_ILLEGAL", 200, 422, "rejected", "configuration"),  # which the message names
    ("InvalidAccessKeyId.NotFound", 404, 502, "rejected", "configuration"),
    ("isv.MOBILE_NUMBER_ILLEGAL", 200, 422, "rejected", "invalid"),
    ("isp.SYSTEM_ERROR", 200, 202, "unknown", "ambiguous"),
    ("SignatureNonceUsed", 400, 202, "unknown", "ambiguous"),
    ("isv.NEVER_HEARD_OF", 200, 202, "unknown", "ambiguous"),
    ("ServiceUnavailable", 503, 202, "unknown", "ambiguous"),
    ("isv.MOBILE_NUMBER_ILLEGAL", 500, 202, "unknown", "ambiguous"),
]
BREAKS = [  # what happens on the wire; the status of the answer, and the code
    (requests.ConnectTimeout("13800138000"), 503, "client:connect-failure"),
    (requests.ReadTimeout("13800138000"), 202, "client:read-timeout"),
    (requests.ConnectionError("13800138000"), 202, "client:connection-reset"),
    (ZeroDivisionError("13800138000"), 202, "client:connection-reset"),
]
MEMBERS = {
    "message_id", "status", "code", "description", "category", "retryable", "advice",
    "request_id", "biz_id", "reference", "recipients", "duplicate",
}  # fmt: skip


def send(door: RequestDoor, message: dict[str, Any] | None = None, **headers: str) -> dict[str, Any]:
    """The result of a message, whatever its status."""
    event = sample("request/one_number")
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    if message:
        event["body"] = json.dumps(json.loads(event["body"]) | message)
    document = door(event).document
    return document.get("result", document)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("code", "http_status", "status", "outcome", "category"), OUTCOMES)
def test_an_answer_of_the_provider_has_its_status(
    request_door: RequestDoor,
    provider: Provider,
    code: str,
    http_status: int,
    status: int,
    outcome: str,
    category: str,
) -> None:
    provider.answers(code, status=http_status, times=3)

    reply = request_door(sample("request/one_number"))

    result = reply.document.get("result", reply.document)
    assert reply.status == status
    assert (result["status"], result["code"], result["category"]) == (outcome, code, category)
    assert result.keys() == MEMBERS


@pytest.mark.parametrize(("error", "status", "code"), BREAKS)
def test_a_broken_wire_has_its_status(
    request_door: RequestDoor, provider: Provider, error: Exception, status: int, code: str
) -> None:
    provider.breaks(error, times=3)

    reply = request_door(sample("request/one_number"))

    assert reply.status == status
    assert reply.document.get("result", reply.document)["code"] == code


def test_an_accepted_message_is_answered_with_its_result(request_door: RequestDoor) -> None:
    reply = request_door(sample("request/many_numbers"))

    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    assert re.fullmatch(MESSAGE_ID, reply.document.pop("message_id"))
    assert reply.document == {
        "status": "accepted",
        "code": "OK",
        "description": "OK",
        "category": "success",
        "retryable": False,
        "advice": None,
        "request_id": "R-1",
        "biz_id": "B-1^0",
        "reference": "order A-1024",
        "recipients": 4,
        "duplicate": False,
    }


def test_a_base64_body_is_read(request_door: RequestDoor, provider: Provider) -> None:
    request_door(sample("request/base64_body"))

    assert provider.numbers == ["13800138000"]


def test_the_provider_gets_an_id_of_ours_and_the_values(request_door: RequestDoor, provider: Provider) -> None:
    request_door(sample("request/many_numbers"))

    (request,) = provider.requests
    assert re.fullmatch(MESSAGE_ID, request["OutId"])
    assert request["PhoneNumbers"] == "13800138000,13900139000,15000150000,18500185000"
    assert json.loads(request["TemplateParam"]) == {"name": "王小明", "order": "A-1024"}


def test_a_problem_is_told_as_rfc_9457_says_with_the_result(request_door: RequestDoor, provider: Provider) -> None:
    provider.answers("isv.MOBILE_NUMBER_ILLEGAL", "13800138000 invalid")

    reply = request_door(sample("request/one_number"))

    assert reply.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert reply.document["type"] == "about:blank"
    assert reply.document["title"] == HTTPStatus(422).phrase  # which Python 3.13 changed
    assert reply.document["status"] == 422
    assert reply.document["detail"] == "138****8000 invalid"
    assert reply.document["result"]["description"] == "138****8000 invalid"


@pytest.mark.parametrize(
    ("code", "headers", "seconds"),
    [
        ("Throttling.User", {}, "1"),
        ("Throttling.User", {"x_acs_retry_after": "2500"}, "3"),
        ("isv.BUSINESS_LIMIT_CONTROL", {}, "1"),
    ],
)
def test_a_throttled_caller_is_told_when_to_come_back(
    request_door: RequestDoor, provider: Provider, code: str, headers: dict[str, str], seconds: str
) -> None:
    provider.answers(code, status=200, times=3, **headers)

    assert request_door(sample("request/one_number")).headers["Retry-After"] == seconds


def test_a_caller_over_the_hourly_limit_is_sent_to_the_next_hour(request_door: RequestDoor, provider: Provider) -> None:
    provider.answers("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5")

    assert 1 <= int(request_door(sample("request/one_number")).headers["Retry-After"]) <= 3600


def test_a_caller_whose_message_was_not_sent_is_told_when_to_come_back(
    request_door: RequestDoor, provider: Provider
) -> None:
    provider.breaks(requests.ConnectTimeout(), times=3)

    assert request_door(sample("request/one_number")).headers["Retry-After"] == "5"


@pytest.mark.parametrize(("code", "status"), [("isv.AMOUNT_NOT_ENOUGH", 200), ("isv.MOBILE_NUMBER_ILLEGAL", 200)])
def test_a_caller_who_need_not_come_back_is_told_no_time(
    request_door: RequestDoor, provider: Provider, code: str, status: int
) -> None:
    provider.answers(code, status=status)

    assert "Retry-After" not in request_door(sample("request/one_number")).headers


def test_without_time_for_a_call_nothing_is_sent(request_door: RequestDoor, provider: Provider) -> None:
    request_door.context.seconds = 2

    reply = request_door(sample("request/one_number"))

    assert reply.status == 503
    assert reply.document["result"]["code"] == "client:out-of-time"
    assert provider.requests == []


def test_the_same_key_gives_the_same_message_id(request_door: RequestDoor) -> None:
    first, second = (send(request_door, {"idempotency_key": "order 1"}) for _ in range(2))

    assert first["message_id"] == second["message_id"]


def test_the_key_in_the_header_wins(request_door: RequestDoor) -> None:
    from_header = request_door(sample("request/idempotency_key")).document

    assert from_header["message_id"] == send(request_door, {"idempotency_key": "checkout-0001"})["message_id"]
    assert from_header["message_id"] != send(request_door, {"idempotency_key": "from the body"})["message_id"]


def test_a_blank_key_in_the_header_is_refused(request_door: RequestDoor, provider: Provider) -> None:
    event = sample("request/one_number")
    event["headers"]["idempotency-key"] = " "

    assert request_door(event).document["errors"] == [{"field": "idempotency_key", "reason": "must not be blank"}]
    assert provider.requests == []


def test_a_request_without_key_has_its_own_message_id(request_door: RequestDoor) -> None:
    first, second = sample("request/one_number"), sample("request/one_number")
    second["requestContext"]["requestId"] = "another"

    assert request_door(first).document["message_id"] != request_door(second).document["message_id"]


def test_message_ids_are_told_apart_by_caller(request_door: RequestDoor) -> None:
    by_role = send(request_door, {"idempotency_key": "checkout-0001"})
    by_token = request_door(sample("request/jwt_caller")).document

    assert by_role["message_id"] != by_token["message_id"]


def test_every_session_of_a_role_is_the_same_caller(request_door: RequestDoor) -> None:
    first, second = sample("request/idempotency_key"), sample("request/idempotency_key")
    second["requestContext"]["authorizer"]["iam"]["userId"] = "AROAQNZGKIQYEXAMPLE23:another-session"

    assert request_door(first).document["message_id"] == request_door(second).document["message_id"]


@pytest.mark.parametrize("authorizer", [{}, None, {"iam": None}, {"iam": {"userId": ""}}, {"jwt": {"claims": None}}])
@pytest.mark.parametrize("name", ["one_number", "health", "unknown_route", "empty_body"])
def test_without_a_caller_nothing_is_sent_and_nothing_answered(
    request_door: RequestDoor, provider: Provider, authorizer: object, name: str
) -> None:
    event = sample(f"request/{name}")
    event["requestContext"]["authorizer"] = authorizer

    reply = request_door(event)

    assert (reply.status, reply.document["title"]) == (403, "Forbidden")
    assert "authorizer" in reply.document["detail"]
    assert provider.requests == []


def test_health_says_that_the_function_started_and_asks_nobody(request_door: RequestDoor, provider: Provider) -> None:
    reply = request_door(sample("request/health"))

    assert (reply.status, reply.document) == (200, {"status": "ok"})
    assert provider.requests == []


def test_an_unknown_route_is_a_problem(request_door: RequestDoor, provider: Provider) -> None:
    reply = request_door(sample("request/unknown_route"))

    assert reply.status == 404
    assert reply.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert reply.document["title"] == "Not Found"
    assert "/v1/messages" in reply.document["detail"]
    assert provider.requests == []


def test_a_defect_of_ours_is_a_problem_that_says_to_look_before_sending_again(request_door: RequestDoor) -> None:
    event = sample("request/one_number")
    del event["requestContext"]["requestId"]

    reply = request_door(event)

    assert reply.status == 500
    assert reply.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert reply.document["title"] == "Internal Server Error"
    assert "before sending again" in reply.document["detail"]


class QuotingContext(Context):
    """Fails with a text that holds what nobody may read."""

    def get_remaining_time_in_millis(self) -> int:
        raise LookupError("13800138000 739164")


def test_a_defect_of_ours_is_logged_by_its_type_alone(request_door: RequestDoor) -> None:
    broken = RequestDoor(Door(request_door.door.module, QuotingContext(25)))

    reply = broken(sample("request/one_number"))

    line = overheard.logged()[-1]
    assert reply.status == 500
    assert (line["level"], line["message"], line["error"]) == ("ERROR", "defect", "LookupError")
    assert not {"exception", "stack_trace"} & line.keys()
