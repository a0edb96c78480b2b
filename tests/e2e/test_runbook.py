"""The runbook, walked on a stack of its own: what it says to type is typed as it stands, and what it promises happens.

Every section is walked: those that need a situation have a test each, the others run as they are.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.aws.sqs import DeadLetters
from aliyun_sms.provider.catalogue import lookup
from aliyun_sms.result import Result
from local.loopback import session
from tests.e2e.command import Command, put_command_into
from tests.e2e.conftest import enqueue, new_cloud, wait_until
from tests.pages import RUNBOOK, blocks
from tests.unit.provider.test_catalogue import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("runbook")

PARAMETERS = "ProviderTimeoutSeconds=1 UnknownGraceSeconds=10"
HEADINGS = re.findall(r"^##+ (.+)$", RUNBOOK.text, re.MULTILINE)
WITH_SITUATION = {  # walked by the tests below
    "Dead letters",
    "Nobody knows whether it was sent",
    "The account or its approvals are at fault",
    "The message is at fault",
    "A schedule's run was given up",
    "Moving them back",
    "Nothing goes out",
    "A defect",
    "A function fails",
}
RIGHT = {"access_key_id": "testId", "access_key_secret": "testSecret"}
SENT, LOST, FAULTY, MENDED, LATE, REFUSED, POOR = (f"1890018930{last}" for last in range(1, 8))


class Walker:
    """Somebody on call, in a folder of their own, in one shell's worth of exports."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        put_command_into(folder)
        _, self._logs = blocks("sh", RUNBOOK.section("First"))

    def type(self, commands: str, letter: str = "none", typed: str = "") -> str:
        """What the commands print; they must succeed."""
        exports = f'eval "$(./sms outputs --export)"\nLETTER={letter}\n'
        return Command(self.stack).shell(exports + self._logs + commands, cwd=self.folder, typed=typed)

    def walk(self, heading: str, letter: str = "none") -> list[str]:
        """What each block of a section prints."""
        return [self.type(block, letter) for block in blocks("sh", RUNBOOK.section(heading))]

    def letters(self) -> dict[str, dict[str, Any]]:
        """The letters that can be seen, by their ids."""
        listed = json.loads(Command(self.stack).run("letters", "--json").stdout)["letters"]
        return {letter["id"]: letter for letter in listed}

    def letter_to(self, number: str) -> str:
        """The id of the letter to a number; waits for it."""
        masked = f"{number[:3]}****{number[-4:]}"

        def found() -> str | None:
            return next((name for name, each in self.letters().items() if masked in each["phone_numbers"]), None)

        return str(wait_until(f"a letter to {masked}", found))

    def control(self, path: str, document: Any = None) -> None:
        """Tell the simulator something; DELETE without a document."""
        url = f"{self.stack.outputs.simulator_url}/_simulator/{path}"
        with session() as http:
            answer = http.delete(url, timeout=5) if document is None else http.put(url, json=document, timeout=5)
        assert answer.ok, answer.text

    def settle(self) -> None:
        """As the runbook settles without its schedule."""
        _, at_once = blocks("sh", RUNBOOK.section("Settling has stopped"))
        self.type(at_once)


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walker]:
    """On a stack where nobody waits long for what is unknown."""
    cloud = new_cloud(tmp_path_factory.mktemp("cloud"))
    yield Walker(cloud.up(PARAMETERS=PARAMETERS), tmp_path_factory.mktemp("folder"))
    cloud.down()


def message(number: str, **fields: Any) -> str:
    usual = {"template_code": "SMS_154950909", "template_param": {"code": "739164"}, "urgent": True}
    return json.dumps({**usual, "phone_numbers": [number], "idempotency_key": f"runbook-{number}", **fields})


@pytest.fixture(scope="module")
def held(walker: Walker) -> dict[str, str]:
    """Letters of which nobody knows, by their numbers: the provider has the first send, and its records lag behind."""
    walker.control("options", {"visibility_seconds": 3600})
    for number, fault in ((SENT, "reset_after"), (LOST, "reset_before")):
        walker.control("faults", {"plan": [{"fault": fault}]})
        answer = walker.stack.post("/v1/messages", json.loads(message(number)))
        assert (answer.status_code, answer.json()["status"]) == (202, "unknown")
    walker.control("options", {"denied_actions": ["SendSms"]})  # the identical request tells nothing either

    def handed_over() -> bool:
        walker.settle()
        return len([each for each in walker.letters().values() if each["status"] == "unknown"]) == len((SENT, LOST))

    wait_until("they are handed to a person", handed_over, seconds=120)
    walker.control("options")
    return {number: walker.letter_to(number) for number in (SENT, LOST)}


def test_the_sections_that_have_a_test_of_their_own_are_there() -> None:
    assert set(HEADINGS) >= WITH_SITUATION


@pytest.mark.parametrize("heading", [heading for heading in HEADINGS if heading not in WITH_SITUATION])
def test_the_commands_of_a_section_run_as_they_stand(walker: Walker, heading: str) -> None:
    assert any(walker.walk(heading))


def test_what_was_sent_though_nobody_knew_is_found_and_done_with(walker: Walker, held: dict[str, str]) -> None:
    letter = held[SENT]
    look, delete, _ = blocks("sh", RUNBOOK.section("Nobody knows whether it was sent"))

    [listed, shown] = walker.walk("Dead letters", letter)
    assert f"sms lookup {letter}" in listed
    assert "client:connection-reset" in shown
    assert f"it was sent: sms letters delete {letter}" in walker.type(look, letter)
    assert f"deleted {letter}" in walker.type(delete, letter)
    assert len(walker.stack.received(SENT)) == 1


def test_what_the_provider_has_not_is_resent_once_where_a_person_says_so(walker: Walker, held: dict[str, str]) -> None:
    letter = held[LOST]
    look, _, resend = blocks("sh", RUNBOOK.section("Nobody knows whether it was sent"))

    assert f"sms letters resend {letter}" in walker.type(look, letter)
    assert f"resent {letter}" in walker.type(resend, letter)
    wait_until("it arrives", lambda: walker.stack.received(LOST))
    assert len(walker.stack.received(LOST)) == 1


def test_what_is_invalid_is_corrected_and_sent_under_a_new_key(walker: Walker) -> None:
    enqueue(walker.stack, [message(FAULTY, reference=5)])
    letter = walker.letter_to(FAULTY)
    show, send = blocks("sh", RUNBOOK.section("The message is at fault"))

    walker.type(show, letter)
    file = walker.folder / "message.json"
    corrected = {**json.loads(file.read_text("utf-8")), "reference": "5", "idempotency_key": "corrected"}
    file.write_text(json.dumps(corrected), "utf-8")
    walker.type(send, letter)

    wait_until("it arrives", lambda: walker.stack.received(FAULTY))
    assert letter not in walker.letters()
    assert not file.exists()


def test_a_run_that_was_given_up_is_given_to_the_function_again(walker: Walker) -> None:
    walker.control("options", {"refused_numbers": {LATE: "isv.AMOUNT_NOT_ENOUGH"}})
    run = {"messages": [json.loads(message(LATE))], "schedule": "s", "scheduled_time": "t"}
    function = walker.stack.outputs.functions["SendOnScheduleFunction"]
    walker.stack.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(run))
    letter = walker.letter_to(LATE)
    walker.control("options")
    show, invoke, delete = blocks("sh", RUNBOOK.section("A schedule's run was given up"))

    walker.type(show, letter)
    walker.control("options", {"refused_numbers": {LATE: "isv.AMOUNT_NOT_ENOUGH"}})  # not mended yet
    walker.type(invoke, letter)
    walker.type(f"! {{ {delete} }}", letter)
    assert letter in walker.letters()
    walker.control("options")
    assert '"accepted": 1' in walker.type(invoke, letter)
    walker.type(delete, letter)

    assert len(walker.stack.received(LATE)) == 1
    assert letter not in walker.letters()
    for heading in ("A defect", "A function fails"):
        assert "NothingSentError" in "".join(walker.walk(heading))


def test_what_was_refused_for_the_account_is_sent_once_it_is_mended(walker: Walker) -> None:
    walker.control("options", {"refused_numbers": {MENDED: "isv.SMS_TEMPLATE_ILLEGAL"}})
    enqueue(walker.stack, [message(MENDED)])
    letter = walker.letter_to(MENDED)
    walker.control("options")

    walker.walk("The account or its approvals are at fault", letter)
    assert f"moved  {letter}" in "".join(walker.walk("Moving them back"))

    wait_until("it arrives", lambda: walker.stack.received(MENDED))
    assert len(walker.stack.received(MENDED)) == 1


def test_a_wrong_secret_is_found_and_replaced_by_one_that_is_proven(walker: Walker) -> None:
    secrets = walker.stack.client("secretsmanager")
    arn = json.loads(Command(walker.stack).run("outputs", "--json").stdout)["credentials_secret_arn"]
    secrets.put_secret_value(SecretId=arn, SecretString=json.dumps({**RIGHT, "access_key_secret": "wrong"}))
    walker.control("options", {"access_keys": ["testId:changedSecret"]})  # and what the functions hold is refused
    refused = walker.stack.post("/v1/messages", json.loads(message(REFUSED)))
    assert (refused.status_code, refused.json()["result"]["code"]) == (502, "SignatureDoesNotMatch")
    look, fill = blocks("sh", RUNBOOK.section("Nothing goes out"))

    assert "SignatureDoesNotMatch" in walker.type(look)
    right = {**RIGHT, "access_key_secret": "changedSecret"}
    assert "the provider takes the key" in walker.type(fill, typed=json.dumps(right))

    assert walker.stack.post("/v1/messages", json.loads(message(REFUSED))).status_code == 200
    walker.control("options")
    walker.type(fill, typed=json.dumps(RIGHT))
    assert walker.stack.post("/v1/messages", json.loads(message(POOR))).status_code == 200


def test_a_letter_of_each_code_says_what_comes_next(walker: Walker) -> None:
    """Written as the doors and settling write them, for each code of the catalogue; and taken away by the code."""
    sms, outputs = Command(walker.stack), json.loads(Command(walker.stack).run("outputs", "--json").stdout)
    dead_letters = DeadLetters(outputs["dead_letter_queue_url"], lambda: walker.stack.client("sqs"))
    codes = [code for code in CODES if lookup(code).category != "success" and "{" not in code]
    for place, code in enumerate(codes):
        dead_letters.add(message(POOR), result_of(code, f"{place:032x}"))

    letters = walker.letters()

    verbs = {"ambiguous": "lookup", "invalid": "letters show"}
    for place, code in enumerate(codes):
        letter = letters[f"{place:032x}"]
        verb = verbs.get(lookup(code).category, "redrive")
        assert (letter["code"], letter["next"].startswith(f"sms {verb} {letter['id']}")) == (code, True)
    deleted = sms.run("letters", "delete", "--code", codes[0], "--yes").stdout
    assert f"deleted {0:032x}" in deleted


def result_of(code: str, message_id: str) -> Result:
    """What a door makes of a code."""
    entry = lookup(code)
    result = Result(message_id, "rejected", code, None, entry.category, retryable=False, advice=entry.advice_en)
    return replace(result, status="unknown") if entry.category == "ambiguous" else result
