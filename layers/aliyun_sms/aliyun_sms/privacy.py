"""What may be shown of numbers, names and texts: never a whole number, nor a template value."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from .provider.text import CUT, cleaned
from .signature import percent_encode

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_DIGITS = 7  # of a phone number
MAINLAND_DIGITS = 11  # of which four stay hidden
LONGEST_SHOWN = 40  # characters of a name that a stranger chose

_NUMBER = rf"\+?[0-9]{{{LEAST_DIGITS},}}"


def mask(number: str) -> str:
    """The number with its middle hidden: 138****8000. Short ones show three digits, the shortest how long they are."""
    digits = re.sub(r"[^0-9]", "", number)
    if len(digits) >= MAINLAND_DIGITS:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"{digits[:3]}****" if len(digits) >= LEAST_DIGITS else f"(length {len(number)})"


def shown(name: object) -> str:
    """A name that a stranger chose, fit for an answer and a log: cut short, and masked where it looks like a number."""
    name = str(name)
    if sum(character.isdigit() for character in name) >= LEAST_DIGITS:
        return mask(name)
    return "".join(character if character.isprintable() else "?" for character in name[:LONGEST_SHOWN])


def scrub(text: str, template_params: Iterable[str | None] = ()) -> str:
    """The text with numbers masked and template values blotted out, in each form that they may stand in.

    `template_params` are JSON texts of objects of strings, as messages have them. Only the values that the text holds
    go into the pattern: with those of a thousand messages it would take long.
    """
    params = set(template_params) if text not in {"", "OK"} else set()
    forms = {form for param in params for form in _values(param)}
    text = _without_a_cut_value(text, forms)
    values = {form for form in forms if form in text}
    by_length = [re.escape(value) for value in sorted(values, key=len, reverse=True)]
    long = sum(len(value) >= LEAST_DIGITS for value in values)  # what is shorter may be a part of a number
    either = "|".join([*by_length[:long], _NUMBER, *by_length[long:]])
    return re.sub(either, lambda found: "***" if found[0] in values else mask(found[0]), text)


def _without_a_cut_value(text: str, values: Iterable[str]) -> str:
    """The text without what it has at its end of a value that it was cut in, two characters at least."""
    if not text.endswith(CUT):
        return text
    before = text.removesuffix(CUT)
    place = min((_place_of_a_cut(before, value) for value in values), default=len(before))
    return text if place == len(before) else f"{before[:place]}***{CUT}"


def _place_of_a_cut(text: str, value: str) -> int:
    """Where a value begins that the text ends in; the end where none does."""
    place = text.find(value[:2], max(0, len(text) - len(value)))
    while place >= 0 and not value.startswith(text[place:]):
        place = text.find(value[:2], place + 1)
    return place if place >= 0 else len(text)


def _values(template_param: str | None) -> set[str]:
    """Values of two characters and more: blotting out a single one would leave nothing to read."""
    values = json.loads(template_param or "{}").values()
    return {form for value in values if len(value) > 1 for form in _forms(value)}


def _forms(value: str) -> set[str]:
    """As it is, in JSON text and cleaned, each also percent-encoded, and once more as in a string to sign."""
    plain = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    plain |= set(map(cleaned, plain))
    once = set(map(percent_encode, plain))
    return plain | once | set(map(percent_encode, once))
