"""Documents that people write into files, and what is wrong with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cli.errors import MISUSED, Told
from cli.masking import scrubbed
from cli.screen import show_text

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 100_000  # as the stack takes them


def text_of(file: Path) -> str:
    """The text of a file that can be one."""
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise Told(f"{file} cannot be read: {error.strerror}", MISUSED) from None
    except UnicodeDecodeError:
        raise Told(f"{file} is not UTF-8 text", MISUSED) from None
    if (size := len(text.encode())) > MOST_BYTES:
        raise Told(f"{file} has {size} bytes; the stack takes {MOST_BYTES}", MISUSED)
    return text


def show_faults(faults: list[dict[str, str]]) -> None:
    """A line for each."""
    for fault in faults:
        show_text(scrubbed(f"{fault['field']}: {fault['reason']}"), "red")


def members_of(text: str, what: str) -> dict[str, Any]:
    """The document in a row, which somebody may have written by another way."""
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError):
        raise Told(f"the row of {what} holds no JSON object: put a whole one in its place") from None
