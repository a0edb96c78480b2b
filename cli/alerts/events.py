"""Events in files: those named, and all in the folders that are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cli.errors import MISUSED, Told

if TYPE_CHECKING:
    from pathlib import Path


def read(paths: tuple[Path, ...]) -> dict[str, Any]:
    """The events by the names of their files."""
    files = [file for path in paths for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    if not files:
        raise Told("name a file with an event, or a folder with such files", MISUSED)
    return {str(file): _event(file) for file in files}


def _event(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise Told(f"{file} cannot be read: {error.strerror}", MISUSED) from None
    except ValueError:
        raise Told(f"{file} is not JSON", MISUSED) from None
