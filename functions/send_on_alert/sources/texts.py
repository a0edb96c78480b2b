"""Labels and annotations as they are kept: texts of a size to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 100  # of each kind, and
LONGEST = 1000  # characters each: a row of the table holds 400 KB, and a message far less


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """What is text, or a number, by its name; what is longer is cut."""
    kept = [(name, value) for name, value in values.items() if name and _is_text(value)]
    return {cut(name): cut(str(value)) for name, value in kept[:MOST]}


def cut(text: str, longest: int = LONGEST) -> str:
    """A text, or as much of it as is kept; half a character, which JSON can hold and no table, is a question mark."""
    text = text.encode(errors="replace").decode()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _is_text(value: object) -> bool:
    return isinstance(value, str | int | float) and value != ""
