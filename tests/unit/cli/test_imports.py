"""The command is a house of its own: imports go one way in it, and it is installed with what it is pinned to."""

from __future__ import annotations

import tomllib

from tests.imports import imports_of
from tests.workbench.functions import ROOT

ORDER = (
    "errors",
    "files",
    "program",
    "options",
    "local_cloud",
    "place",
    "masking",
    "screen",
    "faults",
    "interrupts",
    "progress",
    "api",
    "results",
    "ledger",
    "logs",
    "queues",
    "asking",
    "sends",
    "usage",
    "limits",
    "event_source",
    "stopping",
    "access_key",
    "secret_versions",
    "message",
    "documents",
    "versioned_row",
    "putting",
    "alerts",
    "schedules",
    "policy_summary",
    "caller_limits",
    "dead_letters",
    "checks",
    "uninstalling",
    "verbs",
    "__main__",
)
IMPORTS = imports_of(ROOT / "cli", "cli", for_types=True)


def room(module: str) -> str:
    return module.split(".")[1]


def test_imports_go_one_way() -> None:
    assert {room(module) for module in IMPORTS if module != "cli"} == set(ORDER)
    assert [
        f"{module} imports {target}"
        for module, targets in IMPORTS.items()
        for target in targets
        if ORDER.index(room(target)) > ORDER.index(room(module))
    ] == []


def test_no_verb_imports_another() -> None:
    verbs = {module: targets for module, targets in IMPORTS.items() if room(f"{module}.") == "verbs"}

    assert [target for targets in verbs.values() for target in targets if room(target) == "verbs"] == []


def test_nothing_of_the_local_cloud_is_imported() -> None:
    assert [module for module, targets in imports_of(ROOT / "cli", "local", for_types=True).items() if targets] == []


def test_what_pip_installs_is_what_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert project["project"]["dependencies"] == project["dependency-groups"]["cli"]
