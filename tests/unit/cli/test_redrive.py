"""Redriving: which dead letters are moved, under which key, and which stay; each page before the next is read."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.sqs.models import sqs_backends

from cli import __main__ as command
from cli import progress
from cli.dead_letters import queue as dead_letters
from tests.unit.cli.dead_letter_queues import KEYED, MESSAGE, all_in, put, put_many, seen_in, texts

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = 86_400


def redrive(*arguments: str) -> int:
    return command.run(["redrive", *arguments])


def test_a_letter_keeps_its_key_and_its_identity(queues: dict[str, str]) -> None:
    told = {"code": "OK?", "status": "rejected", "category": "invalid", "reason": "why"}
    put(queues["DeadLetterQueueUrl"], KEYED, **told, message_id="m")

    assert redrive() == 0

    [moved] = seen_in(queues["QueueUrl"])
    assert json.loads(moved["Body"]) == {**MESSAGE, "idempotency_key": "k"}
    assert texts(moved) == {"message_id": "m"}
    assert seen_in(queues["DeadLetterQueueUrl"]) == []


def test_what_sqs_moved_itself_has_its_own_id_for_a_key(queues: dict[str, str]) -> None:
    own_id = put(queues["ScheduleDeadLetterQueueUrl"], json.dumps(MESSAGE))

    redrive()

    assert json.loads(seen_in(queues["QueueUrl"])[0]["Body"])["idempotency_key"] == own_id


@pytest.mark.parametrize("body", ["no JSON", "[]", json.dumps({"requestPayload": {}})])
def test_what_holds_no_message_is_left_and_said(
    queues: dict[str, str], body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], body)

    redrive()

    assert seen_in(queues["QueueUrl"]) == []
    assert [letter["Body"] for letter in seen_in(queues["DeadLetterQueueUrl"])] == [body]
    assert "holds no message" in capsys.readouterr().out


def test_a_dry_run_moves_nothing(queues: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    put(queues["DeadLetterQueueUrl"], json.dumps(MESSAGE), message_id="m", code="isv.AMOUNT_NOT_ENOUGH")

    redrive("--dry-run")

    assert seen_in(queues["QueueUrl"]) == []
    assert len(seen_in(queues["DeadLetterQueueUrl"])) == 1
    assert "would  m  isv.AMOUNT_NOT_ENOUGH" in capsys.readouterr().out


def test_a_held_letter_stays_and_can_be_seen_again(queues: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m", code="client:read-timeout", status="unknown")

    assert redrive() == 0

    assert seen_in(queues["QueueUrl"]) == []
    assert len(seen_in(queues["DeadLetterQueueUrl"])) == 1
    assert "left   m  client:read-timeout  nobody knows whether it was sent, so it stays" in capsys.readouterr().out


def test_a_held_letter_that_is_asked_for_by_name_is_moved_and_the_person_is_told_what_that_means(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m", code="client:read-timeout", status="unknown")
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="other", status="rejected")

    assert redrive("m") == 0

    [moved] = seen_in(queues["QueueUrl"])
    assert texts(moved) == {"message_id": "m", "status": "unknown", "code": "client:read-timeout"}
    [left] = seen_in(queues["DeadLetterQueueUrl"])
    assert texts(left)["message_id"] == "other"
    told = capsys.readouterr().out
    assert "moved  m  client:read-timeout  nobody knows whether it was sent: as long as the ledger has its row" in told
    assert "perhaps for the second time" in told
    assert "other" not in told


def test_a_name_that_no_letter_has_is_said(queues: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")

    assert redrive("none") == 1

    assert "no dead letter of none can be seen now" in capsys.readouterr().err
    assert len(seen_in(queues["DeadLetterQueueUrl"])) == 1


def test_what_sqs_brings_back_again_and_again_stays_before_the_ledger_may_have_forgotten_it(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    now = int(time.time())
    put(queues["DeadLetterQueueUrl"], KEYED, in_queues_since=str(now - 14 * DAY))
    put(queues["DeadLetterQueueUrl"], KEYED, in_queues_since=str(now - 16 * DAY), message_id="old")

    redrive()

    [moved] = seen_in(queues["QueueUrl"])
    assert moved["MessageAttributes"]["in_queues_since"]["StringValue"] == str(now - 14 * DAY)
    [left] = seen_in(queues["DeadLetterQueueUrl"])
    assert texts(left)["message_id"] == "old"
    assert "`sms redrive old` moves it" in capsys.readouterr().out


def test_attributes_of_any_type_are_no_hindrance(queues: dict[str, str]) -> None:
    boto3.client("sqs").send_message(
        QueueUrl=queues["DeadLetterQueueUrl"],
        MessageBody=KEYED,
        MessageAttributes={
            "trace": {"DataType": "Binary", "BinaryValue": b"\x00"},
            "tries": {"DataType": "Number", "StringValue": "5"},
        },
    )

    assert redrive() == 0

    assert len(seen_in(queues["QueueUrl"])) == 1


@pytest.mark.parametrize("key", ["", ', "idempotency_key": null'])
def test_what_names_no_key_gets_that_of_its_letter(queues: dict[str, str], key: str) -> None:
    own_id = put(queues["DeadLetterQueueUrl"], '{"phone_numbers": ["13800138000"]' + key + "}")

    redrive()

    [moved] = seen_in(queues["QueueUrl"])
    assert json.loads(moved["Body"]) == {"phone_numbers": ["13800138000"], "idempotency_key": own_id}


@pytest.mark.parametrize("key", ["5", '" "', '["k"]', '"\\ud83d"'])
def test_what_is_no_key_is_moved_as_it_is_and_not_replaced(queues: dict[str, str], key: str) -> None:
    body = '{"phone_numbers": ["13800138000"], "idempotency_key": ' + key + "}"
    put(queues["DeadLetterQueueUrl"], body)

    redrive()

    [moved] = seen_in(queues["QueueUrl"])
    assert moved["Body"] == body


@pytest.mark.parametrize("key", ["", '"idempotency_key": "k", ', '"idempotency_key": null, '])
def test_numbers_keep_their_digits(queues: dict[str, str], key: str) -> None:
    put(queues["DeadLetterQueueUrl"], f'{{{key}"template_param": {{"sum": 1.10}}, "phone_numbers": "13800138000"}}')

    redrive()

    [moved] = seen_in(queues["QueueUrl"])
    assert '"sum": 1.10}' in moved["Body"]


def test_a_page_is_moved_before_the_next_is_read(
    queues: dict[str, str], calls: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "TIMES_A_LINE", 2)
    put_many(queues["DeadLetterQueueUrl"], 25)
    calls.clear()

    redrive()

    a_page = ["ReceiveMessage", "SendMessageBatch", "DeleteMessageBatch"]
    empty = ["GetQueueAttributes", "ReceiveMessage"]
    assert calls == ["GetQueueAttributes", *a_page * 3, "ReceiveMessage", *empty * 2]
    said = capsys.readouterr()
    assert "20 of about 25, 20 moved" in said.err
    assert "25 of 25 dead letters" in said.out


def test_letters_that_stay_are_met_once_however_often_they_come_round(
    queues: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dead_letters, "SECONDS_HIDDEN", 0)
    put_many(queues["DeadLetterQueueUrl"], 7, status="unknown", message_id="m")

    redrive()

    assert capsys.readouterr().out.count("left   m") == 7
    assert len(seen_in(queues["DeadLetterQueueUrl"])) == 7


def test_letters_that_come_in_meanwhile_are_left_for_the_next_time(
    queues: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "SECONDS_HIDDEN", 0)
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="old")
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="new")
    queue = next(iter(sqs_backends.values()))["us-east-1"].queues["DeadLetterQueueUrl"]
    letter: Any = queue._messages[-1]  # noqa: SLF001 - moto knows no other way to a later time
    letter.sent_timestamp += 5000

    redrive()

    [moved] = seen_in(queues["QueueUrl"])
    assert texts(moved)["message_id"] == "old"
    [left] = seen_in(queues["DeadLetterQueueUrl"])
    assert texts(left)["message_id"] == "new"


def test_whatever_ends_it_what_is_left_can_be_seen_again(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED)
    boto3.client("sqs").delete_queue(QueueUrl=queues["QueueUrl"])

    assert redrive() == 1

    assert capsys.readouterr().err.splitlines()[1] == "sms: the stack's queue is gone: deploy the stack again"

    assert len(seen_in(queues["DeadLetterQueueUrl"])) == 1


def test_where_letters_may_not_be_deleted_those_that_are_moved_are_named(
    queues: dict[str, str], deny: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")
    deny("DeleteMessageBatch")

    assert redrive() == 1

    said = capsys.readouterr().err.splitlines()
    assert said[-2] == "m: in the queue already, though the letters stay. Run this again: each is sent once"
    assert len(all_in(queues["QueueUrl"])) == 1


@pytest.mark.parametrize("call", ["ReceiveMessage", "SendMessageBatch", "DeleteMessageBatch"])
def test_ctrl_c_in_its_middle_loses_no_letter_and_leaves_none_twice(
    queues: dict[str, str], interrupt_at: Callable[[str], None], call: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"m-{number}" for number in range(35)]
    for name in names:
        put(queues["DeadLetterQueueUrl"], KEYED, message_id=name)
    interrupt_at(call)

    assert redrive() == 130

    moved = [texts(letter)["message_id"] for letter in all_in(queues["QueueUrl"])]
    left = [texts(letter)["message_id"] for letter in all_in(queues["DeadLetterQueueUrl"])]
    assert sorted(moved + left) == sorted(names)
    assert len(moved) == (10 if call == "ReceiveMessage" else 20)
    said = capsys.readouterr()
    assert said.out.count("moved  m-") == len(moved)
    assert said.err.splitlines()[-1] == "sms: interrupted"


@pytest.mark.parametrize(("options", "shown"), [([], True), (["--json"], False)])
def test_a_person_at_a_terminal_sees_a_bar(
    queues: dict[str, str],
    options: list[str],
    shown: bool,  # noqa: FBT001 - a parameter of the test
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    put_many(queues["DeadLetterQueueUrl"], 3)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    assert redrive(*options) == 0

    said = capsys.readouterr()
    assert ("3/3" in said.err) == shown
    assert ("moved" in said.out.splitlines()[0]) == shown


def test_long_letters_are_moved_in_several_calls(queues: dict[str, str]) -> None:
    long = json.dumps({**MESSAGE, "idempotency_key": "k", "template_param": {"text": "x" * 120_000}})
    for _ in range(3):
        put(queues["DeadLetterQueueUrl"], long)

    assert redrive() == 0

    assert len(seen_in(queues["QueueUrl"])) == 3


def test_what_the_queue_does_not_take_stays_and_is_said(
    queues: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")
    refused = {"Failed": [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]}
    sqs = boto3.client("sqs")
    monkeypatch.setattr(sqs, "send_message_batch", lambda **_: refused)
    monkeypatch.setattr(boto3, "client", lambda _: sqs)

    assert redrive() == 1

    assert "failed m" in capsys.readouterr().out
    monkeypatch.undo()
    assert len(sqs.receive_message(QueueUrl=queues["DeadLetterQueueUrl"])["Messages"]) == 1


def test_a_script_gets_json(queues: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m", code="isv.AMOUNT_NOT_ENOUGH")
    put(queues["ScheduleDeadLetterQueueUrl"], "no JSON", message_id="n")

    assert redrive("--json") == 0

    said = json.loads(capsys.readouterr().out)
    assert (said["met"], said["moved"], said["failed"]) == (2, 1, 0)
    assert [(letter["what"], letter["letter"]) for letter in said["letters"]] == [("moved", "m"), ("left", "n")]


def test_a_script_that_is_interrupted_is_told_what_was_moved_until_then(
    queues: dict[str, str], interrupt_at: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(25):
        put(queues["DeadLetterQueueUrl"], KEYED, message_id=f"m{number}")
    interrupt_at("SendMessageBatch")

    assert redrive("--json") == 130

    said = json.loads(capsys.readouterr().out)
    assert said["moved"] == len(said["letters"]) == 20


def test_a_producers_unknown_may_only_make_it_stay(
    queues: dict[str, str], given_up: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = given_up(put(queues["DeadLetterQueueUrl"], KEYED, status="unknown", code="739164"))

    redrive()
    redrive(own_id)

    said = capsys.readouterr().out
    assert f"left   {own_id}  -  nobody knows whether it was sent" in said
    assert "739164" not in said
    [moved] = seen_in(queues["QueueUrl"])
    assert texts(moved) == {"status": "unknown"}


def test_a_code_shows_no_number_and_moves_no_cursor(queues: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m", code="\x1b[2J 13800138000")

    redrive()

    said = capsys.readouterr().out
    assert "138****8000" in said
    assert "\x1b" not in said
    assert "13800138000" not in said


@pytest.mark.parametrize(("hidden", "is_told"), [(10, False), (11, True)])
@pytest.mark.parametrize("verb", [["redrive"], ["letters"]])
def test_letters_that_were_there_but_are_not_met_are_told(
    queues: dict[str, str],
    sqs: Any,
    verb: list[str],
    hidden: int,
    is_told: bool,  # noqa: FBT001 - a parameter of the test
    capsys: pytest.CaptureFixture[str],
) -> None:
    put_many(queues["DeadLetterQueueUrl"], hidden + 1)
    taken: list[int] = []

    def hide(params: dict[str, Any], **_: Any) -> None:
        """Somebody else takes letters before the first is read."""
        if queues["DeadLetterQueueUrl"] in str(params) and not taken:
            for place in range(hidden):
                taken.append(place)
                sqs.receive_message(QueueUrl=queues["DeadLetterQueueUrl"])

    sqs.meta.events.register("before-call.sqs.ReceiveMessage", hide)

    assert command.run(verb) == 0

    assert (
        f"1 of about {hidden + 1} dead letters of the queue messages were met" in capsys.readouterr().err
    ) is is_told
