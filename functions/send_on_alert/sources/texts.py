"""Labels and annotations as they are kept: texts of a size to take."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 100  # of each kind, and
LONGEST = 1000  # characters each, and
MOST_BYTES = 100_000  # of all: a row of the table holds 400 KB, and a message far less


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """What is text, or a number, by its name; what is longer is cut."""
    found = [(cut(name), cut(str(value))) for name, value in values.items() if name and _is_text(value)]
    kept, left = {}, MOST_BYTES
    for name, value in found[:MOST]:
        left -= len(f"{name}{value}".encode())
        if left >= 0:
            kept[name] = value
    return kept


def cut(text: str, longest: int = LONGEST) -> str:
    """A text, or as much of it as is kept; half a character, which JSON can hold and no table, is a question mark."""
    text = text.encode(errors="replace").decode()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def short(identity: str) -> str:
    """An identity; a long one, of which rows and their copies would be full, by its hash."""
    return identity if len(identity) <= LONGEST else sha256(identity.encode(errors="surrogatepass")).hexdigest()


def moment(text: str) -> datetime:
    """A time with its offset, in UTC; at the ends of all time, where there is none in UTC, without its offset."""
    at = datetime.fromisoformat(text)
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return at.replace(tzinfo=UTC)


def _is_text(value: object) -> bool:
    return isinstance(value, str | int | float) and value != ""
