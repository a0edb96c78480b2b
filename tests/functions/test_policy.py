"""The operator's policy at the three doors: what it refuses costs nothing, and a change of it soon holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.functions.conftest import CODE, Door, RequestDoor, counted
from tests.privacy import CODE as VALUE
from tests.privacy import overheard
from tests.workbench.functions import REGION, sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

    Put = Callable[[object], None]

pytestmark = pytest.mark.usefixtures("keeping")

ID, ROLE = "AROAQNZGKIQYEXAMPLE23", "arn:aws-cn:iam::123456789012:role/checkout"  # of the caller in events/
OTHERS_SIGNATURE = {"callers": [{"principals": [ID], "sign_names": ["another"]}]}
SHORT = {"templates": {"SMS_154950909": {"variables": {"code": {"max_length": 5}}}}}
TOO_LONG = "template_param.code: has 6 characters, at most 5"


@pytest.fixture
def put(messages_table: str) -> Put:
    """Put a policy, or a text that is none, into the table."""

    def putting(policy: object) -> None:
        text = policy if isinstance(policy, str) else json.dumps(policy)
        row = {"pk": {"S": "policy"}, "version": {"N": "1"}, "document": {"S": text}}
        boto3.client("dynamodb", region_name=REGION).put_item(TableName=messages_table, Item=row)

    return putting


@pytest.fixture
def door(put: Put, request_door: RequestDoor) -> RequestDoor:  # noqa: ARG001 - the table is there first
    return request_door


def request_of(**fields: object) -> dict[str, Any]:
    event: dict[str, Any] = sample("request/idempotency_key")
    event["body"] = json.dumps(CODE | fields)
    return event


def record_of(**fields: object) -> dict[str, Any]:
    event: dict[str, Any] = sample("queue/one_message")
    event["Records"][0]["body"] = json.dumps(CODE | fields)
    return event


@pytest.mark.parametrize("principal", [ID, ROLE, "arn:aws-cn:sts::*:assumed-role/checkout/*", "*"])
def test_a_caller_who_may_not_is_told_403_and_which_rule_and_the_key_stays_free(
    put: Put, door: RequestDoor, provider: Provider, passed: list[float], principal: str
) -> None:
    put({"callers": [{"principals": ["jwt:*"]}, {"principals": [principal], "sign_names": ["another"]}]})

    reply = door(request_of())

    assert reply.status == 403
    assert reply.headers["Content-Type"].startswith("application/problem+json")
    assert reply.document["errors"] == [{"field": "sign_name", "reason": "is not among callers[1].sign_names"}]
    assert reply.document["detail"] == "sign_name: is not among callers[1].sign_names"
    result = reply.document["result"]
    assert (result["status"], result["code"], result["category"]) == ("rejected", "client:not-allowed", "invalid")
    assert provider.requests == []
    assert door.door.module.sender.ledger.message(result["message_id"]) is None

    put({})
    passed.append(60)
    assert door(request_of()).status == 200


def test_another_caller_has_the_defaults(put: Put, door: RequestDoor, provider: Provider) -> None:
    put({"callers": [{"principals": ["AROAANOTHER123"], "sign_names": [], "countries": []}]})

    assert door(request_of()).status == 200
    assert len(provider.requests) == 1


def test_a_token_is_a_caller_by_its_subject(put: Put, door: RequestDoor) -> None:
    put({"callers": [{"principals": ["jwt:user-42"], "template_codes": []}, {"principals": ["*"]}]})

    assert door(sample("request/jwt_caller")).status == 403
    assert door(request_of()).status == 200


def test_a_rule_says_how_far_and_to_how_many_its_caller_sends(put: Put, door: RequestDoor) -> None:
    put({"callers": [{"principals": [ID], "countries": ["HK"], "max_recipients": 1}]})

    assert door(request_of(phone_numbers=["+852 6123 4567"])).status == 200
    refused = door(request_of(phone_numbers=["+852 6123 4567", "13800138000"]))
    assert refused.status == 403
    assert [each["field"] for each in refused.document["errors"]] == ["phone_numbers", "phone_numbers[1]"]


@pytest.mark.parametrize("per_caller", ["1", "100"])
def test_a_callers_own_cap_stands_in_the_place_of_the_stacks(
    put: Put, load_door: Callable[..., Door], provider: Provider, per_caller: str
) -> None:
    put({"callers": [{"principals": [ROLE], "daily_recipients": 2}]})
    door = RequestDoor(load_door("send_on_request", SMS_DAILY_RECIPIENT_LIMIT_PER_CALLER=per_caller))

    replies = [door(request_of(idempotency_key=None) | {"headers": {"idempotency-key": f"{n}"}}) for n in range(3)]

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert "the policy's daily_recipients of 2 has room for 0 more recipients" in replies[2].document["detail"]
    assert len(provider.requests) == 2


def test_a_message_to_more_than_a_caller_has_in_a_day_is_not_allowed(put: Put, door: RequestDoor) -> None:
    put({"callers": [{"principals": [ROLE], "daily_recipients": 1}]})

    refused = door(request_of(phone_numbers=["13800138000", "13900139000"]))

    assert refused.status == 403
    assert refused.document["errors"][0]["reason"] == "has 2 numbers, and callers[0].daily_recipients allows 1 a day"


def test_a_value_that_does_not_fit_its_template_is_400_with_its_field_and_without_itself(
    put: Put, door: RequestDoor, provider: Provider
) -> None:
    put(SHORT)

    reply = door(request_of(urgent="yes", template_param={"code": VALUE, "link": "http://x"}))

    assert reply.status == 400
    assert reply.document["errors"] == [
        {"field": "urgent", "reason": "must be true or false"},
        {"field": "template_param.link", "reason": "is no variable of the template"},
        {"field": "template_param.code", "reason": "has 6 characters, at most 5"},
    ]
    assert reply.document["result"]["code"] == "client:invalid-message"
    assert VALUE not in json.dumps(reply.document)
    assert provider.requests == []


def test_rules_of_templates_hold_at_the_queue_and_those_of_callers_do_not(
    put: Put, load_door: Callable[..., Door], provider: Provider, dead_letter_queue: Queue
) -> None:
    put(SHORT | {"callers": [{"principals": ["*"], "sign_names": []}]})
    door = load_door("send_from_queue")

    assert door(record_of()) == {"batchItemFailures": []}
    (letter,) = dead_letter_queue.letters()
    assert (letter["attributes"]["code"], letter["attributes"]["reason"]) == ("client:invalid-message", TOO_LONG)
    assert provider.requests == []

    assert door(record_of(template_param={"code": "12345"})) == {"batchItemFailures": []}
    assert len(provider.requests) == 1


def test_so_it_is_at_the_schedule(
    put: Put, load_door: Callable[..., Door], provider: Provider, dead_letter_queue: Queue
) -> None:
    put(SHORT | {"callers": [{"principals": ["*"], "sign_names": []}]})
    door = load_door("send_on_schedule")

    assert door(CODE)["counts"] == {"rejected": 1}
    (letter,) = dead_letter_queue.letters()
    assert letter["attributes"]["reason"] == TOO_LONG
    assert provider.requests == []
    assert door(CODE | {"template_param": {"code": "12345"}})["counts"] == {"accepted": 1}


def test_what_waited_and_does_not_fit_its_template_any_more_is_a_dead_letter(
    put: Put,
    load_door: Callable[..., Door],
    provider: Provider,
    messages_queue: Queue,
    settle: Callable[..., dict[str, int]],
) -> None:
    provider.answers("Throttling.User", times=100)
    load_door("send_on_schedule")(CODE | {"idempotency_key": "once"})
    put(SHORT)
    provider.requests.clear()

    assert settle(120) == {"queued": 1}
    assert provider.requests == []  # what may not be sent any more is no probe
    assert len(messages_queue.letters()) == 1


def test_a_change_holds_within_a_minute(put: Put, door: RequestDoor, passed: list[float]) -> None:
    assert door(request_of()).status == 200
    put(OTHERS_SIGNATURE)
    passed.append(59)
    assert door(request_of()).status == 200
    passed.append(1)

    assert door(request_of()).status == 403


def test_a_row_that_cannot_be_read_leaves_the_last_good_one_in_force_and_an_alarm_is_raised(
    put: Put, door: RequestDoor, passed: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    put(OTHERS_SIGNATURE)
    assert door(request_of()).status == 403
    put('{"callers": [{"principals": ["*"], "countries": ["GBR"]}]}')
    passed.append(60)

    assert door(request_of()).status == 403
    [line] = [line for line in overheard.logged() if line["message"] == "policy cannot be read"]
    assert line["why"] == "callers[0].countries[0]: GBR is no country code of ISO 3166"
    assert counted(capsys)["policy-unread"] == 1


def test_where_none_was_ever_read_the_request_is_503_and_sends_nothing(
    put: Put, door: RequestDoor, provider: Provider, passed: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    put("{")

    reply = door(request_of())

    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
    assert reply.document["result"]["code"] == "client:policy-unavailable"
    assert reply.document["result"]["message_id"]
    assert provider.requests == []
    assert counted(capsys)["policy-unread"] == 1

    put({})
    passed.append(5)
    assert door(request_of()).status == 200


def test_where_none_was_ever_read_a_record_comes_again_and_is_no_letter(
    put: Put, load_door: Callable[..., Door], provider: Provider, dead_letter_queue: Queue, passed: list[float]
) -> None:
    put("{")
    door, event = load_door("send_from_queue"), record_of()

    assert door(event) == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
    assert (provider.requests, dead_letter_queue.letters()) == ([], [])

    put({})
    passed.append(5)
    assert door(event) == {"batchItemFailures": []}
    assert len(provider.requests) == 1


def test_where_none_was_ever_read_a_schedules_run_comes_again(
    put: Put, load_door: Callable[..., Door], provider: Provider
) -> None:
    put("{")
    door = load_door("send_on_schedule")

    with pytest.raises(door.module.NothingSentError, match=r"^client:policy-unavailable$"):
        door(CODE)
    assert provider.requests == []


def test_without_a_ledger_there_are_no_rules(load_door: Callable[..., Door], provider: Provider) -> None:
    reply = RequestDoor(load_door("send_on_request", SMS_MESSAGES_TABLE=""))(request_of())

    assert reply.status == 200
    assert len(provider.requests) == 1
