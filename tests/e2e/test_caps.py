"""The caps of a day on a deployed stack: exact, however many functions send at once, and whenever the day turns."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import enqueue, new_cloud, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("caps")

CAP, SENDS, AT_ONCE = 50, 200, 10
CODE = {"template_code": "SMS_154950909", "template_param": {"code": "739164"}}
YESTERDAY = (datetime.now(UTC) + timedelta(hours=8 - 24)).date().isoformat()


@pytest.fixture(scope="module")
def capped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    cloud = new_cloud(tmp_path_factory.mktemp("capped"), PARAMETERS=f"DailyRecipientLimit={CAP}")
    yield cloud.up()
    cloud.down()


@pytest.fixture(autouse=True)
def _new_day(capped: Stack) -> None:
    """What is counted is of yesterday, and the cap was reached then: the first that sends turns the day."""
    item = {"pk": {"S": "usage"}, "version": {"N": "1"}, "day": {"S": YESTERDAY}, "total": {"N": str(CAP)}}
    capped.client("dynamodb").put_item(TableName=capped.outputs.messages_table, Item=item)


def usage(stack: Stack) -> dict[str, Any]:
    key = {"pk": {"S": "usage"}}
    item: dict[str, Any] = stack.client("dynamodb").get_item(TableName=stack.outputs.messages_table, Key=key)["Item"]
    return item


def numbers(prefix: str) -> list[str]:
    return [f"{prefix}{place:05d}" for place in range(SENDS)]


def test_a_stack_says_its_caps_when_it_comes_up(capped: Stack) -> None:
    assert f"Caps of a day: DailyRecipientLimit={CAP}, DailyRecipientLimitPerCaller=0 (off)" in capped.said


def test_of_two_hundred_requests_at_once_that_turn_the_day_exactly_fifty_are_sent(capped: Stack) -> None:
    def send(number: str) -> tuple[int, str]:
        answer = capped.post("/v1/messages", {**CODE, "phone_numbers": [number]})
        return answer.status_code, answer.headers.get("Retry-After", "0")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, numbers("189021")))

    assert Counter(status for status, _ in answers) == {200: CAP, 429: SENDS - CAP}
    assert all(0 < int(seconds) <= 86_400 for status, seconds in answers if status != 200)
    assert len(capped.received(*numbers("189021"))) == CAP
    assert usage(capped)["total"] == {"N": str(CAP)}


def test_of_two_hundred_in_the_queue_fifty_are_sent_and_the_others_wait_until_midnight(capped: Stack) -> None:
    messages = [{**CODE, "phone_numbers": [number], "idempotency_key": number} for number in numbers("189022")]
    enqueue(capped, [json.dumps(message) for message in messages])

    def waiting() -> list[str]:
        items = capped.client("dynamodb").scan(TableName=capped.outputs.messages_table)["Items"]
        parked = [item for item in items if item.get("status") == {"S": "queued"}]
        return [item["due_at"]["N"] for item in parked if item["key"]["S"].startswith("189022")]

    wait_until("the others wait", lambda: len(waiting()) == SENDS - CAP)
    assert len(capped.received(*numbers("189022"))) == CAP
    [opens] = set(waiting())
    assert (int(opens) - 1) % 86_400 == 16 * 3600  # midnight in China


def test_what_the_provider_refuses_leaves_its_room_to_others(capped: Stack) -> None:
    refused = capped.post("/v1/messages", {**CODE, "phone_numbers": ["18902399999"], "template_code": "SMS_404"})
    sent = capped.post("/v1/messages", {**CODE, "phone_numbers": ["18902399999"]})

    assert (refused.status_code, sent.status_code) == (422, 200)
    assert usage(capped)["total"] == {"N": "1"}
