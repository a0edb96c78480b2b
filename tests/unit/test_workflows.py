"""The workflows for GitHub: what they run, and that the linters of `make check` see what would be wrong with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.template.conftest import read
from tests.unit.test_makefile import ROOT, make

if TYPE_CHECKING:
    from pathlib import Path

OURS, THEIRS = ROOT / ".github/workflows/check.yml", ROOT / "examples/pytest/check.yml"
BROKEN = [
    ("    runs-on: ubuntu-24.04", "    runs_on: ubuntu-24.04", "runs_on"),
    ("permissions:\n  contents: read\n", "", "excessive-permissions"),
    ("actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd", "actions/checkout@v6", "unpinned-uses"),
    ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
    ("- run: .ci/run", "- run: echo ${{ github.event.pull_request.title }}", "template-injection"),
]


def job(workflow: Path) -> Any:
    [only] = yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values()
    return only


def test_the_linters_find_nothing() -> None:
    run = make(ROOT, "workflows")

    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(("good", "bad", "said"), BROKEN)
def test_the_linters_find_what_is_broken(tmp_path: Path, good: str, bad: str, said: str) -> None:
    broken = tmp_path / "check.yml"
    broken.write_text(OURS.read_text("utf-8").replace(good, bad), "utf-8")

    run = make(ROOT, "workflows", f"WORKFLOWS={broken}")

    assert run.returncode
    assert said in run.stdout + run.stderr


def test_ours_runs_what_ci_runs_on_every_python_of_the_template() -> None:
    versions = job(OURS)["strategy"]["matrix"]["python"]

    assert [f"python{version}" for version in versions] == read()["Parameters"]["Runtime"]["AllowedValues"]
    assert job(OURS)["steps"][-1] == {"run": ".ci/run"}


def test_theirs_has_the_same_versions_of_actions_as_ours() -> None:
    def used(workflow: Path) -> set[str]:
        return set(re.findall(r"uses: (.+)", workflow.read_text("utf-8")))

    assert used(THEIRS) == used(OURS)
