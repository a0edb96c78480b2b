"""Which module imports which, read from the source without running it: for tests that hold an order of imports."""

from __future__ import annotations

import ast
from importlib.util import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

FOR_TYPES = ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imports_of(root: Path, package: str, *, for_types: bool = False) -> dict[str, set[str]]:
    """The modules below a folder, and which modules of a package each imports, at its head or inside a function.

    Modules are named from the folder on: below `local/`, `demo/run.py` is `local.demo.run` and `__init__.py` is
    `local`. The package is the folder's own or any other: `imports_of(ROOT / "local", "botocore")`. A name imported
    from a module counts as the module; the packages that a module lies in, which Python runs before it, do not count.
    What only a type checker imports counts if asked for.
    """
    files = {_module(root, file): file for file in root.rglob("*.py")}
    return {name: set(_imported(name, file, package, files, for_types=for_types)) for name, file in files.items()}


def _module(root: Path, file: Path) -> str:
    parts = file.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(name: str, file: Path, package: str, modules: Collection[str], *, for_types: bool) -> Iterator[str]:
    around = name if file.stem == "__init__" else name.rpartition(".")[0]
    tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree) if for_types else _when_run(tree):
        for target in _targets(node, around, modules):
            if f"{target}.".startswith(f"{package}."):
                yield target


def _when_run(node: ast.AST) -> Iterator[ast.AST]:
    """What is below a node, except where only a type checker looks."""
    for child in _children(node):
        yield child
        yield from _when_run(child)


def _children(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, ast.If) and ast.unparse(node.test) in FOR_TYPES:
        return node.orelse
    return ast.iter_child_nodes(node)


def _targets(node: ast.AST, around: str, modules: Collection[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        source = resolve_name("." * node.level + (node.module or ""), around)
        for alias in node.names:
            submodule = f"{source}.{alias.name}"
            yield submodule if submodule in modules else source
