"""What breaks while messages are on their way, and what settles them."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local import process_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from tests.e2e.conftest import Stack

CHANCE = 0.05
FAULTS = ("refuse", "reset_before", "reset_after", "hang", "unavailable", "throttled", "truncated")
KILLS_EVERY = 2.0  # seconds, about
SETTLES_EVERY = 2.0  # seconds


def chances(seed: int) -> dict[str, object]:
    """The simulator's faults."""
    return {"random": dict.fromkeys(FAULTS, CHANCE), "seed": seed}


@dataclass
class Killer:
    """Kills one function process after another, whatever they are doing."""

    stack: Stack
    random: Random
    kills: int = field(default=0, init=False)

    def kill(self) -> None:
        """One of those that run, if any does."""
        emulator = next(leader for leader in self.stack.cloud.leaders() if leader.name == "emulator")
        functions = [entry.pid for entry in process_table.in_group(emulator.pid) if _runs_a_function(entry.pid)]
        if functions:
            with suppress(ProcessLookupError):
                os.kill(self.random.choice(functions), signal.SIGKILL)
                self.kills += 1


def settle(stack: Stack) -> None:
    """As the schedule does each minute on AWS."""
    name = stack.outputs.functions["SettleSendsFunction"]
    with suppress(BotoCoreError, ClientError):
        stack.client("lambda").invoke(FunctionName=name, Payload=b"{}")


@contextmanager
def meanwhile(act: Callable[[], None], pause: float) -> Iterator[None]:
    """Act again and again in another thread."""
    over = threading.Event()

    def acting() -> None:
        while not over.wait(pause):
            act()

    thread = threading.Thread(target=acting)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _runs_a_function(pid: int) -> bool:
    try:
        return b"awslambdaric" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it ended meanwhile
        return False
