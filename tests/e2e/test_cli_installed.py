"""`pip install .` gives the command, and nothing else of the project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_command_is_installed_into_a_fresh_environment_and_runs(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    shutil.copy(ROOT / "pyproject.toml", source)
    shutil.copytree(ROOT / "cli", source / "cli")
    shutil.copytree(ROOT / "functions", source / "functions")
    python = tmp_path / "environment/bin/python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "environment"], check=True)  # noqa: S603 - fixed programs
    subprocess.run([python, "-m", "pip", "install", "--quiet", source], check=True, capture_output=True)  # noqa: S603

    done = subprocess.run([python.with_name("sms"), "--help"], cwd=tmp_path, check=True, capture_output=True, text=True)  # noqa: S603

    assert "outputs" in done.stdout
    packages = next((tmp_path / "environment/lib").glob("*/site-packages"))
    assert (packages / "cli/verbs").is_dir()
    assert not (packages / "functions").exists()
