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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

MESSAGE = {"template_code": "SMS_154950909", "template_param": {"code": "739164"}}
REFUSED = "18900189205"  # with a code of the account
UNKNOWN = Result(
    "", "unknown", "client:read-timeout", None, "ambiguous", retryable=False, advice="Look the number up first."
)


def message(number: str, **fields: str) -> dict[str, Any]:
    return {**MESSAGE, "phone_numbers": [number], "idempotency_key": f"letters-{number}", **fields}


def letters(stack: Stack, number: str) -> list[dict[str, Any]]:
    """The letters for a recipient, as a script lists them."""
    masked = f"{number[:3]}****{number[-4:]}"
    listed = json.loads(Command(stack).run("letters", "--json").stdout)["letters"]
    return [letter for letter in listed if letter["phone_numbers"] == [masked]]


def the_letter(stack: Stack, number: str) -> dict[str, Any]:
    [letter] = wait_until("a letter", lambda: letters(stack, number))
    return dict(letter)


def dead_letters_url(stack: Stack) -> str:
    return str(json.loads(Command(stack).run("outputs", "--json").stdout)["dead_letter_queue_url"])


def put_unknown(stack: Stack, number: str) -> dict[str, Any]:
    """A letter as settling writes it in the end, through the same code."""
    added = DeadLetters(dead_letters_url(stack), lambda: stack.client("sqs"))
    added.add(json.dumps(message(number)), replace(UNKNOWN, message_id=f"{int(number):032x}"))
    return the_letter(stack, number)


@pytest.fixture
def poor(stack: Stack) -> Iterator[None]:
    """An account without money, for one number."""
    options = f"{stack.outputs.simulator_url}/_simulator/options"
    refused = {"refused_numbers": {REFUSED: "isv.AMOUNT_NOT_ENOUGH"}}
    requests.put(options, json=refused, timeout=PATIENCE).raise_for_status()
    yield
    requests.delete(options, timeout=PATIENCE).raise_for_status()


def test_a_template_that_the_provider_does_not_know_is_mended_and_moved_back(stack: Stack) -> None:
    enqueue(stack, [json.dumps(message("18900189201", template_code="SMS_999999999"))])

    letter = the_letter(stack, "18900189201")

    assert (letter["queue"], letter["status"], letter["category"]) == ("messages", "rejected", "configuration")
    assert letter["next"] == f"sms redrive {letter['id']}"
    assert "739164" not in json.dumps(letter)
    assert "1 of" in Command(stack).run(*shlex.split(letter["next"])[1:]).stdout


def test_what_is_invalid_is_shown_corrected_and_deleted(stack: Stack) -> None:
    sms, number = Command(stack), "18900189202"
    enqueue(stack, [json.dumps(message(number, urgent="yes"))])
    letter = the_letter(stack, number)

    shown = sms.run("letters", "show", letter["id"])
    body = sms.run(*shlex.split(letter["next"])[1:])

    assert "urgent: must be" in shown.stdout
    assert not [secret for secret in (number, "739164") if secret in shown.stdout + shown.stderr + body.stderr]
    assert json.loads(body.stdout) == message(number, urgent="yes")
    assert sms.run("letters", "delete", letter["id"], "--yes").stdout.startswith(f"deleted {letter['id']}")
    assert letters(stack, number) == []


def test_a_letter_of_an_unknown_outcome_is_looked_up_first_and_resent_once(stack: Stack) -> None:
    sms, number = Command(stack), "18900189203"
    letter = put_unknown(stack, number)

    unasked = sms.run("letters", "resend", letter["id"], code=2)
    sms.run("letters", "resend", letter["id"], "--yes")

    assert letter["next"] == f"sms lookup {letter['id']}"
    assert "Of 1, nobody knows whether it was sent" in unasked.stderr
    wait_until("it arrives", lambda: stack.received(number))
    assert letters(stack, number) == []
    assert "no dead letter" in sms.run("letters", "resend", letter["id"], "--yes", code=1).stderr
    assert len(stack.received(number)) == 1


def test_what_is_killed_before_the_letter_is_deleted_and_run_again_is_sent_once(stack: Stack) -> None:
    number, sqs = "18900189204", stack.client("sqs")
    letter = put_unknown(stack, number)
    queue = DeadLetterQueue(sqs, dead_letters_url(stack))
    [ours] = [each for page in queue.pages() for each in page if each.name == letter["id"]]
    assert send_anew(sqs, stack.outputs.queue_url, [ours]) == [ours]  # and here it is killed
    queue.show_again()
    wait_until("it arrives", lambda: stack.received(number))

    again = json.loads(Command(stack).run("letters", "resend", letter["id"], "--yes", "--json").stdout)

    assert [each["what"] for each in again["letters"]] == ["resent"]
    drained(stack)
    assert len(stack.received(number)) == 1
    assert letters(stack, number) == []


def drained(stack: Stack) -> None:
    """Wait until the messages queue is empty, and nothing of it is in hand."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def is_empty() -> bool:
        answer = stack.client("sqs").get_queue_attributes(QueueUrl=stack.outputs.queue_url, AttributeNames=names)
        return {*answer["Attributes"].values()} == {"0"}

    wait_until("the queue is empty", is_empty)


@pytest.mark.usefixtures("poor")
def test_an_invocation_that_lambda_gave_up_is_run_again_from_its_letter(stack: Stack) -> None:
    given = {"messages": [message(REFUSED)], "schedule": "s", "scheduled_time": "t"}
    function = stack.outputs.functions["SendOnScheduleFunction"]
    stack.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(given))

    letter = the_letter(stack, REFUSED)

    assert (letter["queue"], letter["status"], letter["code"]) == ("schedule", None, "RetriesExhausted")
    assert letter["why"].endswith("isv.AMOUNT_NOT_ENOUGH")
    command, _, file = letter["next"].partition(" > ")
    assert file == "input.json"
    assert json.loads(Command(stack).run(*shlex.split(command)[1:]).stdout) == given
    assert "left" in Command(stack).run("letters", "resend", letter["id"], "--yes", code=1).stdout
    Command(stack).run("letters", "delete", letter["id"], "--yes")


def test_what_is_no_message_is_shown_and_deleted_by_its_code(stack: Stack) -> None:
    sms, number = Command(stack), "18900189206"
    body = f'{{"phone_numbers": "{number}", '
    enqueue(stack, [body])

    def unreadable() -> list[dict[str, Any]]:
        listed = json.loads(sms.run("letters", "--json").stdout)["letters"]
        return [letter for letter in listed if "is not JSON" in letter["why"]]

    [letter] = wait_until("a letter", unreadable)
    assert sms.run(*shlex.split(letter["next"])[1:]).stdout == body + "\n"
    assert letter["id"] in sms.run("letters").stdout
    sms.run("letters", "delete", "--code", letter["code"], "--yes")
    assert unreadable() == []
