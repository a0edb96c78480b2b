"""How imports are read from the source, in every form that they take."""

from pathlib import Path

import pytest

from tests.imports import imports_of

FILES = ("__init__", "errors", "observability", "ledger/__init__", "ledger/rows", "sending/__init__")


def imported(tmp_path: Path, source: str, module: str = "sending/sender") -> set[str]:
    """What a module of a small package imports of it."""
    root = tmp_path / "house"
    for name in (*FILES, module):
        file = root / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source if name == module else "", encoding="utf-8")
    return imports_of(root, "house")[f"house.{module}".replace("/", ".").removesuffix(".__init__")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import house", {"house"}),
        ("import house.errors, house.ledger.rows as rows", {"house.errors", "house.ledger.rows"}),
        ("from house import Client, errors", {"house", "house.errors"}),
        ("from house.errors import NotSent", {"house.errors"}),
        ("from house.errors import *", {"house.errors"}),
        ("from .. import observability", {"house.observability"}),
        ("from .. import Client", {"house"}),
        ("from ..errors import NotSent", {"house.errors"}),
        ("from ..ledger import rows, Claim", {"house.ledger.rows", "house.ledger"}),
        ("from ..ledger.rows import Row", {"house.ledger.rows"}),
        ("from . import merge", {"house.sending"}),
    ],
)
def test_every_form_names_the_module(tmp_path: Path, source: str, expected: set[str]) -> None:
    assert imported(tmp_path, source) == expected


@pytest.mark.parametrize("module", ["client", "sending/__init__"])
def test_dots_are_counted_from_the_package_that_a_module_is_in(tmp_path: Path, module: str) -> None:
    dots = ".." if "/" in module else "."

    assert imported(tmp_path, f"from {dots}errors import NotSent", module) == {"house.errors"}


def test_one_dot_in_a_package_means_the_package_itself(tmp_path: Path) -> None:
    assert imported(tmp_path, "from .rows import Row", "ledger/__init__") == {"house.ledger.rows"}


def test_an_import_in_a_function_counts(tmp_path: Path) -> None:
    assert imported(tmp_path, "def send():\n  try:\n    from ..errors import NotSent\n  finally: ...") == {
        "house.errors"
    }


@pytest.mark.parametrize("condition", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_an_import_for_types_alone_does_not_count(tmp_path: Path, condition: str) -> None:
    source = f"if {condition}:\n  from .. import errors\nelse:\n  from .. import observability"

    assert imported(tmp_path, source) == {"house.observability"}


def test_other_packages_do_not_count_though_their_names_begin_alike(tmp_path: Path) -> None:
    assert imported(tmp_path, "import ast, household, house_ledger.rows\nfrom householder import rows") == set()


def test_another_packages_imports_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text("from botocore.config import Config\nimport botocore.session as session")

    assert imports_of(tmp_path, "botocore") == {f"{tmp_path.name}.client": {"botocore.config", "botocore.session"}}
