"""Dead letters deleted, and sent again under new keys: asked for before, told of after, never twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cli import __main__ as command
from tests.unit.cli.dead_letter_queues import KEYED, MESSAGE, all_in, put, put_many, seen_in, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    Fail = Callable[[str], None]


def letters(*arguments: str) -> int:
    return command.run(["letters", *arguments])


def left(queues: dict[str, str]) -> list[str]:
    """The ids of the letters that anybody can see."""
    urls = (queues["DeadLetterQueueUrl"], queues["ScheduleDeadLetterQueueUrl"])
    return [texts(letter).get("message_id", letter["MessageId"]) for url in urls for letter in all_in(url)]


def keys(queues: dict[str, str]) -> list[str]:
    """The keys of the messages that wait to be sent."""
    return [json.loads(message["Body"])["idempotency_key"] for message in all_in(queues["QueueUrl"])]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a person sit at the terminal and type that."""

    def answered(typed: str) -> None:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", lambda: typed)

    return answered


@pytest.mark.parametrize("verb", ["delete", "resend"])
@pytest.mark.parametrize("arguments", [[], ["--yes"], ["m", "--code", "c"], ["m", "--code", ""]])
def test_letters_are_named_by_ids_or_by_a_code(
    queues: dict[str, str], calls: list[str], verb: str, arguments: list[str]
) -> None:
    assert queues
    assert letters(verb, *arguments) == 2
    assert calls == []


@pytest.mark.parametrize("verb", ["delete", "resend"])
def test_a_script_must_say_yes(queues: dict[str, str], verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")

    assert letters(verb, "m") == 2

    assert "say --yes" in capsys.readouterr().err
    assert left(queues) == ["m"]
    assert keys(queues) == []


@pytest.mark.parametrize(("verb", "otherwise"), [("delete", "nothing was deleted"), ("resend", "nothing was sent")])
def test_a_person_who_does_not_say_yes_changes_nothing(
    queues: dict[str, str],
    answer: Callable[[str], None],
    verb: str,
    otherwise: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")
    answer("")

    assert letters(verb, "m") == 1

    assert otherwise in capsys.readouterr().err
    assert left(queues) == ["m"]


@pytest.mark.parametrize(
    ("verb", "question", "warning"),
    [
        ("delete", "Delete 2 dead letters? Nothing brings them back.", "nothing will remind of it then"),
        ("resend", "Send 2 dead letters again, under new keys?", "`sms lookup` asks the provider"),
    ],
)
def test_a_person_is_asked_and_told_of_what_nobody_knows(
    queues: dict[str, str],
    answer: Callable[[str], None],
    verb: str,
    question: str,
    warning: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m", status="unknown")
    put(queues["ScheduleDeadLetterQueueUrl"], KEYED, message_id="n", status="rejected")
    answer("y")

    assert letters(verb, "m", "n") == 0

    asked = capsys.readouterr().err
    assert question in asked
    assert "Of 1, nobody knows whether it was sent" in asked
    assert warning in asked
    assert left(queues) == []


def test_letters_are_deleted_by_their_ids_and_what_became_of_each_is_said(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m", code="isv.X")
    own_id = put(queues["ScheduleDeadLetterQueueUrl"], "no JSON")
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="other")

    assert letters("delete", "m", own_id, "--yes") == 0

    assert capsys.readouterr().out.splitlines() == ["deleted m  isv.X", f"deleted {own_id}  -"]
    assert left(queues) == ["other"]


def test_letters_are_deleted_by_their_code_whatever_their_number(queues: dict[str, str]) -> None:
    put_many(queues["DeadLetterQueueUrl"], 12, code="isv.X", message_id="m")
    put_many(queues["DeadLetterQueueUrl"], 3, code="isv.XY", message_id="other")

    assert letters("delete", "--code", "isv.X", "--yes") == 0

    assert left(queues) == ["other"] * 3


@pytest.mark.parametrize("verb", ["delete", "resend"])
@pytest.mark.parametrize(("asked", "missing"), [(["m", "n"], "the id n"), (["--code", "isv.Y"], "the code isv.Y")])
def test_what_no_letter_has_is_said(
    queues: dict[str, str], verb: str, asked: list[str], missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")

    assert letters(verb, *asked, "--yes") == 1

    assert f"no dead letter with {missing} can be seen now" in capsys.readouterr().err


def test_a_letter_that_sqs_does_not_delete_stays_and_is_said(
    queues: dict[str, str], sqs: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")
    refused = {"Failed": [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]}
    monkeypatch.setattr(sqs, "delete_message_batch", lambda **_: refused)

    assert letters("delete", "m", "--yes") == 1

    assert "failed m  -  SQS did not delete it" in capsys.readouterr().out
    assert left(queues) == ["m"]


def test_a_message_is_sent_again_under_a_new_key_of_its_own(
    queues: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m", status="rejected", code="isv.X")

    assert letters("resend", "m", "--yes") == 0

    [sent] = seen_in(queues["QueueUrl"])
    assert json.loads(sent["Body"]) == {**MESSAGE, "idempotency_key": "resend/m"}
    assert texts(sent) == {}
    assert left(queues) == []
    said = capsys.readouterr()
    assert said.out == "resent m  isv.X\n"
    assert "what was sent after all is sent twice" in said.err


@pytest.mark.parametrize(
    "body",
    [
        '{"idempotency_key": "k", "phone_numbers": "1", "template_param": {"sum": 1.50}}',
        '{"a": {"idempotency_key": 1.50},  "idempotency_key" :"k" ,"phone_numbers": "1"}',
        '{"phone_numbers": [1e2, "k"], "idempotency_key": "k"}',
        '\n{ "phone_numbers" : "}\\"{", "idempotency_key":\t"k"\n}\n',
    ],
)
@pytest.mark.parametrize("was", ['"k"', "null", "5", '["]}"]'])
def test_but_for_its_key_the_text_stays_as_it_is(queues: dict[str, str], body: str, was: str) -> None:
    before, _, after = body.rpartition('"k"')
    put(queues["DeadLetterQueueUrl"], before + was + after, message_id="m")

    letters("resend", "m", "--yes")

    [message] = seen_in(queues["QueueUrl"])
    assert message["Body"] == f'{before}"resend/m"{after}'


def test_a_key_that_it_lacks_is_put_before_the_text(queues: dict[str, str]) -> None:
    put(queues["DeadLetterQueueUrl"], '{"phone_numbers": "1", "template_param": {"sum": 1.50}}', message_id="m")

    letters("resend", "m", "--yes")

    [message] = seen_in(queues["QueueUrl"])
    key = '{"idempotency_key": "resend/m"'
    assert message["Body"] == key + ', "phone_numbers": "1", "template_param": {"sum": 1.50}}'


@pytest.mark.parametrize("body", ["no JSON", "[]", json.dumps({"requestContext": {}, "requestPayload": MESSAGE})])
def test_what_holds_no_message_is_left_with_its_reason(
    queues: dict[str, str], body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own_id = put(queues["ScheduleDeadLetterQueueUrl"], body)

    assert letters("resend", own_id, "--yes") == 1

    assert "left" in capsys.readouterr().out
    assert left(queues) == [own_id]
    assert keys(queues) == []


@pytest.fixture
def fail_at(sqs: Any) -> Fail:
    """Let the command end at its next call of a name, as if it were killed there, and at no later one."""

    def fail(name: str) -> None:
        ended: list[str] = []

        def end(model: Any, **_: Any) -> None:
            if model.name == name and not ended:
                ended.append(name)
                raise OSError

        sqs.meta.events.register("before-call.sqs", end)

    return fail


def test_what_is_killed_before_the_letters_are_deleted_and_run_again_sends_under_the_same_keys(
    queues: dict[str, str], fail_at: Fail
) -> None:
    for name in "abc":
        put(queues["DeadLetterQueueUrl"], KEYED, code="isv.X", message_id=name)
    fail_at("DeleteMessageBatch")

    assert letters("resend", "--code", "isv.X", "--yes") == 1
    first = keys(queues)
    assert letters("resend", "--code", "isv.X", "--yes") == 0

    again = [key for key in keys(queues) if key not in first]
    assert len({*first}) == 3
    assert again == []
    assert left(queues) == []


def test_a_letter_that_is_sent_but_not_deleted_says_so(
    queues: dict[str, str], sqs: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")
    monkeypatch.setattr(sqs, "delete_message_batch", lambda **_: {"Failed": [{"Id": "0"}]})

    assert letters("resend", "m", "--yes") == 1

    assert "failed m  -  it is sent again, but SQS did not delete it" in capsys.readouterr().out


def test_where_letters_may_not_be_deleted_those_that_are_sent_are_named(
    queues: dict[str, str], deny: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="n")
    deny("DeleteMessageBatch")

    assert letters("resend", "m", "n", "--yes") == 1

    said = capsys.readouterr().err.splitlines()
    assert said[-2] == "m, n: in the queue already, though the letters stay. Run this again: each is sent once"
    assert said[-1].startswith("sms: the AWS user or role is not allowed to call DeleteMessageBatch")
    assert left(queues) == ["m", "n"]


def test_where_letters_may_not_be_shown_again_it_says_how_long_they_are_hidden(
    queues: dict[str, str], deny: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")
    deny("ChangeMessageVisibilityBatch")

    assert letters() == 1

    said = capsys.readouterr().err.splitlines()
    assert said[-2] == "the letters that were read stay hidden from everybody, for 15 minutes at most"
    assert said[-1].startswith("sms: the AWS user or role is not allowed to call ChangeMessageVisibilityBatch")


def test_ctrl_c_leaves_each_letter_sent_and_deleted_or_neither(
    queues: dict[str, str], interrupt_at: Callable[[str], None]
) -> None:
    for number in range(25):
        put(queues["DeadLetterQueueUrl"], KEYED, code="isv.X", message_id=f"m{number}")
    interrupt_at("SendMessageBatch")

    assert letters("resend", "--code", "isv.X", "--yes") == 130

    names = left(queues)
    assert len(names) == 5
    assert len(set(keys(queues)) | {f"resend/{name}" for name in names}) == 25


@pytest.mark.parametrize("verb", ["delete", "resend"])
def test_a_script_gets_json(queues: dict[str, str], verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m", code="isv.X")

    assert letters(verb, "m", "--yes", "--json") == 0

    [told] = json.loads(capsys.readouterr().out)["letters"]
    assert (told["what"], told["letter"], told["code"]) == ({"delete": "deleted"}.get(verb, "resent"), "m", "isv.X")


@pytest.mark.parametrize(("verb", "call"), [("delete", "DeleteMessageBatch"), ("resend", "SendMessageBatch")])
def test_a_script_that_is_interrupted_is_told_what_was_done_until_then(
    queues: dict[str, str],
    interrupt_at: Callable[[str], None],
    verb: str,
    call: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for number in range(25):
        put(queues["DeadLetterQueueUrl"], KEYED, code="isv.X", message_id=f"m{number}")
    interrupt_at(call)

    assert letters(verb, "--code", "isv.X", "--yes", "--json") == 130

    told = json.loads(capsys.readouterr().out)["letters"]
    assert len({each["letter"] for each in told}) == 20


def test_a_script_is_told_of_what_was_sent_but_could_not_be_deleted(
    queues: dict[str, str], fail_at: Fail, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")
    fail_at("DeleteMessageBatch")

    assert letters("resend", "m", "--yes", "--json") == 1

    [told] = json.loads(capsys.readouterr().out)["letters"]
    assert (told["what"], told["letter"]) == ("failed", "m")
    assert "it is sent again" in told["why"]


@pytest.mark.parametrize("verb", ["delete", "resend"])
def test_a_person_who_ends_the_input_changes_nothing(
    queues: dict[str, str], monkeypatch: pytest.MonkeyPatch, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], KEYED, message_id="m")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", end_of_input)

    assert letters(verb, "m") == 1

    assert capsys.readouterr().err.splitlines()[-1] == "sms: the input ended: nothing was done"
    assert left(queues) == ["m"]
    assert keys(queues) == []


def end_of_input() -> str:
    raise EOFError
