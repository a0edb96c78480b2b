"""Sends, kills and settles until all is quiet, and counts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from tests.e2e.faults.count import Count, counted, shown
from tests.e2e.faults.messages import made, refused_numbers
from tests.e2e.faults.senders import Senders
from tests.e2e.faults.sight import Sight
from tests.e2e.faults.trouble import KILLS_EVERY, SETTLES_EVERY, Killer, chances, meanwhile, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Stack
    from tests.e2e.faults.messages import Message

PARAMETERS = "ProviderTimeoutSeconds=1 UnknownGraceSeconds=40 QueueMaximumConcurrency=2 QueueMaximumReceives=50"
VISIBILITY = 8  # seconds instead of six minutes, which is why a record may be received more often than on AWS
PATIENCE = 180  # seconds from the last send to quiet: a lease of 68, a turn of 60, and as much again


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    count: Count
    kills: int
    answers: dict[int, int]
    seconds: float
    seed: int

    def rows(self) -> list[tuple[str, str]]:
        """What, and how many."""
        return [
            *self.count.rows(),
            ("HTTP answers", shown({str(status): number for status, number in self.answers.items()})),
            ("functions killed", str(self.kills)),
            ("the run took", f"{self.seconds:.0f} s, seed {self.seed}"),
        ]


def run(stack: Stack, count: int, seed: int) -> Ended:
    """Send so many messages; the seed chooses the order of the faults."""
    started = time.monotonic()
    messages, sight = made(count), Sight(stack)
    senders, killer = Senders(stack, Random(seed)), Killer(stack, Random(seed))  # noqa: S311 - to be repeatable
    _prepare(sight, messages, seed)
    with meanwhile(partial(settle, stack), SETTLES_EVERY):
        with meanwhile(killer.kill, KILLS_EVERY):
            senders.send(messages)
            _wait("the queue's first deliveries", sight, messages, lambda: len(sight.rows()) >= count)
        wanted = {message.reference for message in messages}
        _wait("every message to be settled", sight, messages, lambda: wanted <= sight.settled())
    return Ended(counted(messages, sight), killer.kills, senders.answers, time.monotonic() - started, seed)


def _prepare(sight: Sight, messages: list[Message], seed: int) -> None:
    queue = sight.stack.outputs.queue_url
    attributes = {"VisibilityTimeout": str(VISIBILITY)}
    sight.stack.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes=attributes)
    sight.ask("DELETE", "messages")
    sight.ask("PUT", "options", {"refused_numbers": refused_numbers(messages)})
    sight.ask("PUT", "faults", chances(seed))


def _wait(what: str, sight: Sight, messages: list[Message], look: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE + len(messages) / 5
    while not look():
        assert time.monotonic() < until, f"not in time: {what}; {_left(sight)}"
        time.sleep(1)


def _left(sight: Sight) -> str:
    settled = sight.settled()
    return str([row for reference, row in sight.rows().items() if reference not in settled][:3])
