"""What is logged and counted for each outcome."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.message.incoming import message_id
from tests.functions.conftest import counted
from tests.privacy import overheard
from tests.workbench.functions import sample

if TYPE_CHECKING:
    from tests.functions.conftest import Door, RequestDoor
    from tests.workbench.wire_provider import Provider

BY_CATEGORY = {
    "success": "OK",
    "throttled": "Throttling.User",
    "configuration": "isv.AMOUNT_NOT_ENOUGH",
    "invalid": "isv.MOBILE_NUMBER_ILLEGAL",
    "ambiguous": "isp.SYSTEM_ERROR",
}


def outcomes() -> list[dict[str, Any]]:
    return [line for line in overheard.logged() if line["message"] == "outcome"]


def test_an_outcome_is_one_line_with_masked_numbers(queue_door: Door) -> None:
    queue_door(sample("queue/one_message"))

    (line,) = outcomes()
    assert (line["level"], line["door"], line["status"], line["code"]) == ("INFO", "queue", "accepted", "OK")
    assert (line["category"], line["request_id"], line["biz_id"]) == ("success", "R-1", "B-1^0")
    assert line["message_id"] == message_id("queue", sample("queue/one_message")["Records"][0]["messageId"])
    assert (line["recipients"], line["phone_numbers"]) == (1, ["138****8000"])


def test_an_outcome_says_whose_message_it_was_and_by_which_request(request_door: RequestDoor) -> None:
    request_door(sample("request/one_number"))
    request_door(sample("request/bad_number"))

    assert [(line["scope"], line["api_request_id"]) for line in outcomes()] == [
        ("iam:AROAQNZGKIQYEXAMPLE23", "Uj7Qyh3zBjQEJfA="),
        ("iam:AROAQNZGKIQYEXAMPLE23", sample("request/bad_number")["requestContext"]["requestId"]),
    ]


def test_an_outcome_of_a_door_of_aws_has_the_doors_scope_and_no_request(queue_door: Door) -> None:
    queue_door(sample("queue/one_message"))

    (line,) = outcomes()
    assert line["scope"] == "queue"
    assert "api_request_id" not in line


def test_a_text_of_the_provider_is_logged_without_numbers_and_values(queue_door: Door, provider: Provider) -> None:
    provider.answers("isv.SMS_CONTENT_ILLEGAL", "13800138000: 739164 is not allowed")

    queue_door(sample("queue/one_message"))

    assert outcomes()[0]["description"] == "138****8000: *** is not allowed"


def test_an_outcome_that_is_not_acceptance_is_a_warning(queue_door: Door) -> None:
    queue_door(sample("queue/unknown_field"))

    (line,) = outcomes()
    assert (line["level"], line["code"]) == ("WARNING", "client:invalid-message")
    assert line["message_id"] == message_id("queue", "login 7")


@pytest.mark.parametrize(("category", "code"), BY_CATEGORY.items())
def test_an_outcome_is_counted_by_its_category(
    queue_door: Door, provider: Provider, capsys: pytest.CaptureFixture[str], category: str, code: str
) -> None:
    provider.answers(code, times=3)

    queue_door(sample("queue/one_message"))

    assert counted(capsys) == {category: 1}


def test_the_outcomes_of_a_batch_are_counted_together(queue_door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    queue_door(sample("queue/one_bad_of_three"))

    assert counted(capsys) == {"success": 2, "invalid": 1}


def test_outcomes_are_counted_even_where_the_handler_raises(
    schedule_door: Door, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.answers("isv.AMOUNT_NOT_ENOUGH")

    with pytest.raises(schedule_door.module.NothingSentError):
        schedule_door(sample("schedule/one_message"))

    assert counted(capsys) == {"configuration": 1}


def test_more_outcomes_than_fit_into_a_line_of_metrics_are_all_counted(
    schedule_door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    schedule_door({"messages": [sample("schedule/one_message")] * 250})

    assert counted(capsys) == {"success": 250}


def test_health_counts_nothing(request_door: RequestDoor, capsys: pytest.CaptureFixture[str]) -> None:
    request_door(sample("request/health"))

    assert counted(capsys) == {}


def test_of_many_numbers_only_some_are_logged(request_door: RequestDoor) -> None:
    event = sample("request/too_many_numbers")
    message = json.loads(event["body"])
    event["body"] = json.dumps(message | {"phone_numbers": message["phone_numbers"][:1000]})

    request_door(event)

    (line,) = outcomes()
    assert (line["recipients"], len(line["phone_numbers"])) == (1000, 10)
