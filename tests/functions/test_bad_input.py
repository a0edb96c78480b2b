"""Every bad input of events/ through its door: nothing is sent, and the answer names each field and its fault."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from aliyun_sms.message.document import BODY_LIMIT
from tests.privacy import overheard
from tests.workbench.functions import EVENTS, sample

if TYPE_CHECKING:
    from tests.functions.conftest import Door, RequestDoor
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

BAD_NUMBER = "is neither a mainland mobile number (1[3-9] and nine digits) nor + country code and number"
BAD_TIME = "must be an RFC 3339 time with its offset, such as 2026-12-31T23:59:00+08:00"
BAD_VALUE = "a variable's value is a string or a number"
NO_TEMPLATE = "is missing, and SMS_TEMPLATE_CODE sets no default"
CONTROL = "holds a control character, such as a line break"
NO_FIELD = "is not a field of a message"
HALF = "holds half a surrogate pair, which is no character"
NO_TEXT = "is not UTF-8 text in Base64, as its encoding claims"

UNKNOWN = (NO_FIELD, "is not a field beside messages", "is not a field beside input")

FAULTS: dict[str, dict[str, str]] = {  # by sample event: every field at fault, and why
    "request/not_json": {"body": "is not JSON: Expecting ',' delimiter at line 1 column 69"},
    "request/not_an_object": {"message": "is not a JSON object"},
    "request/not_base64": {"body": NO_TEXT},
    "request/not_utf8": {"body": NO_TEXT},
    "request/empty_body": {"body": "is empty"},
    "request/unknown_field": {"text": NO_FIELD},
    "request/no_number": {"phone_numbers": "is missing"},
    "request/empty_list_of_numbers": {"phone_numbers": "is empty"},
    "request/bad_number": {
        "phone_numbers[1]": f"123****8901 {BAD_NUMBER}",
        "phone_numbers[3]": "860****5678 is in mainland China, but not a mobile number (1[3-9] and nine digits)",
        "phone_numbers[4]": "must be a string",
    },
    "request/too_many_numbers": {"phone_numbers": "has 1001 numbers, at most 1000"},
    "request/out_of_reach": {
        "phone_numbers[1]": "is in HK, which AllowedCountries does not name",
        "phone_numbers[2]": "is in HK, but no mobile number (premium rate), and never sent to",
        "phone_numbers[3]": "is under +881, which is no country, and never sent to",
    },
    "request/no_template": {"template_code": NO_TEMPLATE},
    "request/nested_value": {"template_param.code": f"is an object; {BAD_VALUE}"},
    "request/list_value": {"template_param.code": f"is a list; {BAD_VALUE}"},
    "request/boolean_value": {"template_param.code": f"is a boolean; {BAD_VALUE}"},
    "request/null_value": {"template_param.code": f"is null; {BAD_VALUE}"},
    "request/template_param_not_an_object": {
        "template_param": "must be an object of strings and numbers, or its JSON text"
    },
    "request/long_reference": {"reference": "has 256 characters, at most 255"},
    "request/long_key": {"idempotency_key": "has 256 characters, at most 255"},
    "request/half_a_character_in_the_key": {"idempotency_key": HALF},
    "request/control_characters": {
        "sign_name": CONTROL,
        "template_param.code": CONTROL,
        "template_param": CONTROL,
    },
    "request/bad_expiry": {"expires_at": BAD_TIME},
    "request/several_faults": {
        "text": NO_FIELD,
        "phone_numbers[0]": f"123****8901 {BAD_NUMBER}",
        "template_code": NO_TEMPLATE,
        "template_param.code": f"is a boolean; {BAD_VALUE}",
        "expires_at": BAD_TIME,
        "urgent": "must be true or false",
    },
    "queue/not_json": {"body": "is not JSON: Expecting value at line 1 column 1"},
    "queue/not_an_object": {"message": "is not a JSON object"},
    "queue/no_text": {"body": "is empty"},
    "queue/unknown_field": {"text": NO_FIELD},
    "queue/bad_number": {"phone_numbers[1]": f"123****8901 {BAD_NUMBER}"},
    "schedule/a_string": {"message": "is not a JSON object"},
    "schedule/nothing": {"phone_numbers": "is missing", "template_code": NO_TEMPLATE},
    "schedule/empty_list": {"messages": "must be a list of messages, one at least"},
    "schedule/messages_not_a_list": {"messages": "must be a list of messages, one at least"},
    "schedule/unknown_field_beside_messages": {"scheduled_at": "is not a field beside messages"},
    "schedule/input_not_json": {"input": "is not JSON: Expecting ',' delimiter at line 1 column 34"},
    "schedule/input_blank": {"input": "is empty"},
    "schedule/unknown_field_beside_input": {"messages": "is not a field beside input"},
    "schedule/half_a_character_in_the_schedule": {"schedule": HALF},
    "schedule/list_in_a_list": {
        "messages": NO_FIELD,
        "phone_numbers": "is missing",
        "template_code": NO_TEMPLATE,
    },
    "alarm/half_a_character_in_the_id": {"id": HALF},
    "alarm/not_transformed": {
        "alarmName": NO_FIELD,
        "configuration": NO_FIELD,
        "previousState": NO_FIELD,
        "state": NO_FIELD,
        "phone_numbers": "is missing",
        "template_code": NO_TEMPLATE,
    },
}
PAST_EXPIRY = ["request/past_expiry", "queue/past_expiry", "schedule/past_expiry"]
PARTLY_BAD = ["queue/one_bad_of_three", "queue/half_a_character_in_the_key", "schedule/one_bad_of_three"]
GOOD = [
    "request/one_number",
    "request/many_numbers",
    "request/numbers_in_a_string",
    "request/base64_body",
    "request/idempotency_key",
    "request/jwt_caller",
    "request/health",
    "queue/one_message",
    "queue/with_key",
    "queue/three_messages",
    "schedule/one_message",
    "schedule/several_messages",
    "schedule/unsubstituted",
    "schedule/input",
    "schedule/input_of_several_messages",
    "alarm/state_change",
    "alarm/state_change_to_two_teams",
    "alarm/state_change_without_envelope",
]


def counted(faults: int) -> str:
    return f"The message has {faults} fault{'s' if faults > 1 else ''}, which errors names."


def of(*doors: str) -> list[str]:
    return [name for name in FAULTS if name.startswith(doors)]


def reason(faults: dict[str, str]) -> str:
    """What others than the caller are told: unknown fields are counted, since their names can be anything."""
    known = [f"{field}: {why}" for field, why in faults.items() if why not in UNKNOWN]
    unknown = len(faults) - len(known)
    return "; ".join([f"{unknown} unknown field{'s' if unknown > 1 else ''}", *known] if unknown else known)


@pytest.mark.parametrize("name", of("request/"))
def test_the_request_door_names_every_field_and_its_fault(
    request_door: RequestDoor, provider: Provider, name: str
) -> None:
    reply = request_door(sample(name))

    assert reply.status == 400
    assert {error["field"]: error["reason"] for error in reply.document["errors"]} == FAULTS[name]
    assert reply.document["detail"] == reply.document["result"]["description"] == counted(len(FAULTS[name]))
    assert reply.document["result"]["code"] == "client:invalid-message"
    assert provider.requests == []


@pytest.mark.parametrize("name", of("queue/"))
def test_the_queue_door_moves_a_bad_record_to_the_dead_letter_queue_with_its_faults(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, name: str
) -> None:
    answer = queue_door(sample(name))

    (letter,) = dead_letter_queue.letters()
    assert answer == {"batchItemFailures": []}
    assert letter["attributes"]["code"] == "client:invalid-message"
    assert letter["attributes"]["reason"] == reason(FAULTS[name])
    assert provider.requests == []


@pytest.mark.parametrize("name", of("schedule/", "alarm/"))
def test_the_schedule_door_names_every_field_and_its_fault_in_its_answer_and_in_the_dead_letter_queue(
    schedule_door: Door, provider: Provider, dead_letter_queue: Queue, name: str
) -> None:
    answer = schedule_door(sample(name))

    (letter,) = dead_letter_queue.letters()
    assert answer["counts"] == {"rejected": 1}
    assert answer["results"][0]["description"] == reason(FAULTS[name])
    assert letter["attributes"]["reason"] == reason(FAULTS[name])
    assert provider.requests == []


STRANGERS_FIELDS = {f"field {place}": 1 for place in range(700)}  # about 9 KB
STRANGERS_FAULTS = [f"field {place}" for place in range(10)]


def test_of_many_faults_the_request_door_names_ten_once_and_says_how_many_there_are(
    request_door: RequestDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    event = sample("request/one_number")
    event["body"] = json.dumps(STRANGERS_FIELDS)

    answer = request_door.door(event)

    document = json.loads(answer["body"])
    assert [error["field"] for error in document["errors"]] == STRANGERS_FAULTS
    assert document["detail"] == "The message has 702 faults, of which errors names the first 10."
    assert len(answer["body"]) < 4000
    (line,) = [line for line in overheard.logged() if line["message"] == "outcome"]
    missing = f"phone_numbers: is missing; template_code: {NO_TEMPLATE}"
    assert line["description"] == f"700 unknown fields; {missing}"
    del capsys


def test_of_many_unknown_fields_a_letter_says_how_many_there_are(queue_door: Door, dead_letter_queue: Queue) -> None:
    event = sample("queue/one_message")
    event["Records"][0]["body"] = json.dumps(STRANGERS_FIELDS)

    queue_door(event)

    (letter,) = dead_letter_queue.letters()
    assert letter["attributes"]["reason"].startswith("700 unknown fields; phone_numbers: is missing")


def test_of_many_bad_numbers_a_log_line_tells_ten_and_says_how_many_there_are(queue_door: Door) -> None:
    event = sample("queue/one_message")
    event["Records"][0]["body"] = json.dumps({"phone_numbers": ["1"] * 700, "template_code": "SMS_1"})

    queue_door(event)

    (line,) = [line for line in overheard.logged() if line["message"] == "outcome"]
    assert line["description"].count(BAD_NUMBER) == 10
    assert line["description"].endswith("; and 690 more")


def test_what_is_no_message_writes_nothing_at_the_request_door(
    keeping: None, request_door: RequestDoor, messages_table: str
) -> None:
    del keeping
    request_door(sample("request/several_faults"))

    assert boto3.client("dynamodb").scan(TableName=messages_table)["Items"] == []


# Built here, since a quarter of a megabyte of filler is nobody's example.
@pytest.mark.parametrize("excess", [0, 1], ids=["at the limit", "over the limit"])
def test_the_request_door_reads_bodies_up_to_the_limit(request_door: RequestDoor, excess: int) -> None:
    event = sample("request/one_number")
    event["body"] += " " * (BODY_LIMIT + excess - len(event["body"]))

    reply = request_door(event)

    assert reply.status == (400 if excess else 200)
    if excess:
        assert reply.document["errors"] == [{"field": "body", "reason": "is longer than 262144 bytes"}]


def test_the_queue_door_moves_a_body_over_the_limit_as_it_came(queue_door: Door, dead_letter_queue: Queue) -> None:
    event = sample("queue/one_message")
    event["Records"][0]["body"] += " " * BODY_LIMIT

    answer = queue_door(event)

    (letter,) = dead_letter_queue.letters()
    assert answer == {"batchItemFailures": []}
    assert letter["body"] == event["Records"][0]["body"]
    assert letter["attributes"]["reason"] == "body: is longer than 262144 bytes"


@pytest.mark.parametrize("depth", [10, 900, 980, 990, 1000, 2000, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_however_deep_a_value_is_nested_its_neighbours_are_sent_once(
    queue_door: Door, provider: Provider, dead_letter_queue: Queue, depth: int, opening: str
) -> None:
    event = sample("queue/three_messages")
    closing = "]" if opening == "[" else "}"
    nested = opening * depth + "1" + closing * depth
    event["Records"][1]["body"] = f'{{"phone_numbers": ["13800138000"], "text": {nested}}}'

    answer = queue_door(event)

    (letter,) = dead_letter_queue.letters()
    assert answer == {"batchItemFailures": []}
    assert letter["attributes"]["code"] == "client:invalid-message"
    assert provider.numbers == ["13800138000", "15000150000"]


@pytest.mark.parametrize("name", PAST_EXPIRY)
def test_a_message_past_its_time_is_not_sent_and_not_kept(
    request: pytest.FixtureRequest, provider: Provider, dead_letter_queue: Queue, name: str
) -> None:
    door = request.getfixturevalue(f"{name.partition('/')[0]}_door")

    door(sample(name))

    assert provider.requests == []
    assert dead_letter_queue.letters() == []


def test_a_request_past_its_time_is_answered_so(request_door: RequestDoor) -> None:
    reply = request_door(sample("request/past_expiry"))

    assert reply.status == 422
    assert reply.document["detail"] == "expires_at had passed"
    assert reply.document["result"]["status"] == "expired"
    assert reply.document["result"]["code"] == "client:expired"


def test_every_sample_event_is_used() -> None:
    names = {path.relative_to(EVENTS).with_suffix("").as_posix() for path in EVENTS.rglob("*.json")}
    theirs = {name for name in names if not name.startswith(("request/", "queue/", "schedule/", "alarm/"))}

    assert names - theirs == {*FAULTS, *PAST_EXPIRY, *PARTLY_BAD, *GOOD, "request/unknown_route"}


def test_no_sample_event_repeats_another() -> None:
    events: list[Any] = [json.dumps(sample(name), sort_keys=True) for name in (*FAULTS, *GOOD)]

    assert len(set(events)) == len(events)
