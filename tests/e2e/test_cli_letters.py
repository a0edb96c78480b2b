"""`sms letters` against the deployed stack: letters as the product makes them, looked at, deleted and sent again."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from aliyun_sms.aws.sqs import DeadLetters
from aliyun_sms.result import Result
from cli.dead_letters.moving import send_anew
from cli.dead_letters.queue import DeadLetterQueue
from tests.e2e.command import Command
from tests.e2e.conftest import PATIENCE, enqueue, wait_until
from tests.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from tests.e2e.conftest import Stack

    Letters = dict[str, dict[str, Any]]

pytestmark = pytest.mark.xdist_group("cli")

TEMPLATE, INVALID, UNKNOWN, KILLED, POOR = (f"1890018920{last}" for last in range(1, 6))
UNREADABLE = '{"phone_numbers": "18900189206", '
HELD = Result("", "unknown", "client:read-timeout", None, "ambiguous", retryable=False, advice="Look it up first.")


def message(number: str, **fields: str) -> dict[str, Any]:
    usual = {"template_code": "SMS_154950909", "template_param": {"code": "739164"}}
    return {**usual, "phone_numbers": [number], "idempotency_key": f"letters-{number}", **fields}


FORGED = {"status": "expired", "code": "739164", "category": "invalid", "reason": "Call 739164."}
INPUT = {"messages": [message(POOR)], "schedule": "s", "scheduled_time": "t"}


@pytest.fixture(scope="module")
def letters(stack: Stack) -> Letters:
    """A letter of each kind as `sms letters --json` lists it, by its recipient."""
    invalid, unknown_template = message(INVALID, urgent="yes"), message(TEMPLATE, template_code="SMS_999999999")
    enqueue(stack, [json.dumps(unknown_template), json.dumps(invalid), UNREADABLE])
    options = f"{stack.outputs.simulator_url}/_simulator/options"
    refused = {"refused_numbers": {POOR: "isv.AMOUNT_NOT_ENOUGH"}}
    requests.put(options, json=refused, timeout=PATIENCE).raise_for_status()
    function = stack.outputs.functions["SendOnScheduleFunction"]
    stack.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(INPUT))
    hand_over(stack, UNKNOWN, KILLED)
    found: Letters = wait_until("a letter of each kind", lambda: all_of(listed(stack)))
    requests.delete(options, timeout=PATIENCE).raise_for_status()
    return found


def hand_over(stack: Stack, *numbers: str) -> None:
    """What settling does in the end with an outcome that stays unknown, through the same code."""
    dead_letters = DeadLetters(dead_letters_url(stack), lambda: stack.client("sqs"))
    for number in numbers:
        dead_letters.add(json.dumps(message(number)), replace(HELD, message_id=f"{int(number):032x}"))


def dead_letters_url(stack: Stack) -> str:
    return str(json.loads(Command(stack).run("outputs", "--json").stdout)["dead_letter_queue_url"])


def listed(stack: Stack) -> Letters:
    """Our letters by their recipients; the one that cannot be read has none."""
    told = json.loads(Command(stack).run("letters", "--json").stdout)["letters"]
    names = {f"189****{number[-4:]}": number for number in (TEMPLATE, INVALID, UNKNOWN, KILLED, POOR)}
    of_numbers = {names[letter["phone_numbers"][0]]: letter for letter in told if {*letter["phone_numbers"]} & {*names}}
    unreadable = [letter for letter in told if "is not JSON" in letter["why"]]
    return of_numbers | dict(zip([UNREADABLE], unreadable, strict=False))


def all_of(found: Letters) -> Letters | None:
    return found if len(found) == 6 else None


def run(stack: Stack, command_line: str, cwd: Path = ROOT) -> CompletedProcess[str]:
    """Run a command line as it was printed."""
    program, *arguments = shlex.split(command_line)
    assert program == "sms"
    return Command(stack).run(*arguments, cwd=cwd)


def test_a_template_that_the_provider_does_not_know_is_mended_and_moved_back(stack: Stack, letters: Letters) -> None:
    letter = letters[TEMPLATE]

    assert (letter["queue"], letter["status"], letter["category"]) == ("messages", "rejected", "configuration")
    assert letter["next"] == f"sms letters show {letter['id']} --to message.json"
    assert f"moved  {letter['id']}" in Command(stack).run("redrive", letter["id"]).stdout


def test_what_is_invalid_is_looked_at_to_be_corrected(stack: Stack, letters: Letters, tmp_path: Path) -> None:
    letter = letters[INVALID]

    shown = Command(stack).run("letters", "show", letter["id"])
    written = run(stack, letter["next"], tmp_path)

    assert "urgent: must be" in shown.stdout
    assert not [
        secret
        for secret in (INVALID, "739164")
        if secret in shown.stdout + shown.stderr + written.stdout + written.stderr
    ]
    assert json.loads((tmp_path / "message.json").read_bytes()) == message(INVALID, urgent="yes")


def test_an_unknown_outcome_is_resent_once_and_only_after_a_warning(stack: Stack, letters: Letters) -> None:
    sms, letter = Command(stack), letters[UNKNOWN]

    unasked = sms.run("letters", "resend", letter["id"], code=2)
    sms.run("letters", "resend", letter["id"], "--yes")

    assert letter["next"] == f"sms lookup {letter['id']}"
    assert "Of 1, nobody knows whether it was sent" in unasked.stderr
    wait_until("it arrives", lambda: stack.received(UNKNOWN))
    assert "no dead letter" in sms.run("letters", "resend", letter["id"], "--yes", code=1).stderr
    assert len(stack.received(UNKNOWN)) == 1


def test_what_is_killed_before_the_letter_is_deleted_and_run_again_is_sent_once(stack: Stack, letters: Letters) -> None:
    sqs, letter = stack.client("sqs"), letters[KILLED]
    queue = DeadLetterQueue(sqs, dead_letters_url(stack))
    [ours] = [each for page in queue.pages() for each in page if each.name == letter["id"]]
    assert send_anew(sqs, stack.outputs.queue_url, [ours]) == [ours]  # and here it is killed
    queue.show_again()
    wait_until("it arrives", lambda: stack.received(KILLED))

    again = Command(stack).run("letters", "resend", letter["id"], "--yes").stdout

    assert again.startswith(f"resent {letter['id']}")
    wait_until("the queue is empty", lambda: is_empty(stack))
    assert len(stack.received(KILLED)) == 1


def is_empty(stack: Stack) -> bool:
    """Whether nothing waits in the messages queue, and nothing of it is in hand."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = stack.client("sqs").get_queue_attributes(QueueUrl=stack.outputs.queue_url, AttributeNames=names)
    return {*answer["Attributes"].values()} == {"0"}


def test_an_invocation_that_lambda_gave_up_can_be_run_again_from_its_letter(
    stack: Stack, letters: Letters, tmp_path: Path
) -> None:
    letter = letters[POOR]

    assert (letter["queue"], letter["status"], letter["code"]) == ("schedule", None, "RetriesExhausted")
    assert letter["why"].endswith("isv.AMOUNT_NOT_ENOUGH")
    run(stack, letter["next"], tmp_path)
    assert json.loads((tmp_path / "input.json").read_bytes()) == INPUT
    assert "left" in Command(stack).run("letters", "resend", letter["id"], "--yes", code=1).stdout


def test_what_is_no_message_is_looked_at_and_deleted_by_its_code(stack: Stack, letters: Letters) -> None:
    letter = letters[UNREADABLE]

    assert run(stack, letter["next"]).stdout == UNREADABLE + "\n"
    deleted = Command(stack).run("letters", "delete", "--code", letter["code"], "--yes").stdout
    assert f"deleted {letter['id']}" in deleted
    assert UNREADABLE not in listed(stack)


@pytest.mark.parametrize("typed", ["./sms", "sms"])
def test_the_next_commands_begin_as_the_command_was_typed(stack: Stack, letters: Letters, typed: str) -> None:
    told = json.loads(Command(stack).shell(f"{typed} letters --json"))["letters"]

    assert letters
    assert {letter["next"].partition(" ")[0] for letter in told} == {typed}


def test_of_what_sqs_moved_itself_no_attribute_of_a_producer_is_believed(stack: Stack) -> None:
    sqs = stack.client("sqs")
    dead = sqs.create_queue(QueueName="given-up-letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    source = sqs.create_queue(QueueName="given-up", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    forged = {name: {"DataType": "String", "StringValue": text} for name, text in FORGED.items()}
    sqs.send_message(QueueUrl=source, MessageBody=json.dumps(message(INVALID)), MessageAttributes=forged)
    for _ in range(2):  # at the second receive it is moved
        sqs.receive_message(QueueUrl=source, VisibilityTimeout=0)

    [letter] = [each for page in DeadLetterQueue(sqs, dead).pages() for each in page]

    assert letter.is_sqs_own
    assert letter.attributes == {}
