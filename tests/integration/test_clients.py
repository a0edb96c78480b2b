"""What the clients in examples/ make of each answer of the HTTP door, over a socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.workbench.clients import CODES, KEY, Answer, Door, opened, run

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER, MASKED = "13800138000", "138****8000"
CLIENTS = pytest.mark.parametrize("client", CODES)


def ours(status: int, result: str, code: str | None, **headers: str) -> Answer:
    """An answer of the function: the result, from 400 on within a problem."""
    told: dict[str, Any] = {"message_id": "7c1f", "status": result, "code": code, "category": "success"}
    problem = {"type": "about:blank", "status": status, "detail": "it failed", "errors": [], "result": told}
    named = {"Content-Type": f"application/{'json' if status < 400 else 'problem+json'}; charset=utf-8"}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named | sent, json.dumps(told if status < 400 else problem).encode()


def gateways(status: int) -> Answer:
    """An answer of API Gateway, which has no result."""
    return status, {"Content-Type": "application/json"}, b'{"message": "Service Unavailable"}'


ACCEPTED = ours(200, "accepted", "OK")
THROTTLED = ours(429, "rejected", "isv.BUSINESS_LIMIT_CONTROL", Retry_After="1")
ANSWERS: list[tuple[list[Answer | None], str]] = [
    ([ACCEPTED], "accepted (200) OK"),
    ([ours(202, "unknown", "client:read-timeout")], "pending (202) client:read-timeout"),
    ([ours(202, "queued", "Throttling.User")], "pending (202) Throttling.User"),
    ([ours(400, "rejected", "client:invalid-message")], "refused (400) client:invalid-message"),
    ([ours(403, "rejected", "client:not-allowed")], "refused (403) client:not-allowed"),
    ([gateways(403)], "refused (403)"),
    ([gateways(404)], "refused (404)"),
    ([gateways(413)], "refused (413)"),
    ([ours(422, "rejected", "isv.MOBILE_NUMBER_ILLEGAL")], "refused (422) isv.MOBILE_NUMBER_ILLEGAL"),
    ([ours(422, "expired", "client:expired")], "refused (422) client:expired"),
    ([ours(502, "rejected", "isv.AMOUNT_NOT_ENOUGH")], "operator (502) isv.AMOUNT_NOT_ENOUGH"),
    ([ours(429, "rejected", "client:daily-limit", Retry_After="9000")], "later (429) client:daily-limit"),
    ([ours(503, "rejected", "client:stopped", Retry_After="60")], "later (503) client:stopped"),
    ([THROTTLED, ACCEPTED], "accepted (200) OK"),
    ([ours(409, "sending", None, Retry_After="1"), ACCEPTED], "accepted (200) OK"),
    ([ours(503, "rejected", "client:connect-failure", Retry_After="1"), ACCEPTED], "accepted (200) OK"),
    ([THROTTLED, THROTTLED, THROTTLED], "later (429) isv.BUSINESS_LIMIT_CONTROL"),
    ([gateways(429), ACCEPTED], "accepted (200) OK"),
    ([gateways(500), ACCEPTED], "accepted (200) OK"),
    ([gateways(504), ACCEPTED], "accepted (200) OK"),
    ([None, ACCEPTED], "accepted (200) OK"),
    ([None, gateways(403)], "unknown (403)"),
    ([None, ours(422, "rejected", "isv.MOBILE_NUMBER_ILLEGAL")], "refused (422) isv.MOBILE_NUMBER_ILLEGAL"),
    ([gateways(504), gateways(503), None], "unknown (no answer)"),
    ([(502, {"Content-Type": "text/html"}, b"<html>")], "unknown (502)"),
]


def door_with(answers: list[Answer | None]) -> Door:
    left: Iterator[Answer | None] = iter(answers)
    return Door(lambda *_: next(left))


@CLIENTS
@pytest.mark.parametrize(("answers", "outcome"), ANSWERS, ids=[f"{i}-{said}" for i, (_, said) in enumerate(ANSWERS)])
def test_each_answer_has_its_outcome_and_what_is_repeated_is_the_same(
    client: str, answers: list[Answer | None], outcome: str
) -> None:
    with opened(door_with(answers)) as door:
        done = run(CODES[client], NUMBER, **KEY, SMS_API_URL=door.url)

    assert done.stdout.strip() == f"{MASKED}: {outcome}", done.stderr
    assert done.returncode == (0 if outcome.startswith(("accepted", "pending")) else 1)
    assert len(door.bodies) == len(answers)
    assert len(set(door.bodies)) == 1
    assert all("/execute-api/aws4_request" in headers["authorization"] for headers in door.headers)


@CLIENTS
def test_a_new_code_is_a_new_key_and_expires(client: str) -> None:
    with opened(door_with([ACCEPTED, ACCEPTED])) as door:
        for _ in range(2):
            run(CODES[client], NUMBER, **KEY, SMS_API_URL=door.url)

    first, second = map(json.loads, door.bodies)
    assert first["idempotency_key"] != second["idempotency_key"]
    assert first["expires_at"]
    assert len(first["template_param"]["code"]) == 6


@CLIENTS
def test_the_key_the_code_and_the_number_are_not_shown(client: str) -> None:
    with opened(door_with([None, ACCEPTED])) as door:
        done = run(CODES[client], NUMBER, **KEY, SMS_API_URL=door.url)

    message, shown = json.loads(door.bodies[0]), done.stdout + done.stderr
    assert MASKED in shown
    assert not [
        text for text in (NUMBER, message["idempotency_key"], message["template_param"]["code"]) if text in shown
    ]


@CLIENTS
@pytest.mark.parametrize("number", ["138", "1380013800"])
def test_a_number_that_is_too_short_to_be_masked_is_not_shown_at_all(client: str, number: str) -> None:
    with opened(door_with([ours(400, "rejected", "client:invalid-message")])) as door:
        done = run(CODES[client], number, **KEY, SMS_API_URL=door.url)

    assert done.stdout.strip() == "****: refused (400) client:invalid-message"
