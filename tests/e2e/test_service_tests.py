"""The tests of somebody else's service, examples/pytest, run as docs/testing-your-service.md says."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import VARIABLES, assert_nothing_left, free_port
from tests.pages import ROOT, TESTING, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Stack

PROGRAMS = ROOT / ".venv/service/bin"
NOT_THEIRS = ("PYTEST", "PYTHON", "VIRTUAL_ENV", "AWS_")
ONE_TEST = """
def test_a_code_arrives(sign_in, sms):
    {}
    sign_in.ask("13800138000")
    sms.wait_for("{}", seconds=0.2)
"""


@dataclass(frozen=True)
class Service:
    """Somebody's service, beside a checkout of this project."""

    folder: Path

    def run(self, commands: str, **variables: str) -> tuple[int, str]:
        """Type commands in its folder; give the exit code, and what was printed."""
        inherited = {n: v for n, v in os.environ.items() if n not in VARIABLES and not n.startswith(NOT_THEIRS)}
        done = subprocess.run(  # noqa: S603 - the page's commands
            ["bash", "-euc", commands],  # noqa: S607 - bash of the machine
            cwd=self.folder,
            env={**inherited, "PATH": f"{PROGRAMS}:{inherited['PATH']}", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def has_only(self, number: str, before: str = "") -> None:
        """Let it have one test, which waits for a message to that number."""
        (self.folder / "test_sign_in.py").write_text(ONE_TEST.format(before or "pass", number), "utf-8")


@pytest.fixture
def service(tmp_path: Path) -> Service:
    assert PROGRAMS.is_dir(), "make .venv/service/.ready"
    ours = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    shutil.copytree(ROOT / "examples/pytest", tmp_path / "service", ignore=ours)
    (tmp_path / "aliyun-sms").symlink_to(ROOT)
    return Service(tmp_path / "service")


@pytest.fixture
def commands() -> str:
    [typed] = blocks("sh", TESTING.section("Running them"))
    return typed


@pytest.mark.xdist_group("service")
def test_a_cloud_is_started_for_the_session_and_stopped_after_it(
    service: Service, commands: str, tmp_path: Path
) -> None:
    directory = tmp_path / "cloud"
    where = {"LOCAL_DIR": str(directory), "GATEWAY_PORT": free_port(), "SIMULATOR_PORT": free_port()}

    code, said = service.run(commands, **where)

    print(said)  # noqa: T201 - with its time
    assert code == 0, said
    assert re.search(r"\n=+ 7 passed in ", said), said
    assert_nothing_left(directory)


@pytest.mark.xdist_group("stack")
def test_a_cloud_that_runs_is_used_and_left_running(stack: Stack, service: Service, commands: str) -> None:
    code, said = service.run(f"{commands.rstrip()} -k arrives", LOCAL_DIR=str(stack.cloud.directory))

    assert code == 0, said
    assert "starting the local cloud" not in said
    assert all(leader.runs() for leader in stack.cloud.leaders())


@pytest.mark.xdist_group("stack")
def test_what_does_not_arrive_fails_with_what_did_and_what_the_provider_answered(
    stack: Stack, service: Service, commands: str
) -> None:
    service.has_only("13900139000")

    code, said = service.run(commands, LOCAL_DIR=str(stack.cloud.directory))

    assert code == 1
    assert "1 message(s) to 139****9000 did not arrive within 0.2 s" in said
    assert "arrived since the test began: 138****8000 SMS_154950909\n" in said
    assert "answers of the provider: SendSms OK\n" in said


@pytest.mark.xdist_group("stack")
def test_what_was_refused_is_told_by_its_code(stack: Stack, service: Service, commands: str) -> None:
    service.has_only("13800138000", before='sms.next_send_is_refused("isv.BLACK_KEY_CONTROL_LIMIT")')

    _, said = service.run(commands, LOCAL_DIR=str(stack.cloud.directory))

    assert "arrived since the test began: nothing\n" in said
    assert "answers of the provider: SendSms isv.BLACK_KEY_CONTROL_LIMIT\n" in said


@pytest.mark.xdist_group("stack")
def test_a_fault_that_there_is_not_is_told_with_those_that_there_are(
    stack: Stack, service: Service, commands: str
) -> None:
    service.has_only("13800138000", before='sms.next_send("hangs")')

    _, said = service.run(commands, LOCAL_DIR=str(stack.cloud.directory))

    assert "unknown fault 'hangs'; known: refuse, reset_before" in said


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("", "where is the checkout of aliyun-sms? Say it by --aliyun-sms or the variable ALIYUN_SMS"),
        (
            "--aliyun-sms=/nowhere",
            "/nowhere is no checkout of aliyun-sms: see --aliyun-sms and the variable ALIYUN_SMS",
        ),
    ],
)
def test_a_missing_checkout_is_told_and_how_to_name_it(service: Service, option: str, said: str) -> None:
    code, printed = service.run(f"python -m pytest {option}")

    assert code == 1
    assert said in printed
    assert "Traceback" not in printed


def test_why_the_cloud_does_not_start_is_told(service: Service, commands: str, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        where = {"LOCAL_DIR": str(tmp_path / "cloud"), "GATEWAY_PORT": port, "SIMULATOR_PORT": free_port()}
        code, said = service.run(commands, **where)

    assert code == 1
    assert f"`make up` failed in {ROOT}:" in said
    assert f"port {port} on 127.0.0.1 is busy; choose another with GATEWAY_PORT=" in said
