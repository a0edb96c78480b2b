"""What the operating system says about processes."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Entry:
    """A process; its id and when it started name it for good, since ids are used again."""

    pid: int
    group: int
    started: str


def running() -> list[Entry]:
    """Every process that runs; those that ended and wait to be collected are left out."""
    return list(_from_proc() if (PROC / "self" / "stat").exists() else _from_ps())


def started(pid: int) -> str:
    """When a process started, in the system's own measure; empty if it does not run."""
    return next((entry.started for entry in running() if entry.pid == pid), "")


def in_group(group: int) -> list[Entry]:
    """Every process that runs in a group."""
    return [entry for entry in running() if entry.group == group]


def _from_proc() -> Iterator[Entry]:
    for folder in PROC.iterdir():
        if folder.name.isdecimal() and (entry := _read_stat(folder / "stat")):
            yield entry


def _read_stat(file: Path) -> Entry | None:
    try:
        text = file.read_text(errors="replace")
    except OSError:  # it ended meanwhile
        return None
    pid, rest = text.split(" ", 1)
    fields = rest[rest.rindex(")") + 2 :].split()  # the name in brackets may hold anything
    state, group, started_at = fields[0], fields[2], fields[19]  # proc(5): fields 3, 5 and 22
    return None if state in "ZX" else Entry(int(pid), int(group), started_at)


def _from_ps() -> Iterator[Entry]:
    command = ["/bin/ps", "-A", "-o", "pid=,pgid=,stat=,lstart="]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        pid, group, state, started_at = line.split(maxsplit=3)
        if not state.startswith("Z"):
            yield Entry(int(pid), int(group), started_at)
