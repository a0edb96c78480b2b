"""Mends MiniStack's queue poller: batches as large as a mapping says, batching windows, and numbers that are text.

MiniStack 1.5.33 gives a function at most 10 records and waits for no window; and where a MaximumConcurrency is a
template parameter, it keeps the value's text, which its poller fails to compare with a count. On AWS a function is
invoked when the window is over, the batch is full, or its payload reaches 6 MB.
Source: docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html, "Batching behavior".
"""

from __future__ import annotations

import json
import time
from threading import Timer
from typing import TYPE_CHECKING, Any

from local.emulator.lambda_runtime import require_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import ModuleType

    Queue = Mapping[str, Any]
    Message = Mapping[str, Any]

POLLER = ("_sqs_esm_concurrency", "_esm_wake")
QUEUES = ("_receive_messages_for_esm", "_queues_lock", "_get_q", "_expire_retained", "_dlq_sweep", "_collect_msgs")
PAYLOAD = 6 * 1024 * 1024  # bytes of an event, at most
ENVELOPE = 1024  # bytes of a record beside its body and message attributes, with some to spare
NUMBERS = ("BatchSize", "MaximumBatchingWindowInSeconds")


def rebind(lambda_svc: ModuleType, sqs: ModuleType) -> None:
    """Let the poller gather batches as AWS does."""
    require_private(lambda_svc, POLLER)
    require_private(sqs, QUEUES)
    lambda_svc._sqs_esm_concurrency = gathering(lambda_svc._sqs_esm_concurrency, lambda_svc._esm_wake.set)  # type: ignore[attr-defined]  # noqa: SLF001 - what this module is for
    sqs._receive_messages_for_esm = receiving(sqs)  # type: ignore[attr-defined]  # noqa: SLF001 - the same


def gathering(concurrency: Callable[..., int], wake: Callable[[], object]) -> Callable[..., int]:
    """Give the poller's limit of concurrent batches, which is none as long as the next batch is being gathered."""
    alarms: dict[str, float] = {}

    def limit(mapping: dict[str, Any], function: Any, config: Any, queue: Queue) -> int:
        mapping, now = with_whole_numbers(mapping), time.time()
        due = due_at(mapping, visible(queue, now))
        if due is not None and due <= now:
            return concurrency(mapping, function, config, queue)
        if due is not None and alarms.get(mapping["UUID"]) != due:
            alarms[mapping["UUID"]] = due
            wake_in(due - now, wake)
        return 0

    return limit


def receiving(sqs: Any) -> Callable[[str, Any], list[dict[str, Any]]]:
    """Give the poller's receive: what it was, but for the number of messages."""

    def receive(queue_url: str, most: Any) -> list[dict[str, Any]]:
        with sqs._queues_lock:  # noqa: SLF001 - what this module is for
            queue = sqs._get_q(queue_url)  # noqa: SLF001 - the same
            sqs._expire_retained(queue)  # noqa: SLF001 - the same
            sqs._dlq_sweep(queue)  # noqa: SLF001 - the same
            count = fitting(visible(queue, time.time()), int(most))
            timeout = int(queue["attributes"].get("VisibilityTimeout", "30"))
            return sqs._collect_msgs(queue, count, timeout)  # type: ignore[no-any-return]  # noqa: SLF001 - the same

    return receive


def with_whole_numbers(mapping: dict[str, Any]) -> dict[str, Any]:
    """Give an event source mapping whose sizes are numbers, not their text."""
    numbers = {name: int(mapping[name]) for name in NUMBERS if name in mapping}
    scaling = mapping.get("ScalingConfig") or {}
    return {**mapping, **numbers, "ScalingConfig": {name: int(value) for name, value in scaling.items()}}


def visible(queue: Queue, now: float) -> list[Message]:
    """Give the messages that can be received, in their order."""
    return [message for message in list(queue["messages"]) if message["visible_at"] <= now]


def due_at(mapping: Mapping[str, Any], messages: Sequence[Message]) -> float | None:
    """Give the time from which these messages may be a batch; None where there are none."""
    if not messages:
        return None
    most = mapping["BatchSize"]
    if (count := fitting(messages, most)) == most or count < len(messages):
        return 0
    oldest: float = min(message["visible_at"] for message in messages)
    window: float = mapping["MaximumBatchingWindowInSeconds"]
    return oldest + window


def fitting(messages: Iterable[Message], most: int) -> int:
    """Count the first messages that fit into one event; one alone always does."""
    room, count = PAYLOAD, 0
    for message in messages:
        room -= size(message)
        if count == most or (room < 0 and count):
            break
        count += 1
    return count


def size(message: Message) -> int:
    """Estimate the bytes of a record, from above."""
    held = [message["body"], message.get("message_attributes")]
    return ENVELOPE + len(json.dumps(held, ensure_ascii=False, default=str).encode())


def wake_in(seconds: float, wake: Callable[[], object]) -> None:
    """Wake the poller when a window is over, which else looks only every second."""
    timer = Timer(seconds, wake)
    timer.daemon = True
    timer.start()
