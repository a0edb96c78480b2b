"""`sms stop`, `sms start` and `sms usage` against the deployed stack: what is in the queue waits, and is sent then."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.command import Command
from tests.e2e.conftest import enqueue, wait_until
from tests.e2e.test_event_sources import attributes, made_function, temporary_queue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

NUMBERS = [f"189001893{n:02}" for n in range(12)]
WHY = "a leaked key sends to strangers"
MANY = 600


@dataclass
class Poller:
    """Lambda's, seen by a queue of its own, which it comes to after that of the stack."""

    stack: Stack
    queue: str

    def go_round(self) -> None:
        """Until it has come by twice, so that it has looked at each queue in between."""
        for _ in range(2):
            self.stack.client("sqs").send_message(QueueUrl=self.queue, MessageBody="here")
            wait_until("the poller came by", self._is_empty)

    def _is_empty(self) -> bool:
        found = attributes(self.stack, self.queue)
        return found["ApproximateNumberOfMessages"] == found["ApproximateNumberOfMessagesNotVisible"] == "0"


@pytest.fixture
def poller(stack: Stack) -> Iterator[Poller]:
    name = f"poller-{uuid4()}"
    for queue in temporary_queue(stack, name):
        for _ in made_function(stack, name, queue):
            yield Poller(stack, queue)


@pytest.fixture(autouse=True)
def _going_on(stack: Stack) -> Iterator[None]:
    """Nothing is stopped afterwards, whatever a test does."""
    yield
    Command(stack).run("start")


def told(stack: Stack, *words: str) -> Any:
    return json.loads(Command(stack).run(*words, "--json", code=None).stdout)


def states(stack: Stack) -> list[str]:
    """Of the event source mappings of the queue's function."""
    function = stack.outputs.functions["SendFromQueueFunction"]
    found = stack.client("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    return [mapping["State"] for mapping in found]


def message(number: str) -> str:
    return json.dumps(
        {"phone_numbers": [number], "template_code": "SMS_154950909", "template_param": {"code": "739164"}}
    )


def test_what_is_in_the_queue_waits_unreceived_and_is_sent_after_the_start(stack: Stack, poller: Poller) -> None:
    Command(stack).run("stop", "--why", WHY)
    enqueue(stack, [message(number) for number in NUMBERS])
    poller.go_round()

    assert states(stack) == ["Disabled"]
    assert attributes(stack, stack.outputs.queue_url)["ApproximateNumberOfMessages"] == "12"
    assert stack.received(*NUMBERS) == []

    started = told(stack, "start")

    assert (started["was_stopped"]["why"], started["waiting"]) == (WHY, 12)
    assert states(stack) == ["Enabled"]
    wait_until("all are sent", lambda: len(stack.received(*NUMBERS)) >= len(NUMBERS))
    assert sorted(each["phone_number"] for each in stack.received(*NUMBERS)) == NUMBERS


def test_a_stop_in_the_middle_of_hundreds_loses_none_and_sends_none_twice(stack: Stack) -> None:
    many = [f"18903{place:06d}" for place in range(MANY)]
    urgent = [json.dumps(json.loads(message(number)) | {"urgent": True}) for number in many]
    enqueue(stack, urgent[: MANY // 2])
    wait_until("it has begun", lambda: len(stack.received(*many)) > 0)
    Command(stack).run("stop", "--why", WHY)
    enqueue(stack, urgent[MANY // 2 :])

    before = settled_count(stack, many)
    assert 0 < before < len(many)
    refused = stack.post("/v1/messages", {**json.loads(message("18900189390"))})
    assert (refused.status_code, refused.json()["detail"]) == (503, f"sending is stopped: {WHY}")
    assert len(stack.received(*many)) == before

    Command(stack).run("start")
    wait_until("all are sent", lambda: len(stack.received(*many)) >= len(many), 180)
    assert sorted(each["phone_number"] for each in stack.received(*many)) == many
    assert stack.received("18900189390") == []


def settled_count(stack: Stack, numbers: list[str]) -> int:
    """How many are sent when no function is at it any more: those that had begun may end."""
    function = stack.outputs.functions["SendFromQueueFunction"]

    def is_quiet() -> bool:
        found = attributes(stack, stack.outputs.queue_url)
        lines = stack.log_lines("SendFromQueueFunction")
        begun = sum(line.startswith("START") for line in lines)
        return begun == sum(line.startswith("REPORT") for line in lines) and bool(found and function)

    wait_until("nothing is under way", is_quiet)
    return len(stack.received(*numbers))


def test_what_was_sent_is_counted_for_the_stack_and_for_its_caller(stack: Stack) -> None:
    before = told(stack, "usage")

    Command(stack).run("send", "--to", "18900189320", "--template", "SMS_154950909", "--param", "code=739164")

    after = told(stack, "usage")
    assert after["recipients"] == before["recipients"] + 1
    assert [each["caller"] for each in after["callers"] if each["caller"].startswith("iam:")]


def test_usage_and_doctor_tell_of_the_stop_and_who_it_was(stack: Stack) -> None:
    Command(stack).run("stop", "--why", WHY)

    usage, findings = told(stack, "usage"), {each["about"]: each for each in told(stack, "doctor")}

    assert usage["stopped"]["why"] == WHY
    assert usage["stopped"]["by"].endswith(":user/operator")
    assert findings["stop"]["state"] == "fault"
    assert f"{usage['stopped']['by']}: {WHY}" in findings["stop"]["says"]
    assert findings["queue"]["state"] == "ok"


def test_of_those_who_stop_at_once_one_does_and_the_others_are_told(stack: Stack) -> None:
    whys = [f"{WHY}, {n}" for n in range(3)]
    with ThreadPoolExecutor(len(whys)) as pool:
        answers = list(pool.map(lambda why: told(stack, "stop", "--why", why), whys))

    [first] = [answer["stopped"]["why"] for answer in answers if answer["changed"]]
    assert {answer["stopped"]["why"] for answer in answers} == {first}
    assert all(answer["event_source_disabled"] for answer in answers)


def test_a_mapping_that_is_off_without_a_stop_is_enabled_by_a_start(stack: Stack) -> None:
    Command(stack).run("stop", "--why", WHY)
    Command(stack).run("start")
    [mapping] = stack.client("lambda").list_event_source_mappings(
        FunctionName=stack.outputs.functions["SendFromQueueFunction"]
    )["EventSourceMappings"]
    stack.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    found = {each["about"]: each for each in told(stack, "doctor")}
    Command(stack).run("start")

    assert "off though sends are not stopped" in found["queue"]["says"]
    assert states(stack) == ["Enabled"]
