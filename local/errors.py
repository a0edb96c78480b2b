"""What can stop the local cloud from starting, each error with what to do about it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TAIL = 40  # lines of a log shown when what wrote it failed


class LocalCloudError(Exception):
    """Said to the person at the terminal, without a traceback."""


class BadSetting(LocalCloudError):
    """A variable holds what cannot be used."""


class PortBusy(LocalCloudError):
    """Something else listens where we would."""

    def __init__(self, port: int, variable: str) -> None:
        super().__init__(f"port {port} on 127.0.0.1 is busy; choose another with {variable}=…")
        self.port = port
        self.variable = variable


class AlreadyRunning(LocalCloudError):
    """A local cloud with the same state directory runs already."""


class ProgramFailed(LocalCloudError):
    """A program that we started failed; carries the end of its log."""

    def __init__(self, what: str, log: Path) -> None:
        super().__init__(f"{what}; the end of {log}:\n{tail(log)}")
        self.log = log


def tail(log: Path, lines: int = TAIL) -> str:
    """Give the last lines of a log, indented."""
    try:
        with log.open(encoding="utf-8", errors="replace") as opened:
            return "".join(f"    {line.rstrip()}\n" for line in deque(opened, lines)) or "    (empty)\n"
    except FileNotFoundError:
        return "    (no such file)\n"
