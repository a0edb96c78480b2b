"""Programs are started, remembered and stopped: these and no others."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local import process_table, processes
from local.errors import ProgramFailed
from local.processes import Leader, Program

SLEEPS = "import time; time.sleep(60)"
IGNORES_SIGTERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); " + SLEEPS
)
HAS_A_CHILD = (
    f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); print('up', flush=True); " + SLEEPS
)


def python(folder: Path, code: str) -> Program:
    return Program("program", [sys.executable, "-c", code], dict(os.environ), folder, folder / "logs" / "program.log")


class Started:
    """A program that is stopped and collected at the end of its test."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process = program.start()
        self.leader = processes.leader_of(program.name, self.process.pid)

    def await_up(self) -> "Started":
        processes.wait_until_ready(self.program, self.process, lambda: "up" in self.program.log.read_text())
        return self

    def group(self) -> list[process_table.Entry]:
        return process_table.in_group(self.process.pid)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    program = Started(python(tmp_path, HAS_A_CHILD)).await_up()
    yield program
    program.end()


def test_a_program_runs_in_a_group_of_its_own(started: Started) -> None:
    assert os.getpgid(started.process.pid) == started.process.pid
    assert started.leader.runs()


def test_stopping_a_program_stops_what_it_started_too(started: Started) -> None:
    assert len(started.group()) == 2

    processes.stop(started.leader)

    assert started.group() == []
    assert not started.leader.runs()


def test_a_program_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 0.2)
    stubborn = Started(python(tmp_path, IGNORES_SIGTERM)).await_up()

    processes.stop(stubborn.leader)

    assert stubborn.process.wait() == -9


def test_a_process_that_got_the_id_of_an_ended_one_is_left_alone(started: Started) -> None:
    ended = replace(started.leader, started="long ago")

    processes.stop(ended)

    assert not ended.runs()
    assert len(started.group()) == 2


def test_what_had_ended_before_it_was_noted_never_runs() -> None:
    assert not Leader("program", os.getpid(), "").runs()


def test_an_ended_program_that_nobody_collected_does_not_run(tmp_path: Path) -> None:
    program = Started(python(tmp_path, SLEEPS))
    os.kill(program.process.pid, 9)
    os.waitid(os.P_PID, program.process.pid, os.WEXITED | os.WNOWAIT)

    assert not program.leader.runs()
    program.end()


def test_processes_are_remembered_in_the_order_of_their_start(tmp_path: Path) -> None:
    file = tmp_path / "processes.json"
    first, second = Leader("simulator", 1, "a"), Leader("emulator", 2, "b")

    processes.remember(file, first)
    processes.remember(file, second)

    assert processes.recall(file) == [first, second]


def test_without_a_file_nothing_is_remembered(tmp_path: Path) -> None:
    assert processes.recall(tmp_path / "processes.json") == []


def test_a_program_that_ends_instead_of_getting_ready_is_told_with_its_log(tmp_path: Path) -> None:
    program = python(tmp_path, "print('port taken'); raise SystemExit(3)")

    with pytest.raises(ProgramFailed, match=r"(?s)program ended with exit code 3.*port taken"):
        processes.wait_until_ready(program, program.start(), lambda: False)


def test_a_program_that_never_gets_ready_is_told_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "START_LIMIT", 0)
    slow = Started(python(tmp_path, SLEEPS))

    with pytest.raises(ProgramFailed, match="not ready after 0 s"):
        processes.wait_until_ready(slow.program, slow.process, lambda: False)
    slow.end()


def test_a_failed_run_quotes_the_end_of_its_log(tmp_path: Path) -> None:
    program = python(tmp_path, "[print('line', n) for n in range(100)]; raise SystemExit(2)")

    with pytest.raises(
        ProgramFailed, match=r"(?s)program failed with exit code 2.*    line 60\n.*    line 99\n"
    ) as failed:
        program.run()
    assert "line 59\n" not in str(failed.value)


def test_a_run_that_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = python(tmp_path, SLEEPS)
    pids: list[int] = []

    def interrupted(process: subprocess.Popen[bytes]) -> int:
        pids.append(process.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        program.run()

    assert process_table.in_group(pids[0]) == []
