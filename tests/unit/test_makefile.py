"""The verbs of the Makefile, in a fresh clone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("PARAMETERS", "LOCAL_DIR", "REGISTRY", "PYTHON", "MAKE", "MFLAGS")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def make(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.run(  # noqa: S603 - the project's own verbs
        ["make", *arguments],  # noqa: S607 - make of the machine, as a reader has it
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_down_installs_nothing_where_nothing_was_started(clone: Path) -> None:
    run = make(clone, "down", "PYTHON=nope")

    assert (run.returncode, run.stdout) == (0, "nothing of .local was running\n")
    assert {path.name for path in clone.iterdir()} == {"Makefile", "requirements"}


def test_down_runs_where_something_was_started(clone: Path) -> None:
    (clone / ".local-2").mkdir()
    (clone / ".local-2/processes.json").write_text("[]")

    planned = make(clone, "--dry-run", "down", "LOCAL_DIR=.local-2").stdout

    assert planned.endswith(".venv/local/bin/python -m local down\n")


def test_a_python_that_there_is_not_gets_a_sentence(clone: Path) -> None:
    run = make(clone, "up", "PYTHON=nope")

    said = run.stderr.splitlines()[0]
    assert run.returncode
    assert said == "Python 3.11 or newer is needed, and there is no nope. Try: make PYTHON=python3.12"


def test_parameters_reach_the_local_cloud_as_they_were_typed(clone: Path) -> None:
    typed = 'ScheduleInput={"template_param": {"price": "$5 $(HOME)", "name": "O\'Neil"}}'
    with (clone / "Makefile").open("a") as makefile:
        makefile.write("\nshow:\n\t@printenv PARAMETERS\n")

    assert make(clone, "show", f"PARAMETERS={typed}").stdout == f"{typed}\n"


def test_the_simulator_alone_takes_a_port_and_a_registry() -> None:
    planned = make(ROOT, "--dry-run", "simulator", "SIMULATOR_PORT=9101", "REGISTRY=mine.json").stdout

    assert planned.splitlines()[-1].endswith('-m local.simulator --port 9101 --registry "mine.json"')
    assert "--registry" not in make(ROOT, "--dry-run", "simulator").stdout


def test_the_list_of_verbs_fits_a_terminal() -> None:
    assert max(map(len, make(ROOT, "help").stdout.splitlines())) <= 80
