"""The JSON text of an object, read and changed in one member alone: all else stays, numbers digit for digit."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def member(text: str, name: str) -> str | None:
    """The text of a member's value; None where the object has no such member."""
    place = dict(_members(text)).get(name)
    return None if place is None else text[place]


def with_member(text: str, name: str, value: str) -> str:
    """The text of the same object in which the member is this string. The object has a member at least."""
    place = dict(_members(text)).get(name)
    if place is None:
        return f"{{{json.dumps(name)}: {json.dumps(value)}, {text.lstrip()[1:]}"
    return text[: place.start] + json.dumps(value) + text[place.stop :]


def _members(text: str) -> Iterator[tuple[str, slice]]:
    """Each name with the place of its value; the last counts where one stands twice, as for json."""
    at = text.index("{")
    while text[at] != "}" and text[at := _past_space(text, at + 1)] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = _past_space(text, _past_space(text, at) + 1)  # behind the colon
        _, end = _DECODER.raw_decode(text, start)
        yield name, slice(start, end)
        at = _past_space(text, end)


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
