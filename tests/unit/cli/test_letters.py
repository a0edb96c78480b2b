"""The list of dead letters and one of them: what each kind tells, which command comes next, and what is never shown."""

from __future__ import annotations

import json
import shlex
import stat
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from cli import __main__ as command
from tests.unit.cli.dead_letter_queues import KEYED, MESSAGE, put, put_many, seen_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ID = "7c1f0b1f0f9d4c0c8a3c6c1f1b0e2d4a"
SECRETS = ("13800138000", "739164", "order-13800138000")
FULL = {
    "phone_numbers": "13800138000, +85261234567,13800138000",
    "template_code": "SMS_1",
    "template_param": {"code": "739164"},
    "reference": "for 13800138000",
    "idempotency_key": "order-13800138000",
    "number": "13800138000",
}
INPUT = {"input": json.dumps({"messages": [MESSAGE, MESSAGE]}), "schedule": "s", "scheduled_time": "t"}
INVOCATION = {
    "requestContext": {"condition": "RetriesExhausted"},
    "requestPayload": {"messages": [{**MESSAGE, "template_param": {"code": "739164"}}], "schedule": "s"},
    "responsePayload": {"errorType": "NothingSentError", "errorMessage": "isv.AMOUNT_NOT_ENOUGH"},
}
REJECTED = {"status": "rejected", "message_id": ID, "reason": "Do this."}
OF_SCHEDULER = {
    "ERROR_CODE": "AccessDenied",
    "ERROR_MESSAGE": "no right to 13800138000",
    "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
}

Kinds = tuple[str, str, dict[str, str], str, str]
KINDS: dict[str, Kinds] = {  # queue, body, attributes, next command, why
    "unknown": (
        "DeadLetterQueueUrl",
        KEYED,
        {**REJECTED, "status": "unknown", "code": "client:read-timeout", "category": "ambiguous"},
        "sms lookup {id}",
        "Do this.",
    ),
    **{
        category: (
            "DeadLetterQueueUrl",
            KEYED,
            {**REJECTED, "code": "isv.X", "category": category},
            "sms redrive {id}",
            "Do this.",
        )
        for category in ("configuration", "throttled", "transient")
    },
    "with a name that is not known": (
        "DeadLetterQueueUrl",
        KEYED,
        {**REJECTED, "code": "isv.SMS_TEMPLATE_ILLEGAL", "category": "configuration", "of_caller": "true"},
        "sms letters show {id} --to message.json",
        "Do this.",
    ),
    "invalid": (
        "ScheduleDeadLetterQueueUrl",
        KEYED,
        {**REJECTED, "code": "isv.X", "category": "invalid"},
        "sms letters show {id} --to message.json",
        "Do this.",
    ),
    "of an earlier version": (
        "DeadLetterQueueUrl",
        KEYED,
        {**REJECTED, "code": "isv.X"},
        "sms letters show {id} --to message.json",
        "Do this.",
    ),
    "expired": (
        "DeadLetterQueueUrl",
        KEYED,
        {**REJECTED, "status": "expired", "code": "client:expired", "category": "invalid"},
        "sms letters delete {id}",
        "Do this.",
    ),
    "given up by SQS": (
        "DeadLetterQueueUrl",
        json.dumps(MESSAGE),
        {},
        "sms redrive {id}",
        "SQS gave it up after QueueMaximumReceives tries: the log of the queue's function says why",
    ),
    "given up by Lambda": (
        "ScheduleDeadLetterQueueUrl",
        json.dumps(INVOCATION),
        {},
        "sms letters show {id} --to input.json",
        "Lambda gave up the invocation: isv.AMOUNT_NOT_ENOUGH",
    ),
    "given up by Scheduler": (
        "ScheduleDeadLetterQueueUrl",
        json.dumps(INPUT),
        OF_SCHEDULER,
        "sms letters show {id} --to input.json",
        "the schedule's function could not be invoked: MaximumRetryAttempts: no right to 138****8000",
    ),
    "unreadable": (
        "DeadLetterQueueUrl",
        '{"phone_numbers": "13800138000',
        {**REJECTED, "code": "client:invalid-message", "category": "invalid", "reason": "is not JSON"},
        "sms letters show {id} --body",
        "is not JSON",
    ),
    "unreadable and without attributes": (
        "DeadLetterQueueUrl",
        "13800138000",
        {},
        "sms letters show {id} --body",
        "it holds no message",
    ),
}

CODES = {"given up by Lambda": "RetriesExhausted", "given up by Scheduler": "AccessDenied"}


@pytest.fixture(autouse=True)
def _deployed(queues: dict[str, str]) -> None:
    """A stack with its queues."""


def letters(*arguments: str) -> int:
    return command.run(["letters", *arguments])


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert letters("--json") == 0
    return list(json.loads(capsys.readouterr().out)["letters"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_why_it_is_there_and_what_comes_next(
    queues: dict[str, str], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    queue, body, attributes, command_line, why = KINDS[kind]
    own_id = put(queues[queue], body, **attributes)

    [told] = listed(capsys)

    name = attributes.get("message_id", own_id)
    assert (told["id"], told["sqs_message_id"]) == (name, own_id)
    assert (told["next"], told["why"]) == (command_line.format(id=name), why)
    assert told["queue"] == ("messages" if queue == "DeadLetterQueueUrl" else "schedule")
    assert told["status"] == attributes.get("status")
    assert told["category"] == attributes.get("category")
    assert told["code"] == CODES.get(kind, attributes.get("code"))


def test_a_person_reads_a_block_that_fits_80_columns(
    queues: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    many = {"phone_numbers": [f"138001380{number:02}" for number in range(100)] * 10, "idempotency_key": "k"}
    reason = "Approve the template in the console, or correct its code: no other is known there. " * 3
    put(queues["DeadLetterQueueUrl"], json.dumps(many), code="isv.TEMPLATE_MISSING_PARAMETERS", reason=reason)
    for queue, body, attributes, _, _ in KINDS.values():
        put(queues[queue], body, **{**attributes, "message_id": ""} if "message_id" in attributes else attributes)

    assert letters() == 0

    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "100 recipients: 138****8000, 138****8001, …" in "\n".join(lines)
    assert len([line for line in lines if line.startswith("  sms ")]) == len(KINDS) + 1


def test_the_oldest_stands_first_with_since_when_it_is_there(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["ScheduleDeadLetterQueueUrl"], KEYED, message_id="first")
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="second")

    told = listed(capsys)

    assert [each["id"] for each in told] == ["first", "second"]
    assert all(each["since"].endswith("+00:00") for each in told)


def test_no_letter_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert letters() == 0
    assert capsys.readouterr().out == "the stack aliyun-sms has no dead letters\n"
    assert listed(capsys) == []


def test_the_next_command_goes_to_the_same_stack(queues: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    own_id = put(queues["ScheduleDeadLetterQueueUrl"], json.dumps(INVOCATION))

    assert letters("--stack", "my stack", "--region", "cn-north-1", "--aws", "--json") == 0

    [told] = json.loads(capsys.readouterr().out)["letters"]
    expected = f"sms letters show {own_id} --to input.json --stack 'my stack' --region cn-north-1 --aws"
    assert told["next"] == expected


@pytest.mark.parametrize("message_id", ["x; rm -rf ~", "--yes", "$(id)", "13800138000", "\x1b[2J", "a b"])
def test_an_id_that_a_producer_made_up_is_not_pasted(
    queues: dict[str, str], message_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = put(queues["DeadLetterQueueUrl"], KEYED, message_id=message_id)

    [told] = listed(capsys)

    assert shlex.split(told["next"]) == ["sms", "redrive", own_id]


def test_attributes_that_a_producer_made_up_show_no_number_and_move_no_cursor(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    texts = dict.fromkeys(("status", "code", "category", "reason"), "\x1b[2J 13800138000")
    put(queues["DeadLetterQueueUrl"], KEYED, **texts)

    letters()

    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "13800138000" not in said
    assert "138****8000" in said


def test_several_letters_of_one_message_have_ids_of_their_own(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    own_ids = {put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID) for _ in range(2)}

    assert {each["id"] for each in listed(capsys)} == own_ids


@pytest.mark.parametrize("arguments", [[], ["show", ID], ["show", ID, "--json"], ["--json"]])
def test_what_was_looked_at_can_be_seen_again(queues: dict[str, str], arguments: list[str]) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID)

    assert letters(*arguments) == 0

    assert len(seen_in(queues["DeadLetterQueueUrl"])) == 1


def test_a_list_that_is_interrupted_shows_the_letters_again(
    queues: dict[str, str], interrupt_at: Callable[[str], None]
) -> None:
    put_many(queues["DeadLetterQueueUrl"], 10)
    put_many(queues["ScheduleDeadLetterQueueUrl"], 5)
    interrupt_at("ReceiveMessage")

    assert letters() == 130

    assert len(seen_in(queues["DeadLetterQueueUrl"])) == 10
    assert len(seen_in(queues["ScheduleDeadLetterQueueUrl"])) == 5


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_one_letter_tells_all_but_numbers_values_and_keys(
    queues: dict[str, str], options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], json.dumps(FULL), message_id=ID, status="rejected", code="isv.X")

    assert letters("show", ID, *options) == 0

    said = capsys.readouterr().out
    assert not [secret for secret in SECRETS if secret in said]
    for shown in (ID, "isv.X", "SMS_1", "138****8000", "852****4567", '"code": "***"', '"unknown_fields": 1'):
        assert shown in said


def test_one_letter_for_a_script_is_json(queues: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    put(queues["DeadLetterQueueUrl"], json.dumps(FULL), message_id=ID, status="rejected", code="isv.X")

    letters("show", ID, "--json")

    told = json.loads(capsys.readouterr().out)
    assert told["recipients"] == 2
    assert told["messages"] == [
        {
            "phone_numbers": ["138****8000", "852****4567"],
            "template_code": "SMS_1",
            "reference": "for 138****8000",
            "template_param": {"code": "***"},
            "idempotency_key": "***",
            "unknown_fields": 1,
        }
    ]


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (json.dumps(INPUT), 2),
        (json.dumps(INVOCATION), 1),
        (json.dumps({"id": "1", "detail-type": "alarm", "detail": MESSAGE}), 1),
        (json.dumps({"requestContext": {}, "requestPayload": "no JSON"}), 0),
        (json.dumps({"requestContext": [], "requestPayload": {}, "responsePayload": None}), 0),
        (json.dumps({"messages": [5, {}]}), 0),
        ('{"detail": ' * 900 + "1" + "}" * 900, 0),
        ("no JSON", 0),
    ],
)
def test_the_messages_of_a_schedule_are_found_wherever_they_are(
    queues: dict[str, str], body: str, messages: int, capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = put(queues["ScheduleDeadLetterQueueUrl"], body)

    assert letters("show", own_id, "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert len(told["messages"]) == messages
    assert told["recipients"] == messages


OF_REQUEST = '{"requestContext": {"requestId": "r"}, "requestPayload": %s}'
BODIES = {
    "a message": ('{"phone_numbers": "1", "idempotency_key": "k", "template_param": {"sum": 1.50}}', None),
    "an input": ('{"input": {"phone_numbers": "1", "template_param": {"sum": 1.50}}, "schedule": "s"}', None),
    "an invocation": (
        '{"version": 1.0, "requestContext": {"condition": "x"}, "requestPayload" : {"sum": 1.50, "é": []} , "z": 1}',
        '{"sum": 1.50, "é": []}',
    ),
    "an invocation that names no run": (
        OF_REQUEST % '{"messages": [{"phone_numbers": "1", "n": 1.50}, 7]}',
        '{"messages": [{"idempotency_key": "r/0", "phone_numbers": "1", "n": 1.50}, 7]}',
    ),
    "an invocation with an input that is a text": (
        OF_REQUEST % '{"input": "{\\"phone_numbers\\": \\"1\\", \\"n\\": 1.50}"}',
        '{"input": "{\\"idempotency_key\\": \\"r\\", \\"phone_numbers\\": \\"1\\", \\"n\\": 1.50}"}',
    ),
    "an invocation with an input that is no json": (
        OF_REQUEST % '{"input": "no JSON"}',
        '{"input": "no JSON"}',
    ),
    "an invocation with an empty list": (
        OF_REQUEST % '{"messages": [ ]}',
        '{"messages": [ ]}',
    ),
    "an invocation that is none of ours": (
        OF_REQUEST % "[1.50]",
        "[1.50]",
    ),
    "no message": ('{"phone', None),
}


@pytest.mark.parametrize("kind", BODIES)
def test_the_body_is_what_can_be_sent_again_and_nothing_else(
    queues: dict[str, str], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    body, sent_again = BODIES[kind]
    own_id = put(queues["ScheduleDeadLetterQueueUrl"], body)

    assert letters("show", own_id, "--body") == 0

    said = capsys.readouterr()
    assert said.out == (sent_again or body) + "\n"
    assert "holds phone numbers and template values" in said.err


def test_the_body_of_what_sqs_gave_up_has_the_key_that_it_had(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = put(queues["DeadLetterQueueUrl"], '{"phone_numbers": "1"}')

    letters("show", own_id, "--body")

    assert json.loads(capsys.readouterr().out) == {"phone_numbers": "1", "idempotency_key": own_id}


def test_the_body_goes_into_a_file_for_its_owners_eyes_alone(
    queues: dict[str, str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body, sent_again = BODIES["an invocation"]
    own_id = put(queues["ScheduleDeadLetterQueueUrl"], body)

    assert letters("show", own_id, "--to", "input.json") == 0

    file = place / "input.json"
    assert file.read_text("utf-8") == f"{sent_again}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = capsys.readouterr()
    assert said.out == ""
    assert "input.json holds phone numbers and template values" in said.err


def test_a_file_that_is_there_stays_as_it_is(
    queues: dict[str, str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID)
    (place / "message.json").write_text("mine")

    assert letters("show", ID, "--to", "message.json") == 1

    assert (place / "message.json").read_text() == "mine"
    assert "message.json cannot be written (File exists)" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--body"], ["--json"]])
def test_an_id_that_no_letter_has_is_a_line(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert letters("show", "none", *options) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert "no dead letter with the id none can be seen now" in said.err.splitlines()[1]


def test_an_id_that_several_letters_have_names_those_of_sqs(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    own_ids = [put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID) for _ in range(2)]

    assert letters("show", ID) == 1

    said = capsys.readouterr().err
    assert "2 letters have this id" in said
    assert all(own_id in said for own_id in own_ids)
    assert letters("show", own_ids[0], "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["id"], told["message_id"]) == (own_ids[0], ID)
    assert own_ids[0] in told["next"]


def test_letters_with_attributes_of_any_type_are_listed(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    boto3.client("sqs").send_message(
        QueueUrl=queues["DeadLetterQueueUrl"],
        MessageBody=KEYED,
        MessageAttributes={"status": {"DataType": "Binary", "BinaryValue": b"\x00"}},
    )

    assert len(listed(capsys)) == 1


def test_of_what_sqs_gave_up_no_attribute_of_a_producer_is_believed(
    queues: dict[str, str], given_up: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    forged = {"status": "expired", "code": "739164", "category": "invalid", "reason": "Call 739164."}
    own_id = given_up(put(queues["DeadLetterQueueUrl"], KEYED, **forged))

    [told] = listed(capsys)

    assert (told["status"], told["code"], told["category"]) == (None, None, None)
    assert told["why"].startswith("SQS gave it up")
    assert told["next"] == f"sms redrive {own_id}"


def test_what_lambda_gave_up_is_in_the_queue_of_the_schedule_alone(
    queues: dict[str, str], given_up: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    given_up(put(queues["DeadLetterQueueUrl"], json.dumps(INVOCATION)))

    [told] = listed(capsys)

    assert (told["why"], told["code"]) == ("it holds no message", None)


def test_the_next_command_begins_as_the_person_typed_it(
    queues: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMS_COMMAND", "./sms")
    put(queues["DeadLetterQueueUrl"], KEYED, message_id=ID, status="unknown")

    [told] = listed(capsys)

    assert told["next"] == f"./sms lookup {ID}"
