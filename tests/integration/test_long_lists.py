"""A schedule's long list, against the simulator over a socket: all of it arrives, and nobody gets it twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms import start
from tests.privacy import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.workbench.fake_table import FakeTable
from tests.workbench.functions import TIMEOUTS, Context
from tests.workbench.merging_desk import accepted, calls, identical, number, personalised

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.conftest import Simulator
    from tests.workbench.merging_desk import Document
    from tests.workbench.queue import Queue

RUN = {"schedule": "arn:aws-cn:scheduler:cn-north-1:123456789012:schedule/default/daily", "scheduled_time": "09:00"}
MOST_RECORDS = 1000  # in one batch of the queue


@pytest.fixture
def invoke(
    simulator: Simulator,
    load_function: Callable[..., Any],
    messages_queue: Queue,  # noqa: ARG001 - what the functions use
    dead_letter_queue: Queue,  # noqa: ARG001 - the same
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Any]:
    """Invoke a function, with so many seconds left. Moto's table would take minutes for as many rows."""
    table = FakeTable()
    monkeypatch.setattr(start, "DynamoTable", lambda *_: table)
    simulator.options(access_keys=[f"{ACCESS_KEY_ID}:{ACCESS_KEY_SECRET}"])

    def invoked(function: str, event: Any, seconds: float | None = None) -> Any:
        module = load_function(function, SMS_ENDPOINT=simulator.url, SMS_MESSAGES_TABLE="messages")
        return module.lambda_handler(event, Context(seconds or TIMEOUTS[function]))

    return invoked


def run_of(messages: list[Document]) -> dict[str, Any]:
    """The input of a run, whose messages have the keys of the run."""
    return {"messages": [message | {"idempotency_key": None} for message in messages], **RUN}


def batches(letters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events in which messages come that settling put into the queue."""
    records = [
        {
            "messageId": f"record {place}",
            "body": letter["body"],
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {
                name: {"dataType": "String", "stringValue": text} for name, text in letter["attributes"].items()
            },
        }
        for place, letter in enumerate(letters)
    ]
    return [{"Records": records[start : start + MOST_RECORDS]} for start in range(0, len(records), MOST_RECORDS)]


@pytest.mark.parametrize(("made", "in_a_call"), [(identical, 1000), (personalised, 100)])
@pytest.mark.parametrize("many", [500, 1000])
def test_a_long_list_is_sent_whole_and_once_though_its_run_comes_again(
    simulator: Simulator,
    invoke: Callable[..., Any],
    dead_letter_queue: Queue,
    made: Callable[[int], list[Document]],
    in_a_call: int,
    many: int,
) -> None:
    first, second = (invoke("send_on_schedule", run_of(made(many))) for _ in range(2))

    assert first["counts"] == second["counts"] == {"accepted": many}
    assert accepted(simulator) == {number(place): 1 for place in range(many)}
    assert len(calls(simulator)) == -(-many // in_a_call)
    assert dead_letter_queue.letters() == []


@pytest.mark.parametrize(("many", "urgent", "seconds"), [(300, False, 15.0), (80, True, 13.5)])
def test_what_there_is_no_time_for_arrives_through_the_queue_once_though_the_run_comes_again(
    simulator: Simulator,
    invoke: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    messages_queue: Queue,
    dead_letter_queue: Queue,
    many: int,
    urgent: bool,  # noqa: FBT001 - a field of the messages
    seconds: float,
) -> None:
    """With no time at all, and with too little of it perhaps: urgent messages go in as many calls."""
    event = run_of([message | {"urgent": urgent} for message in identical(many)])

    counts = Counter(invoke("send_on_schedule", event, seconds)["counts"])
    assert counts["queued"] + counts["accepted"] == many
    monkeypatch.setattr(start, "now", lambda: datetime.now(UTC) + timedelta(seconds=10))
    invoke("settle_sends", {})
    for batch in batches(messages_queue.letters()):
        assert invoke("send_from_queue", batch) == {"batchItemFailures": []}

    assert invoke("send_on_schedule", event)["counts"] == {"accepted": many}
    assert accepted(simulator) == {number(place): 1 for place in range(many)}
    assert dead_letter_queue.letters() == []
