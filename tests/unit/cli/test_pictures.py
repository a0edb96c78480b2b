"""The pictures in the README are what the command shows, byte for byte; `make docs` takes them anew."""

from __future__ import annotations

import json
import os
import time
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import pytest

from cli import __main__ as command
from cli import usage
from cli.place import Place
from tests.unit.cli.dead_letter_queues import KEYED, MESSAGE, put
from tests.unit.cli.stack_in_order import VERDICT, Aws
from tests.unit.cli.terminal import ENVIRONMENT, OF_WHO_RUNS_IT, Terminal
from tests.workbench.functions import ROOT

PICTURES = ROOT / "docs" / "pictures"
NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC).timestamp()
AN_HOUR = 3600
SQS_ID = "b9f2c6a4-5d31-4f0e-9c77-2a8e61d0f35{}"
NO_ANSWER = {
    "message_id": "7c1f0b1f0f9d4c0c8a3c6c1f1b0e2d4a",
    "status": "unknown",
    "code": "client:read-timeout",
    "category": "ambiguous",
    "reason": "Look the number up in the console's send records before sending again: the request left and no answer "
    "came in time.",
}
NO_MONEY = {
    "message_id": "e41d8cd98f0b4e2f8a53c5d9f6a7b120",
    "status": "rejected",
    "code": "isv.AMOUNT_NOT_ENOUGH",
    "category": "configuration",
    "reason": "Add money to the account, or buy a message package that covers the destination.",
}
NO_VALUE = {
    "message_id": "0f343b0931126a20f133d67c2b018a3b",
    "status": "rejected",
    "code": "isv.TEMPLATE_MISSING_PARAMETERS",
    "category": "invalid",
    "reason": "Give template_param a value for each variable in the template.",
}
NO_RIGHT = {
    "ERROR_CODE": "AccessDenied",
    "ERROR_MESSAGE": "the role may not invoke the function",
    "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
}
SEVERAL = {**MESSAGE, "phone_numbers": ["13800138000", "13900139000", "13700137000"], "idempotency_key": "k"}
INPUT = {
    "input": {"messages": [MESSAGE, {**MESSAGE, "phone_numbers": ["13700137000"]}]},
    "schedule": "s",
    "scheduled_time": "t",
}
LETTERS: list[tuple[str, str, dict[str, str]]] = [  # queue, body, attributes; the oldest first, an hour apart
    ("DeadLetterQueueUrl", KEYED, NO_ANSWER),
    ("DeadLetterQueueUrl", json.dumps(SEVERAL), NO_MONEY),
    ("DeadLetterQueueUrl", KEYED, NO_VALUE),
    ("ScheduleDeadLetterQueueUrl", json.dumps(INPUT), NO_RIGHT),
]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """The same screen, whoever runs the test."""
    for name in OF_WHO_RUNS_IT:
        monkeypatch.delenv(name, raising=False)
    for name, value in {**ENVIRONMENT, "AWS_REGION": "cn-north-1"}.items():
        monkeypatch.setenv(name, value)
    return Terminal()


@pytest.fixture
def now(sqs: Any) -> float:
    """What SQS takes for the time of day."""

    def answer(parsed: dict[str, Any], **_: object) -> None:
        parsed["ResponseMetadata"]["HTTPHeaders"]["date"] = formatdate(NOW, usegmt=True)

    sqs.meta.events.register("after-call.sqs.GetQueueAttributes", answer)
    return NOW


def put_as(sqs: Any, queue_url: str, letter: tuple[str, dict[str, str]], sqs_id: str, sent_at: float) -> None:
    """Put a letter in that is received with this id and time."""
    body, attributes = letter
    own_id = put(queue_url, body, **attributes)

    def receive(parsed: dict[str, Any], **_: object) -> None:
        for record in parsed.get("Messages", []):
            if record["MessageId"] == own_id:
                record["MessageId"] = sqs_id
                record["Attributes"]["SentTimestamp"] = str(int(sent_at * 1000))

    sqs.meta.events.register("after-call.sqs.ReceiveMessage", receive)


def shown(terminal: Terminal, verb: str) -> tuple[int, str]:
    """The exit code of a verb, and the picture of it."""
    terminal.write(f"$ sms {verb}\n")
    with redirect_stdout(terminal), redirect_stderr(terminal):
        code = command.run([verb])
    return code, terminal.picture(f"sms {verb}")


def kept(name: str, picture: str) -> str:
    """The picture in docs/, which is written first where that is asked for."""
    file = PICTURES / name
    if os.environ.get("PICTURES") == "write":
        file.write_bytes(picture.encode())
    return file.read_bytes().decode()


def test_the_picture_of_the_letters(sqs: Any, queues: dict[str, str], now: float, terminal: Terminal) -> None:
    for hours, (queue, body, attributes) in enumerate(reversed(LETTERS), start=1):
        put_as(sqs, queues[queue], (body, attributes), SQS_ID.format(hours), now - hours * AN_HOUR)

    code, picture = shown(terminal, "letters")

    assert code == 0
    assert picture == kept("sms-letters.svg", picture), "run make docs"


def test_the_picture_of_the_doctor(monkeypatch: pytest.MonkeyPatch, terminal: Terminal) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)
    monkeypatch.setattr(usage, "today", lambda: datetime.fromtimestamp(NOW, UTC).date())
    aws = Aws(clock=NOW, letters=len(LETTERS), age=24, denied={"ListSubscriptionsByTopic"})
    aws.parameters["DailyRecipientLimit"], aws.usage = "10000", {"day": "2026-11-30", "total": 1206}
    aws.account["template"] = {"name": "SMS_154950909", **VERDICT, "state": "approved"}
    monkeypatch.setattr(Place, "client", lambda *_: aws)

    code, picture = shown(terminal, "doctor")

    assert code == 1
    assert picture == kept("sms-doctor.svg", picture), "run make docs"
