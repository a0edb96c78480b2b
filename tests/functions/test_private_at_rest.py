"""What is left of a message when it is done with: no number and no value, wherever the provider quoted them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests

from tests.privacy import overheard
from tests.workbench.functions import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door, RequestDoor
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

NUMBER, NAME, CODE = "13700137000", "张小红", "8264"
MESSAGE = {"phone_numbers": [NUMBER], "template_code": "SMS_1", "template_param": {"name": NAME, "code": CODE}}
QUOTED = f"{NUMBER} must not get {NAME} and {CODE}"
CODES = ["isv.SMS_CONTENT_ILLEGAL", "isp.SYSTEM_ERROR", "isv.AMOUNT_NOT_ENOUGH", "isv.BUSINESS_LIMIT_CONTROL"]
UPSIDE_DOWN: dict[str, Any] = {NUMBER: NAME, NAME: None, CODE: True, "template_param": {CODE: None, NAME: []}}


def held(*kept: Any) -> list[str]:
    """What is private and stands in any of these."""
    text = json.dumps(kept, ensure_ascii=False)
    return [secret for secret in (NUMBER, NAME, CODE) if secret in text]


@pytest.fixture(autouse=True)
def _ledger(keeping: None) -> None:
    """Before the doors are loaded."""


@pytest.fixture
def rows(messages_table: str) -> Callable[[], list[dict[str, Any]]]:
    """All rows, as they stand; without what they keep of a message that may still have to be sent."""
    kept_while_open = {"document", "recipients", "template_params"}

    def read() -> list[dict[str, Any]]:
        items = boto3.client("dynamodb").scan(TableName=messages_table)["Items"]
        return [{k: v for k, v in item.items() if "ttl" in item or k not in kept_while_open} for item in items]

    return read


def request(message: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = sample("request/one_number")
    return event | {"body": json.dumps(message)}


def record(message: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = sample("queue/one_message")
    event["Records"][0]["body"] = json.dumps(message)
    return event


def schedule(message: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [message, message | {"phone_numbers": ["13600136000"]}]}


EVENTS = {"send_on_request": request, "send_from_queue": record, "send_on_schedule": schedule}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("function", EVENTS)
def test_what_the_provider_quotes_is_in_no_row_answer_log_line_or_letters_attribute(
    load_door: Callable[..., Door],
    provider: Provider,
    rows: Callable[[], list[dict[str, Any]]],
    dead_letter_queue: Queue,
    function: str,
    code: str,
) -> None:
    provider.answers(code, QUOTED, times=9)
    door = load_door(function)

    try:
        answer = door(EVENTS[function](MESSAGE))
    except door.module.NothingSentError as error:
        answer = str(error)

    kept = rows()
    assert len(kept) >= 2
    assert held(kept, answer, overheard.lines, [letter["attributes"] for letter in dead_letter_queue.letters()]) == []


def test_what_it_quotes_when_settling_asks_again_is_not_kept_either(
    load_door: Callable[..., Door],
    provider: Provider,
    rows: Callable[[], list[dict[str, Any]]],
    dead_letter_queue: Queue,
    settle: Callable[..., dict[str, int]],
) -> None:
    provider.breaks(requests.ReadTimeout())
    load_door("send_from_queue")(record(MESSAGE))
    provider.answers("isp.SYSTEM_ERROR", QUOTED, times=9)

    settle(3700, SMS_UNKNOWN_POLICY="resend")
    settle(8000, SMS_UNKNOWN_POLICY="resend")

    assert held(rows(), overheard.lines, [letter["attributes"] for letter in dead_letter_queue.letters()]) == []


@pytest.mark.parametrize("function", EVENTS)
def test_the_names_of_json_that_is_upside_down_are_for_the_caller_alone(
    load_door: Callable[..., Door],
    rows: Callable[[], list[dict[str, Any]]],
    dead_letter_queue: Queue,
    function: str,
) -> None:
    answer = load_door(function)(EVENTS[function](UPSIDE_DOWN))

    letters = dead_letter_queue.letters()
    assert held(rows(), overheard.lines, [letter["attributes"] for letter in letters]) == []
    assert any("3 unknown fields; " in line for line in overheard.lines)
    assert all("3 unknown fields; " in letter["attributes"]["reason"] for letter in letters[:1])
    assert held(answer) == ([NAME, CODE] if function == "send_on_request" else [])


def test_the_answer_says_what_the_ledger_says(request_door: RequestDoor, provider: Provider) -> None:
    provider.answers("isv.SMS_CONTENT_ILLEGAL", QUOTED)
    event = request(MESSAGE | {"idempotency_key": "once"})

    first, again = request_door(event), request_door(event)

    assert first.document["detail"] == "137****7000 must not get *** and ***"
    assert again.document["detail"] == first.document["detail"]
