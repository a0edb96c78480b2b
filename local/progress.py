"""Says which step is under way and how long each took."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show a step, at a terminal with its seconds as they pass, and the time it took or that it failed."""
    since = time.monotonic()
    ended = threading.Event()
    ticker = threading.Thread(target=_tick, args=(what, since, ended), daemon=True)
    print(f"… {what}", end="" if sys.stdout.isatty() else "\n", flush=True)
    ticker.start()
    mark = "✗"
    try:
        yield
        mark = "✓"
    finally:
        ended.set()
        ticker.join()
        print(f"{_over()}{mark} {what} ({time.monotonic() - since:.1f} s)", flush=True)


def _tick(what: str, since: float, ended: threading.Event) -> None:
    while sys.stdout.isatty() and not ended.wait(1):
        print(f"{_over()}… {what} ({time.monotonic() - since:.0f} s)", end="", flush=True)


def _over() -> str:
    """Go back over the line at a terminal."""
    return "\r\033[K" if sys.stdout.isatty() else ""
