"""How the demo uses each door, and sees what became of a message behind it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from local.errors import LocalCloudError
from local.loopback import session

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.demo.cases import Case
    from local.operations import Operations

Seen = TypeVar("Seen")

PATIENCE = 60  # seconds for a message to come out of a queue or a schedule; it takes up to 15
MOST_ENTRIES = 10  # SQS takes no more at once
LONGEST_ID = 12  # characters of a message's id
PAUSE = 0.5  # seconds between two looks
FUNCTIONS = {
    "queue": "SendFromQueueFunction",
    "schedule": "SendOnScheduleFunction",
    "alert": "SendOnAlertFunction",
}


class NotSeen(LocalCloudError):
    """What should have happened was not seen in time; carries what the function logged."""


@dataclass(frozen=True, slots=True)
class Received:
    """What one recipient was sent, as the simulator has it, and by which call."""

    phone_number: str
    content: str
    request_id: str


def post(operations: Operations, case: Case) -> str:
    """Send through the request door and give the answer."""
    [body] = case.bodies
    answer = operations.request("POST", "/v1/messages", body.encode())
    if not answer.headers.get("Content-Type", "").startswith(("application/json", "application/problem+json")):
        return f"HTTP {answer.status_code} {answer.text}"
    document = answer.json()
    result = document.get("result", document)
    shown = _result(result) if "message_id" in result else answer.text
    faults = [f"{fault['field']}: {fault['reason']}" for fault in document.get("errors", [])]
    return "\n".join([f"HTTP {answer.status_code} {shown}", *map(masked, faults)])


def enqueue(operations: Operations, case: Case) -> str:
    """Send through the queue door and wait for the outcome, or for what comes into the dead-letter queue."""
    sqs, entries = operations.client("sqs"), [{"Id": str(i), "MessageBody": body} for i, body in enumerate(case.bodies)]
    for i in range(0, len(entries), MOST_ENTRIES):
        sqs.send_message_batch(QueueUrl=operations.outputs.queue_url, Entries=entries[i : i + MOST_ENTRIES])
    if len(case.messages) > 1:
        return _await(operations, case, lambda: _all_received(operations, case))
    if case.reaches:
        return _await_outcome(operations, case)
    letter = _await(operations, case, lambda: _dead_letter(operations))
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    reason = [attributes["code"], f"id {_short(attributes['message_id'])}", attributes["reason"]]
    return "\n".join(["in the dead-letter queue", *reason])


def await_schedule(operations: Operations, case: Case) -> str:
    """Wait for the outcome of what the schedule sent; the emulator looks at its schedules every ten seconds."""
    return _await_outcome(operations, case)


def alarm(operations: Operations, case: Case) -> str:
    """Let a CloudWatch alarm rise and rest whose action is the stack's topic, and wait until each is told."""
    [name] = [message["alarm"] for message in case.messages]
    put_routes(operations, case.reaches[0])
    told: list[list[dict[str, Any]]] = []
    for state in ("ALARM", "OK"):
        operations.turn_alarm(name, state)
        told.append(_await(operations, case, lambda: _accepted(operations, case)[len(told) :] or None))
    return "\n".join(_result(line) for lines in told for line in lines)


def put_routes(operations: Operations, phone_number: str) -> None:
    """Put a document into force by which each alert goes to one person; `sms alerts put` is for people."""
    document = {
        "contacts": [{"name": "李雷", "phone_number": phone_number}],
        "sign_name": "北岸书店",
        "template_code": "SMS_200000002",
        "variables": {"alarm": "{name}", "state": "{state}"},
        "words": {"firing": "告警", "resolved": "恢复"},
        "default": {"contacts": ["李雷"]},
    }
    text = json.dumps(document, ensure_ascii=False)
    item = {"pk": {"S": "routes"}, "version": {"N": "1"}, "document": {"S": text}}
    table = operations.variables(FUNCTIONS["alert"])["SMS_ALERTS_TABLE"]
    operations.client("dynamodb").put_item(TableName=table, Item=item)


def received(operations: Operations) -> list[Received]:
    """Ask the simulator what it received."""
    with session() as http:
        answer = http.get(f"{operations.outputs.simulator_url}/_simulator/messages", timeout=PATIENCE)
    names = ("phone_number", "content", "request_id")
    return [Received(*(message[name] for name in names)) for message in answer.json()["messages"]]


def masked(text: str) -> str:
    """Mask the phone numbers in a text: 138****8000."""
    return re.sub(r"(?:\+?86)?[ ]?(1\d{2})[ ]?\d{4}[ ]?(\d{4})", r"\1****\2", text)


def _await_outcome(operations: Operations, case: Case) -> str:
    return _await(operations, case, lambda: next(map(_result, _accepted(operations, case)), None))


def _accepted(operations: Operations, case: Case) -> list[dict[str, Any]]:
    return [line for line in operations.outcomes(FUNCTIONS[case.door]) if line["status"] == "accepted"]


def _all_received(operations: Operations, case: Case) -> str | None:
    theirs = [message for message in received(operations) if message.phone_number in case.reaches]
    if len(theirs) < len(case.reaches):
        return None
    calls = len({message.request_id for message in theirs})
    return f"{len(theirs)} received\nin {calls} provider calls"


def _dead_letter(operations: Operations) -> dict[str, Any] | None:
    queue = operations.outputs.dead_letter_queue_url
    answer = operations.client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"], WaitTimeSeconds=1)
    letters: list[dict[str, Any]] = answer.get("Messages", [])
    return next(iter(letters), None)


def _result(result: dict[str, Any]) -> str:
    return f"{result['status']}, {result['code']}\nid {_short(result['message_id'])}"


def _short(message_id: str) -> str:
    """Give enough of an id to tell messages apart: the stack that knows it is gone with the demo."""
    return f"{message_id[:LONGEST_ID]}…"


def _await(operations: Operations, case: Case, look: Callable[[], Seen | None]) -> Seen:
    until = time.monotonic() + PATIENCE
    while (seen := look()) is None:
        if time.monotonic() > until:
            lines = "\n".join(f"    {line}" for line in operations.log_lines(FUNCTIONS[case.door]))
            what = f"{case.door} door: nothing seen of “{case.what}” in {PATIENCE} s"
            raise NotSeen(f"{what}; {FUNCTIONS[case.door]} logged:\n{lines or '    nothing'}")
        time.sleep(PAUSE)
    return seen
