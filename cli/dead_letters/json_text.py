"""The JSON text of an object, read and changed in one member alone: all else stays, numbers digit for digit."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def with_changed(text: str, name: str, change: Callable[[str], str]) -> str:
    """The text of the same object in which the text of a member's value, which it has, is changed."""
    place = dict(_members(text))[name]
    return text[: place.start] + change(text[place]) + text[place.stop :]


def with_changed_items(text: str, change: Callable[[int, str], str]) -> str:
    """The text of the same list in which the text of each item is changed, by its index."""
    parts, at = [], 0
    for index, place in enumerate(_items(text)):
        parts += [text[at : place.start], change(index, text[place])]
        at = place.stop
    return "".join([*parts, text[at:]])


def _members(text: str) -> Iterator[tuple[str, slice]]:
    """Each name with the place of its value; the last counts where one stands twice, as for json."""
    at = text.index("{")
    while text[at] != "}" and text[at := _past_space(text, at + 1)] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = _past_space(text, _past_space(text, at) + 1)  # behind the colon
        _, end = _DECODER.raw_decode(text, start)
        yield name, slice(start, end)
        at = _past_space(text, end)


def _items(text: str) -> Iterator[slice]:
    """The place of each item."""
    at = text.index("[")
    while text[at] != "]" and text[at := _past_space(text, at + 1)] != "]":
        _, end = _DECODER.raw_decode(text, at)
        yield slice(at, end)
        at = _past_space(text, end)


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
