"""How the messages of a run come in: through the queue, and by callers who want an answer."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests

from tests.e2e.conftest import enqueue
from tests.e2e.faults.messages import BY_REQUEST

if TYPE_CHECKING:
    from random import Random

    from tests.e2e.conftest import Stack
    from tests.e2e.faults.messages import Message

CALLERS = 4
MOST_REQUESTS = 60  # of one message by its caller, who repeats until there is an answer
CALLERS_PAUSE = 1.0  # seconds


@dataclass
class Senders:
    """Send each message at its door, those of the queue twice."""

    stack: Stack
    random: Random
    answers: Counter[int] = field(default_factory=Counter)

    def send(self, messages: list[Message]) -> None:
        """All of them; over when every caller was answered."""
        by_queue = [message for message in messages if message.kind != BY_REQUEST]
        twice = self.random.sample(by_queue * 2, 2 * len(by_queue))
        with ThreadPoolExecutor(CALLERS + 1) as pool:
            enqueued = pool.submit(enqueue, self.stack, [message.body for message in twice])
            list(pool.map(self._post, [message for message in messages if message.kind == BY_REQUEST]))
            enqueued.result()

    def _post(self, message: Message) -> None:
        for _ in range(MOST_REQUESTS):
            with suppress(requests.RequestException):
                status = self.stack.post("/v1/messages", message.body.encode()).status_code
                self.answers[status] += 1
                if status in {200, 202, 409, 422}:  # 409: it was claimed, and so it is settled
                    return
            time.sleep(CALLERS_PAUSE)
        raise AssertionError(f"{message.reference} was never answered; HTTP answers: {self.answers}")
