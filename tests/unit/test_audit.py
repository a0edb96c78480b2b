"""`make audit` says what is known of the pinned packages, and never that nothing is where it could not ask."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from requirements.audit import FILES, main
from tests.workbench.functions import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WHOLE = {"name": "requests", "version": "2.34.2", "vulns": []}
BROKEN = {"name": "idna", "version": "3.20", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.21"], "aliases": []}]}
PASSED_OVER = {"name": "urllib3", "skip_reason": "Dependency not found on PyPI and could not be audited"}


@pytest.fixture
def audit(tmp_path: Path) -> Callable[[str, str], int]:
    """Audit one file with a program that prints this on stdout and that on stderr."""

    def audited(stdout: str, stderr: str = "") -> int:
        code = f"import sys; print({stdout!r}); print({stderr!r}, file=sys.stderr)"
        return main([tmp_path / "some.txt"], [sys.executable, "-c", code])

    return audited


def said(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_nothing_known_is_success(audit: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(said(WHOLE, WHOLE)) == 0
    assert capsys.readouterr().out == "audit: 1 packages looked up, known vulnerabilities: none\n"


def test_what_is_known_is_told_with_what_mends_it(
    audit: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(said(WHOLE, BROKEN)) == 1
    told, whole = capsys.readouterr().out.splitlines()
    assert told == "idna 3.20: PYSEC-1, mended in 3.21"
    assert whole == "audit: 2 packages looked up, known vulnerabilities: 1"


def test_packages_that_are_passed_over_are_no_success(
    audit: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(said(WHOLE, PASSED_OVER)) == 3
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("nothing is known of 1 of 2 packages")


def test_what_is_known_comes_before_what_could_not_be_asked(audit: Callable[..., int]) -> None:
    assert audit(said(BROKEN, PASSED_OVER)) == 1


@pytest.mark.parametrize("stdout", ["", "no JSON", "{}"])
def test_a_database_that_cannot_be_reached_is_told_in_one_line(
    audit: Callable[..., int], capsys: pytest.CaptureFixture[str], stdout: str
) -> None:
    assert audit(stdout, "Traceback\nConnectionError: no route to host") == 3
    (line,) = capsys.readouterr().out.splitlines()
    assert "cannot be reached, so nothing is known: ConnectionError: no route to host" in line


def test_every_group_has_its_file_and_is_audited() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    layer = ROOT / "layers/aliyun_sms/requirements.txt"

    assert set(FILES) == {layer, *(ROOT / f"requirements/{group}.txt" for group in groups if group != "layer")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_pinned_package_has_its_hashes(file: Path) -> None:
    """Or pip, which is told to require them, would install nothing of the file."""
    entries = re.split(r"\n(?=\S)", file.read_text("utf-8").strip())

    assert [entry for entry in entries if not re.match(r"[\w.\[\]-]+==\S+", entry)] == []
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_whatever_is_installed_has_to_have_its_hash() -> None:
    for makefile in (ROOT / "Makefile", ROOT / "layers/aliyun_sms/Makefile"):
        lines = makefile.read_text("utf-8").replace("\\\n", " ").splitlines()
        installing = [line for line in lines if "pip install" in line]

        assert installing
        assert all("--require-hashes" in line for line in installing)
