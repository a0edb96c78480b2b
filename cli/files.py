"""Files that hold whole numbers and values: for their owner's eyes alone, and never in the place of another."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cli.errors import Told

if TYPE_CHECKING:
    from pathlib import Path


def write_new(file: Path, text: str, *, otherwise: str) -> None:
    """Write a file where there is none; `otherwise` tells what then was not done, and what to do."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Told(f"{file} cannot be written ({error.strerror}), {otherwise}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
