"""The clients in examples/, against a stack: what they send arrives once, also where an answer is lost on the way."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from local.loopback import session
from tests.e2e.command import Command
from tests.e2e.conftest import PATIENCE, wait_until
from tests.pages import CLIENTS as CLIENTS_PAGE
from tests.pages import ROOT, blocks
from tests.workbench.clients import CODES, NOTICES, Answer, Door, node, opened, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import requests

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

NUMBERS = {"python": "18900189031", "node": "18900189032", "curl": "18900189033"}
REFUSAL = {"fault": "answer", "code": "isv.MOBILE_NUMBER_ILLEGAL", "only_sends": True}
LOST = {"fault": "reset_after", "only_sends": True}
CLIENTS = pytest.mark.parametrize("client", CODES)
SHORT = "5"  # seconds after which a client takes an answer for lost


@pytest.fixture
def exports(stack: Stack) -> dict[str, str]:
    """What `./sms outputs --export` lets a shell have."""
    printed = Command(stack).run("outputs", "--export").stdout
    return dict(re.findall(r"^export (\w+)=(\S+)$", printed, re.MULTILINE))


@pytest.fixture
def inbox(stack: Stack) -> Iterator[str]:
    """The simulator, empty and with nothing that fails."""
    simulator = f"{stack.outputs.simulator_url}/_simulator"
    with session() as http:
        http.delete(f"{simulator}/messages", timeout=PATIENCE)
        yield simulator
        http.put(f"{simulator}/faults", json={}, timeout=PATIENCE)


def plan(inbox: str, *faults: Mapping[str, object]) -> None:
    with session() as http:
        http.put(f"{inbox}/faults", json={"plan": faults}, timeout=PATIENCE).raise_for_status()


def said(done: subprocess.CompletedProcess[str]) -> str:
    print(done.stdout, done.stderr, sep="", end="")  # noqa: T201 - what a person would read
    return done.stdout.strip().partition(": ")[2]


@CLIENTS
@pytest.mark.usefixtures("inbox")
def test_a_code_arrives(stack: Stack, exports: dict[str, str], client: str) -> None:
    assert said(run(CODES[client], NUMBERS[client], **exports)) == "accepted (200) OK"
    assert len(stack.received(NUMBERS[client])) == 1


@CLIENTS
def test_a_refused_code_is_told_and_not_repeated(
    stack: Stack, exports: dict[str, str], inbox: str, client: str
) -> None:
    plan(inbox, REFUSAL)

    assert said(run(CODES[client], NUMBERS[client], **exports)) == "refused (422) isv.MOBILE_NUMBER_ILLEGAL"
    assert stack.received(NUMBERS[client]) == []


@CLIENTS
@pytest.mark.parametrize("how", ["hangs", "closes"])
@pytest.mark.usefixtures("inbox")
def test_an_answer_that_is_lost_after_the_sms_was_sent_is_asked_for_again_and_one_sms_arrives(
    stack: Stack, exports: dict[str, str], client: str, how: str
) -> None:
    """The door's first answer is kept from the client, which waits for it in vain, or whose connection is closed."""

    def answer(path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        with session() as http:
            url = f"{stack.outputs.emulator_url}{path}"
            answered = http.post(url, data=body, headers=dict(headers), timeout=PATIENCE)
        results.append(answered.json())
        if len(results) > 1:
            return _answer(answered)
        if how == "hangs":
            door.over.wait(PATIENCE)
        return None

    results: list[dict[str, object]] = []
    door = Door(answer)
    with opened(door):
        url = exports["SMS_API_URL"].replace(stack.outputs.emulator_url, door.url)
        done = run(CODES[client], NUMBERS[client], **{**exports, "SMS_API_URL": url, "TIMEOUT": SHORT})

    assert said(done) == "accepted (200) OK"
    assert [(result["status"], result["duplicate"]) for result in results] == [("accepted", False), ("accepted", True)]
    assert len({json.loads(body)["idempotency_key"] for body in door.bodies}) == 1
    assert len(stack.received(NUMBERS[client])) == 1


def _answer(answered: requests.Response) -> Answer:
    return answered.status_code, {"Content-Type": answered.headers["Content-Type"]}, answered.content


@CLIENTS
def test_a_send_of_which_the_provider_lost_the_answer_is_pending_and_one_sms_arrives(
    stack: Stack, exports: dict[str, str], inbox: str, client: str
) -> None:
    plan(inbox, LOST)

    assert said(run(CODES[client], NUMBERS[client], **exports)).startswith("pending (202)")
    assert len(stack.received(NUMBERS[client])) == 1


@pytest.mark.parametrize("client", NOTICES)
@pytest.mark.usefixtures("inbox")
def test_notices_go_through_the_queue_once_also_when_they_are_put_there_again(
    stack: Stack, exports: dict[str, str], client: str
) -> None:
    number, other = NUMBERS[client], NUMBERS[client].replace("8903", "8904")
    first, last = f"{client}-1042={number}", f"{client}-1043={other}"

    assert run(NOTICES[client], first, **exports).stdout == "1 of 1 in the queue\n"
    assert run(NOTICES[client], first, last, **exports).stdout == "2 of 2 in the queue\n"

    wait_until("all three have outcomes", lambda: outcomes_of(stack, number) == 2 and outcomes_of(stack, other) == 1)
    assert (len(stack.received(number)), len(stack.received(other))) == (1, 1)


def outcomes_of(stack: Stack, number: str) -> int:
    """How often the queue's function told what became of a message to it."""
    masked = f"{number[:3]}****{number[-4:]}"
    return sum(line["phone_numbers"].count(masked) for line in stack.outcomes("SendFromQueueFunction"))


@pytest.mark.usefixtures("inbox")
def test_the_commands_of_the_page_run_as_they_stand(stack: Stack) -> None:
    environment = Command(stack).environment
    [commands] = blocks("sh", CLIENTS_PAGE.section("Running them"))
    done = subprocess.run(  # noqa: S603 - the page's
        ["bash", "-euc", commands],  # noqa: S607 - bash of the machine, as a reader has it
        cwd=ROOT,
        env={**environment, "PATH": f"{node().parent}:{environment['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    print(done.stdout)  # noqa: T201 - what a person would read
    assert done.stdout.count("accepted (200) OK") == 3
    assert done.stdout.count("1 of 1 in the queue") == 2
