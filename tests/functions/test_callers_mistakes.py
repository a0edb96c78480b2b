"""A signature or template that a caller named wrongly is the caller's fault, and the operator hears of many alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.observability import OLDEST_DUE
from tests.functions.conftest import CODE, RequestDoor, counted, moved_back
from tests.privacy import overheard
from tests.workbench.functions import sample
from tests.workbench.wire_provider import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

    Load = Callable[..., Door]

SIGNATURE, TEMPLATE, BALANCE = "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_TEMPLATE_ILLEGAL", "isv.AMOUNT_NOT_ENOUGH"
NUMBER = "13800138000"
NAMED = {"sign_name": "北岸书店", "template_code": "SMS_1"}
OWN, CALLERS = {"configuration": 1}, {"caller-configuration": 1, "callers-at-fault": 1}
OUTCOMES = [  # what the message names, the provider's code, the HTTP status, and what is counted
    (["sign_name"], SIGNATURE, 422, CALLERS),
    (["template_code"], TEMPLATE, 422, CALLERS),
    (["sign_name", "template_code"], "isv.SIGN_STATE_ILLEGAL", 422, CALLERS),
    ([], SIGNATURE, 502, OWN),
    ([], TEMPLATE, 502, OWN),
    (["template_code"], SIGNATURE, 502, OWN),
    (["sign_name"], TEMPLATE, 502, OWN),
    (["sign_name", "template_code"], BALANCE, 502, OWN),
    (["sign_name", "template_code"], "InvalidAccessKeyId.NotFound", 502, OWN),
]


@pytest.fixture(autouse=True)
def _ledger(keeping: None) -> None:
    """Before the doors are loaded."""


@pytest.fixture
def load(provider: Provider, load_door: Load) -> Load:
    """Load a door of a stack that has a signature and a template of its own."""
    del provider
    return lambda door: load_door(door, SMS_SIGN_NAME="阿里云短信测试", SMS_TEMPLATE_CODE="SMS_154950909")


def message(*named: str, **fields: Any) -> dict[str, Any]:
    """A message that names these of signature and template."""
    return {"phone_numbers": [NUMBER]} | {name: NAMED[name] for name in named} | fields


def record_of(body: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = sample("queue/one_message")
    event["Records"][0]["body"] = json.dumps(body)
    return event


def request_of(body: dict[str, Any], caller: str = "AROAQNZGKIQYEXAMPLE23") -> dict[str, Any]:
    event: dict[str, Any] = sample("request/one_number")
    event["requestContext"]["authorizer"]["iam"]["userId"] = caller
    event["body"] = json.dumps(body)
    return event


@pytest.mark.parametrize(("named", "code", "status", "counts"), OUTCOMES)
def test_a_caller_is_at_fault_for_what_it_named_and_the_stack_for_its_own_and_for_all_else(
    load: Load,
    provider: Provider,
    capsys: pytest.CaptureFixture[str],
    named: list[str],
    code: str,
    status: int,
    counts: dict[str, int],
) -> None:
    provider.answers(code)

    reply = RequestDoor(load("send_on_request"))(request_of(message(*named)))

    assert (reply.status, reply.document["result"]["code"]) == (status, code)
    assert (reply.document["result"]["category"], reply.document["result"]["status"]) == ("configuration", "rejected")
    assert counted(capsys) == counts


def test_a_caller_counts_once_and_each_of_its_messages_does(
    load: Load, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.answers(TEMPLATE, times=5)
    door = RequestDoor(load("send_on_request"))
    callers = ["one", "one", "two", "one", "two"]

    for caller in callers:
        door(request_of(message("template_code"), caller))

    assert counted(capsys) == {"caller-configuration": 5, "callers-at-fault": 2}


def test_the_log_says_whose_mistake_it_was(load: Load, provider: Provider) -> None:
    provider.answers(TEMPLATE, times=2)
    door = RequestDoor(load("send_on_request"))
    door(request_of(message("template_code"), "one"))
    door(request_of(message(), "one"))

    lines = [line for line in overheard.logged() if line["message"] == "outcome"]
    assert [(line["scope"], line["code"], line.get("of_caller")) for line in lines] == [
        ("iam:one", TEMPLATE, True),
        ("iam:one", TEMPLATE, None),
    ]


def test_a_caller_corrects_its_mistake_under_the_same_key(load: Load, provider: Provider) -> None:
    provider.answers(SIGNATURE)
    door = RequestDoor(load("send_on_request"))

    replies = [
        door(request_of(message(*names, idempotency_key="once"))) for names in (["sign_name"], ["template_code"])
    ]

    assert [reply.status for reply in replies] == [422, 200]


def test_a_record_is_a_dead_letter_at_its_first_receive_and_is_sent_when_the_provider_knows_what_it_names(
    load: Load, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers(SIGNATURE)
    door = load("send_from_queue")

    assert door(record_of(message("sign_name"))) == {"batchItemFailures": []}
    (letter,) = dead_letter_queue.letters()
    assert (letter["attributes"]["status"], letter["attributes"]["code"]) == ("rejected", SIGNATURE)
    row = door.row(letter["attributes"]["message_id"])
    assert (row.released, (row.result or {})["category"]) == (True, "configuration")

    assert [door(moved_back(letter)) for _ in range(2)] == [{"batchItemFailures": []}] * 2
    assert len(provider.requests) == 2
    assert door.row(letter["attributes"]["message_id"]).status == "accepted"
    assert dead_letter_queue.letters() == []


def test_where_it_cannot_become_a_dead_letter_it_comes_again(
    load: Load, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers(SIGNATURE)
    dead_letter_queue.delete()

    assert load("send_from_queue")(record_of(message("sign_name")))["batchItemFailures"]


def test_a_record_that_named_neither_comes_again(load: Load, provider: Provider, dead_letter_queue: Queue) -> None:
    provider.answers(SIGNATURE)

    assert load("send_from_queue")(record_of(message()))["batchItemFailures"]
    assert dead_letter_queue.letters() == []


def test_of_one_call_those_go_that_named_the_template_and_the_others_come_again(
    load: Load, provider: Provider, dead_letter_queue: Queue, capsys: pytest.CaptureFixture[str]
) -> None:
    """The template is that of all, so that one call tells of all; the key of each is free."""
    provider.answers(TEMPLATE)
    event = sample("queue/three_messages")
    own, named = (
        message(template_param={"code": "1"}),
        message(template_param={"code": "2"}, phone_numbers="13900139000"),
    )
    bodies = [own, named | {"template_code": "SMS_154950909"}]
    event["Records"] = [
        record | {"body": json.dumps(body)} for record, body in zip(event["Records"], bodies, strict=False)
    ]

    answer = load("send_from_queue")(event)

    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == [event["Records"][0]["messageId"]]
    assert [json.loads(letter["body"])["phone_numbers"] for letter in dead_letter_queue.letters()] == ["13900139000"]
    assert len(provider.requests) == 1
    assert counted(capsys) == {"configuration": 1, **CALLERS}


def test_a_schedule_whose_message_names_what_nobody_knows_writes_a_letter_and_is_not_run_again(
    load: Load, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers(TEMPLATE)

    answer = load("send_on_schedule")(CODE)

    assert answer["counts"] == {"rejected": 1}
    (letter,) = dead_letter_queue.letters()
    assert letter["attributes"]["code"] == TEMPLATE
    assert load("send_from_queue")(moved_back(letter)) == {"batchItemFailures": []}
    assert len(provider.requests) == 2


def test_a_schedule_that_the_stack_is_at_fault_for_is_run_again(load: Load, provider: Provider) -> None:
    provider.answers(TEMPLATE)
    door = load("send_on_schedule")

    with pytest.raises(door.module.NothingSentError):
        door(message())


def test_what_settling_finds_out_is_counted_in_the_same_way(
    load: Load,
    provider: Provider,
    dead_letter_queue: Queue,
    settle: Callable[..., dict[str, int]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both were refused for one's limit; then each is tried by itself."""
    provider.answers("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10")
    provider.refuses[NUMBER] = Answer(SIGNATURE, SIGNATURE)
    provider.refuses["13900139000"] = Answer(SIGNATURE, SIGNATURE)
    event = sample("queue/three_messages")
    bodies = [message("sign_name"), message(phone_numbers="13900139000")]
    event["Records"] = [
        record | {"body": json.dumps(body)} for record, body in zip(event["Records"], bodies, strict=False)
    ]
    load("send_from_queue")(event)
    capsys.readouterr()

    settle(150)

    assert len(dead_letter_queue.letters()) == 2
    counts = counted(capsys)
    del counts[OLDEST_DUE]
    usage = {"recipients-today": 2, "stopped": 0}
    assert counts == {"settled-rejected": 2, "configuration": 1, **CALLERS, **usage}
