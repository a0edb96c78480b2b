"""The command `sms` as a person runs it from a checkout."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.e2e.conftest import DEVELOPERS
from tests.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.e2e.conftest import Stack

PRELUDE = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'  # version 1 reads no such variable


def put_command_into(folder: Path) -> None:
    """Let a folder have ./sms, as a checkout has."""
    program = folder / "sms"
    program.write_text(f'#!/bin/sh\nexec "{ROOT}/sms" "$@"\n')
    program.chmod(0o700)


@dataclass(frozen=True)
class Command:
    """It finds the local cloud by LOCAL_DIR, whatever of AWS a developer has set."""

    stack: Stack
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What it is started with."""
        path = f"{ROOT}:{ROOT / '.venv/dev/bin'}:{os.environ['PATH']}"
        where = {"LOCAL_DIR": str(self.stack.cloud.directory), "PATH": path}
        return {**os.environ, **DEVELOPERS, **where, **self.variables}

    def run(
        self, *arguments: str, code: int | None = 0, typed: str = "", cwd: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        """Run a verb, which ends with an exit code; None is for any."""
        done = subprocess.run(  # noqa: S603 - a fixed program
            [ROOT / "sms", *arguments],
            cwd=cwd,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert code in {None, done.returncode}, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def shell(self, commands: str, *, cwd: Path = ROOT, typed: str = "") -> str:
        """Run commands with bash, and give what they print."""
        done = subprocess.run(  # noqa: S603 - the test's commands
            ["bash", "-euo", "pipefail", "-c", PRELUDE + commands],  # noqa: S607 - bash of the machine
            cwd=cwd,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
