"""Each verb of `sms` may do what docs/operations.md says and no more: that is enough, and less is not.

Not shown here: `sns:ListSubscriptionsByTopic`, since no topic is asked for on a local cloud; that
`lambda:GetAccountSettings` is needed, since the emulator (MiniStack) lets everybody call it; `send --wait` at the
request door, which asks as `status --key` does. tests/e2e/test_cli_policies_uninstall.py has what deletes.
"""

from __future__ import annotations

import io
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from cli import __main__ as command
from tests.e2e.alert_routes import put_alerts_into
from tests.e2e.command import Command
from tests.e2e.conftest import enqueue, wait_until
from tests.e2e.policies import Clerk, Grant, grants, named, without
from tests.e2e.test_cli_policies_uninstall import DELETING, TELLING
from tests.workbench.functions import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

NUMBER = "18900189211"
TEMPLATE = ("--template", "SMS_154950909", "--param", "code=739164")
MESSAGE = {"phone_numbers": [NUMBER], "template_code": "SMS_154950909", "template_param": {"code": "739164"}}
KEY = json.dumps({"access_key_id": "testId", "access_key_secret": "testSecret"})
QUEUES = ("DeadLetterQueueUrl", "ScheduleDeadLetterQueueUrl", "AlertDeadLetterQueueUrl")
ONCE = "at(2099-12-31T09:00)"
ADDING = ("ScheduleAsked", "ScheduleAdd", "SchedulePassRole")
NOT_ENFORCED = {"iam:PassRole", "lambda:GetAccountSettings", "sns:ListSubscriptionsByTopic"}
DOCTOR = (
    "Doctor", "DoctorProvider", "DoctorQueues", "DoctorSchedules", "DoctorLogs", "DoctorUsage", "DoctorEventSource",
    "DoctorAccount",
)  # fmt: skip
STOP = ("Stop", "StopResources", "StopEventSource")


@dataclass(frozen=True)
class Call:
    """A command line, and what it needs.

    ID and KEY stand for a message that was sent, LETTERS for new letters, MESSAGES for those of them that hold
    messages, POLICY for a file with one.
    """

    line: str
    sids: tuple[str, ...]

    @property
    def verb(self) -> str:
        return self.line.partition(" ")[0]

    @property
    def grants(self) -> list[Grant]:
        return grants("Stack", *self.sids)

    def arguments(self, known: dict[str, str]) -> list[str]:
        filled = [known.get(word, word) for word in self.line.split()]
        return [part for word in filled for part in word.split()]


CALLS = [
    Call("outputs", ()),
    Call(f"send --to {NUMBER} {' '.join(TEMPLATE)}", ("Send",)),
    Call(f"send --to {NUMBER} {' '.join(TEMPLATE)} --door queue", ("SendToTheQueue",)),
    Call(f"send --to {NUMBER} {' '.join(TEMPLATE)} --door queue --wait", ("SendToTheQueue", "StatusOfADoor")),
    Call("status --key KEY", ("StatusByKey",)),
    Call("status --key KEY --door queue", ("StatusOfADoor",)),
    Call("status ID --log", ("StatusById", "StatusLogGroups", "StatusLog")),
    Call("status --key KEY --log", ("StatusByKey", "StatusLogGroups", "StatusLog")),
    Call(f"lookup {NUMBER}", ("Lookup", "LookupLedger")),
    Call("lookup LETTER", ("Lookup", "LookupLedger", "Letters")),
    Call("letters", ("Letters",)),
    Call("letters show LETTER", ("Letters",)),
    Call("letters resend MESSAGES --yes", ("Letters", "LettersDelete", "LettersResend", "LettersLedger")),
    Call("letters delete LETTERS --yes", ("Letters", "LettersDelete")),
    Call("redrive LETTERS", ("Redrive", "RedriveIntoTheQueue", "RedriveAlerts")),
    Call("redrive --dry-run", ("Letters",)),
    Call("usage", ("Usage",)),
    Call("stop --why leaked", STOP),
    Call("start", (*STOP, "StartQueue")),
    Call("doctor --json", DOCTOR),
    Call("secret", ("Secret", "SecretProof")),
    Call("alerts check ROUTES", ("Alerts",)),
    Call("alerts put ROUTES --yes", ("Alerts", "AlertsRoutes", "AlertsPut")),
    Call("alerts show", ("AlertsRoutes",)),
    Call("alerts try ALARM --file ROUTES", ("Alerts",)),
    Call("alerts list", ("AlertsList",)),
    Call("schedule list", ("Schedules", "Schedule")),
    Call("schedule show kept", ("Schedule",)),
    Call(f"schedule add NEW {ONCE} --to {NUMBER} {' '.join(TEMPLATE)} --yes", ADDING),
    Call("schedule pause kept", ("Schedule", "ScheduleSwitch", "SchedulePassRole")),
    Call("schedule remove kept --yes", ("Schedule", "ScheduleRemove")),
    Call("policy check POLICY", ("Policy",)),
    Call("policy show", ("PolicyShow",)),
    Call("policy put POLICY --yes", ("Policy", "PolicyShow", "PolicyPut")),
    Call("uninstall --dry-run --ledger --code", TELLING),
]
LESS = {(call.verb, grant): call for call in CALLS for grant in call.grants if grant.action not in NOT_ENFORCED}


@pytest.fixture(scope="module")
def clerk(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clerk]:
    made = Clerk(stack, tmp_path_factory.mktemp("clerk"))
    settling = stack.outputs.functions["SettleSendsFunction"]
    stack.client("lambda").invoke(FunctionName=settling)  # its minute may be young, and the doctor looks for it
    yield made
    made.leave()
    for queue in QUEUES:
        stack.client("sqs").purge_queue(QueueUrl=made.outputs[queue])


@pytest.fixture(scope="module")
def sent(stack: Stack, clerk: Clerk) -> dict[str, str]:
    """A message that the clerk sent, and one of the queue under the same key, by what stands for them."""
    key = f"clerk-{uuid4()}"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOCAL_DIR", str(clerk.directory))
        clerk.may(grants("Stack", "Send"))
        assert command.run(["send", "--to", NUMBER, *TEMPLATE, "--key", key]) == 0
    enqueue(stack, [json.dumps({**MESSAGE, "idempotency_key": key})])
    result = wait_until("it is sent", lambda: _accepted(stack, key))
    return {"KEY": key, "ID": result["message_id"]}


def _accepted(stack: Stack, key: str) -> dict[str, Any] | None:
    """The result of a message of the queue, once the provider has taken it."""
    result: dict[str, Any] = stack.get("/v1/doors/queue/messages", {"Idempotency-Key": key}).json()
    return result if result.get("status") == "accepted" else None


@pytest.fixture
def known(stack: Stack, clerk: Clerk, sent: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What is there for a call: beside the message, two new letters in each queue, of which one is asked for."""
    monkeypatch.setenv("LOCAL_DIR", str(clerk.directory))
    monkeypatch.setattr("sys.stdin", io.StringIO(KEY))
    monkeypatch.setattr("cli.dead_letters.queue.SECONDS_TO_WAIT", 0)
    ids = [_put(stack, clerk.outputs[queue], queue) for queue in QUEUES for _ in range(2)]
    keep(stack, clerk.outputs)
    policy = clerk.directory / "policy.json"
    policy.write_text("{}")
    files = {"POLICY": str(policy), **put_alerts_into(clerk.directory)}
    letters = {"LETTER": ids[0], "MESSAGES": f"{ids[0]} {ids[2]}", "LETTERS": f"{ids[0]} {ids[2]} {ids[4]}"}
    return {**sent, **files, **letters, "NEW": f"new-{uuid4()}"}


@pytest.fixture
def _stopped_before_a_start(stack: Stack, call: Call) -> Iterator[None]:
    """So that both have something to do; afterwards sends go on."""
    if call.verb == "start":
        Command(stack).run("stop", "--why", "to be started")
    yield
    if call.verb in {"stop", "start"}:
        Command(stack).run("start")


def keep(stack: Stack, outputs: dict[str, str]) -> None:
    """Let there be a schedule of this name."""
    scheduler = stack.client("scheduler")
    target = {"Arn": outputs["SendOnScheduleFunctionArn"], "RoleArn": outputs["KeptScheduleRoleArn"], "Input": "{}"}
    with suppress(scheduler.exceptions.ConflictException):
        scheduler.create_schedule(
            Name="kept",
            GroupName=outputs["ScheduleGroup"],
            ScheduleExpression=ONCE,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target,
        )


def _put(stack: Stack, url: str, queue: str) -> str:
    """A message, or for the alert door an event that tells of nothing."""
    of_alert = queue == "AlertDeadLetterQueueUrl"
    document = sample("alert/event_insufficient_data") if of_alert else {**MESSAGE, "idempotency_key": str(uuid4())}
    return str(stack.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(document))["MessageId"])


def not_checked(text: str) -> str:
    """What the doctor says of what it may not look at."""
    return "\n".join(each["says"] for each in json.loads(text) if each["state"] == "not checked")


@pytest.mark.usefixtures("_stopped_before_a_start")
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.line)
def test_what_the_page_grants_is_enough(
    clerk: Clerk, known: dict[str, str], capsys: pytest.CaptureFixture[str], call: Call
) -> None:
    clerk.may(call.grants)

    code = command.run(call.arguments(known))

    said = capsys.readouterr()
    if call.verb == "doctor":
        assert not_checked(said.out) == ""
    else:
        assert code == 0, said.err


@pytest.mark.usefixtures("_stopped_before_a_start")
@pytest.mark.parametrize(
    ("call", "grant"),
    [(call, grant) for (_, grant), call in LESS.items()],
    ids=[f"{call.line}: {grant.action}" for (_, grant), call in LESS.items()],
)
def test_less_is_not_enough_and_what_is_missing_is_told(
    clerk: Clerk, known: dict[str, str], capsys: pytest.CaptureFixture[str], call: Call, grant: Grant
) -> None:
    clerk.may(without(call.grants, grant))

    code = command.run(call.arguments(known))

    said = capsys.readouterr()
    told = not_checked(said.out) if call.verb == "doctor" and said.out else said.err.splitlines()[-1]
    assert missing(grant) in told
    assert code == 1 or call.verb == "doctor"


def missing(grant: Grant) -> str:
    """What a person is told who lacks it."""
    if grant.action == "execute-api:Invoke":
        return f"may not {grant.resource.partition('/*/')[2].partition('/')[0]} there"
    return f"not allowed to call {grant.action}"


def test_the_inbox_needs_nothing(stack: Stack, clerk: Clerk) -> None:
    clerk.may([])

    Command(stack, {"LOCAL_DIR": str(clerk.directory)}).run("inbox")


def test_every_statement_of_the_page_is_shown() -> None:
    shown = {sid for call in CALLS for sid in ("Stack", *call.sids)}

    assert named().keys() == shown | {"DoctorTopic", *DELETING}
