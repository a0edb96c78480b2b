"""The emulator's queue poller as it is made to gather batches: by size, by window, by bytes."""

from __future__ import annotations

import time
from contextlib import nullcontext
from threading import Event
from types import ModuleType
from typing import Any

import pytest

from local.emulator import event_sources
from local.emulator.event_sources import PAYLOAD, due_at, fitting, rebind

SINCE = 1_700_000_000.0  # long ago
WINDOW = 20
MOST = 100


def messages(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [{"body": "{}", "visible_at": SINCE, "receive_count": 0, **changes} for _ in range(count)]


def mapping(**changes: Any) -> dict[str, Any]:
    sizes = {"BatchSize": MOST, "MaximumBatchingWindowInSeconds": WINDOW}
    return {"UUID": "1", "ScalingConfig": {"MaximumConcurrency": 10}, **sizes, **changes}


def queue(held: list[dict[str, Any]]) -> dict[str, Any]:
    return {"messages": held, "attributes": {"VisibilityTimeout": "30"}}


class LambdaService(ModuleType):
    """Stands in for the emulator's poller."""

    def __init__(self) -> None:
        super().__init__("ministack.services.lambda_svc")
        self._esm_wake = Event()
        self._sqs_esm_concurrency = lambda mapping, *_: mapping["ScalingConfig"]["MaximumConcurrency"]


class Queues(ModuleType):
    """Stands in for the emulator's queues: one, in memory."""

    def __init__(self, held: list[dict[str, Any]]) -> None:
        super().__init__("ministack.services.sqs")
        self.queue = queue(held)
        self._queues_lock = nullcontext()
        self._get_q = lambda _url: self.queue
        self._expire_retained = lambda _queue: None
        self._dlq_sweep = self._sweep
        self._collect_msgs = self._collect
        self._receive_messages_for_esm: Any = None
        self.received: list[dict[str, Any]] = []

    def _sweep(self, swept: dict[str, Any]) -> None:
        swept["messages"] = [message for message in swept["messages"] if message["receive_count"] < 3]

    def _collect(self, collected: dict[str, Any], count: int, timeout: int) -> list[dict[str, Any]]:
        taken = [message for message in collected["messages"] if message["visible_at"] <= time.time()][:count]
        for message in taken:
            message["visible_at"] = time.time() + timeout
        return taken


def receive(held: list[dict[str, Any]], most: Any) -> Queues:
    queues: Any = Queues(held)
    rebind(LambdaService(), queues)
    queues.received = queues._receive_messages_for_esm("url", most)  # noqa: SLF001 - what was rebound
    return queues  # type: ignore[no-any-return]


def limit(lambda_service: Any, held: list[dict[str, Any]], **changes: Any) -> int:
    """The poller's limit of concurrent batches."""
    rebind(lambda_service, Queues([]))
    return lambda_service._sqs_esm_concurrency(mapping(**changes), {}, {}, queue(held))  # type: ignore[no-any-return]  # noqa: SLF001 - what was rebound


@pytest.mark.parametrize("most", [25, "25"])
def test_a_batch_has_as_many_records_as_the_mapping_says(most: Any) -> None:
    assert len(receive(messages(30), most).received) == 25


def test_received_messages_are_invisible_for_the_queues_timeout() -> None:
    queues = receive(messages(30), 25)

    assert sum(message["visible_at"] > time.time() + 20 for message in queues.queue["messages"]) == 25


def test_what_was_received_too_often_is_swept_before() -> None:
    assert len(receive(messages(12, receive_count=3) + messages(11), 25).received) == 11


def test_a_batch_is_no_larger_than_an_event() -> None:
    received = receive(messages(10, body="x" * (PAYLOAD // 4)), 10).received

    assert len(received) == 3


def test_quotes_and_attributes_count_as_they_are_written_in_the_event() -> None:
    quoted = '"' * (PAYLOAD // 4)  # twice as long in JSON

    assert fitting(messages(10, body=quoted), 10) == 1
    assert fitting(messages(10, message_attributes={"a": {"StringValue": quoted}}), 10) == 1


def test_one_message_alone_always_fits() -> None:
    assert fitting(messages(1, body="x" * PAYLOAD), 10) == 1


def test_a_batch_is_due_when_its_window_is_over() -> None:
    older = messages(1, visible_at=SINCE - 5)

    assert due_at(mapping(), messages(9) + older) == SINCE - 5 + WINDOW


def test_without_a_window_one_message_is_due_when_it_is_visible() -> None:
    assert due_at(mapping(MaximumBatchingWindowInSeconds=0), messages(1)) == SINCE


def test_a_full_batch_is_due_at_once() -> None:
    assert due_at(mapping(), messages(MOST)) == 0
    assert due_at(mapping(), messages(MOST - 1)) == SINCE + WINDOW


def test_a_full_event_is_due_at_once() -> None:
    assert due_at(mapping(), messages(4, body="x" * (PAYLOAD // 4))) == 0


def test_a_batch_that_is_due_has_the_mappings_concurrency() -> None:
    assert limit(LambdaService(), messages(1)) == 10


def test_a_batch_that_is_gathered_is_not_taken() -> None:
    assert limit(LambdaService(), messages(1, visible_at=time.time())) == 0


@pytest.mark.parametrize("held", [[], messages(1, visible_at=SINCE * 2)], ids=["empty", "invisible"])
def test_where_nothing_is_visible_nothing_is_taken(held: list[dict[str, Any]]) -> None:
    assert limit(LambdaService(), held) == 0


def test_the_poller_is_woken_when_a_window_is_over() -> None:
    lambda_service = LambdaService()
    held = messages(1, visible_at=time.time())

    assert limit(lambda_service, held, MaximumBatchingWindowInSeconds=1) == 0
    assert lambda_service._esm_wake.wait(30)  # noqa: SLF001 - what was rebound
    assert limit(lambda_service, held, MaximumBatchingWindowInSeconds=1) == 10


def test_numbers_that_came_as_text_are_numbers_for_the_poller() -> None:
    texts = {"BatchSize": "100", "MaximumBatchingWindowInSeconds": "0", "ScalingConfig": {"MaximumConcurrency": "10"}}

    assert limit(LambdaService(), messages(1), **texts) == 10


@pytest.mark.parametrize("name", event_sources.POLLER)
def test_another_poller_ends_the_start(name: str) -> None:
    module = LambdaService()
    delattr(module, name)

    with pytest.raises(SystemExit, match=name):
        rebind(module, Queues([]))


@pytest.mark.parametrize("name", event_sources.QUEUES)
def test_another_queue_service_ends_the_start(name: str) -> None:
    module = Queues([])
    delattr(module, name)

    with pytest.raises(SystemExit, match=name):
        rebind(LambdaService(), module)
