"""The map in CONTRIBUTING.md is that of the tree: what it names is there, and what is there is named."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.workbench.functions import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAYER = "layers/aliyun_sms/aliyun_sms"
FOLDERS = {  # whose entries the map names: all, or the folders alone
    LAYER: "all",
    **{f"{LAYER}/{wing}": "all" for wing in ("message", "policy", "provider", "ledger", "sending", "settling", "aws")},
    "cli": "all",
    "cli/alerts": "all",
    "cli/checks": "all",
    "cli/dead_letters": "all",
    "cli/schedules": "all",
    "cli/uninstalling": "all",
    "cli/verbs": "all",
    "functions": "folders",
    "local": "folders",
    "tests": "folders",
}


def named() -> Iterator[tuple[str, str]]:
    """Each name in the map with the folder that it stands in."""
    (text,) = re.findall(
        r"## Where things are\n\n```\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL
    )
    folders: dict[int, str] = {}
    for line in text.splitlines():
        names, depth = line.strip().split("  ")[0].split(), (len(line) - len(line.lstrip())) // 4
        for name in names:
            yield folders.get(depth - 1, ""), name.rstrip("/")
            folders[depth] = f"{folders.get(depth - 1, '')}/{name}".strip("/")


NAMED: dict[str, set[str]] = defaultdict(set)
for _folder, _name in named():
    NAMED[_folder].add(_name)


def entries(folder: Path, kind: str) -> set[str]:
    found = {path for path in folder.iterdir() if not path.name.startswith(("_", "."))}
    inside = {path.name for path in found if path.is_dir() and any(path.rglob("*"))}
    return inside | {path.stem for path in found if kind == "all" and path.suffix == ".py"}


@pytest.mark.parametrize(("folder", "name"), sorted(named()))
def test_what_the_map_names_is_there(folder: str, name: str) -> None:
    path = ROOT / folder / name

    assert path.exists() or path.with_suffix(".py").exists()


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_there_is_on_the_map(folder: str) -> None:
    assert NAMED[folder] == entries(ROOT / folder, FOLDERS[folder])


def test_every_folder_at_the_top_is_on_the_map() -> None:
    top = {folder.split("/")[0] for folder in NAMED[""]}

    assert {path.parent.name for path in ROOT.glob("*/*.*") if not path.parent.name.startswith(".")} <= top
