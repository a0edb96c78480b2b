"""Starts programs in process groups of their own, remembers them in a file, and stops just these."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from local import process_table
from local.errors import ProgramFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

START_LIMIT = 60  # seconds; it takes one or two, more on a machine at its limit
PATIENCE = 5.0  # seconds to end in, before a process is killed
PAUSE = 0.05  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Program:
    """What to start, and how."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    log: Path

    def start(self) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, its output going to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            return subprocess.Popen(
                self.command,
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self) -> None:
        """Run it to its end; if we are interrupted, it is stopped."""
        process = self.start()
        leader = leader_of(self.name, process.pid)
        try:
            process.wait()
        finally:
            stop(leader)
            process.poll()  # collects it
        if process.returncode:
            raise ProgramFailed(f"{self.name} failed with exit code {process.returncode}", self.log)


@dataclass(frozen=True, slots=True)
class Leader:
    """A process that we started, the first of its group."""

    name: str
    pid: int
    started: str

    def runs(self) -> bool:
        """Whether it still runs: the same process, not another that got its id."""
        return bool(self.started) and process_table.started(self.pid) == self.started


def leader_of(name: str, pid: int) -> Leader:
    """Note what names a process for good."""
    return Leader(name, pid, process_table.started(pid))


def wait_until_ready(program: Program, process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    """Wait until a program is of use; ProgramFailed if it ends before, or takes too long."""
    until = time.monotonic() + START_LIMIT
    while not ready():
        if process.poll() is not None:
            raise ProgramFailed(f"the {program.name} ended with exit code {process.returncode}", program.log)
        if time.monotonic() > until:
            raise ProgramFailed(f"the {program.name} was not ready after {START_LIMIT} s", program.log)
        time.sleep(PAUSE)


def stop(leader: Leader) -> None:
    """Stop a process and all that it started; if it has ended, leave alone whoever has its id now."""
    if not leader.runs():
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader.pid, number)
        if _group_ends(leader.pid):
            return


def _group_ends(group: int) -> bool:
    until = time.monotonic() + PATIENCE
    while process_table.in_group(group):
        if time.monotonic() > until:
            return False
        time.sleep(PAUSE)
    return True


def remember(file: Path, leader: Leader) -> None:
    """Add a process to those to be stopped."""
    write = [asdict(each) for each in [*recall(file), leader]]
    file.write_text(json.dumps(write, indent=2) + "\n")


def recall(file: Path) -> list[Leader]:
    """Read the processes to be stopped, in the order in which they were started."""
    return [Leader(**each) for each in json.loads(file.read_text())] if file.exists() else []
