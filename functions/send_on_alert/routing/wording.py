"""In which words an alert is told: signature, template, and how its variables are filled."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms.privacy import shown

from .carrier import ELLIPSIS, cut, passable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from alert import Alert

MOST_LISTED = 20  # values of one name
LONGEST_VALUE = 300  # characters of one that are looked at,
LONGEST_TEXT = 1000  # and of all together: more than any variable takes
WORDS = {"firing": "firing", "repeat": "still firing", "resolved": "resolved"}
NOTHING = "-"  # a provider takes no empty variable

_NAMES = re.compile(r"\{([^{}]*)\}")


class Told(NamedTuple):
    """What a message is about: alerts of one group, and what became of them."""

    alerts: Sequence[Alert]
    kind: str
    words: Mapping[str, str]
    time_zone: tzinfo


class BadText(ValueError):
    """Why a text cannot be filled; `name` is the one in it that there is none of."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(reason)
        self.name = name


def _joined(values: list[str], most: int) -> str:
    return ", ".join(values[:most]) + (ELLIPSIS if len(values) > most else "")


def _name(told: Told, most: int) -> str:
    """How many there are, if several, and their names."""
    count = f"{len(told.alerts)}: " if len(told.alerts) > 1 else ""
    return count + OF_THEM["names"](told, most)


def _time(told: Told, _: int) -> str:
    first = min(alert.starts_at or alert.observed_at for alert in told.alerts)
    return f"{first.astimezone(told.time_zone):%m-%d %H:%M}"


def _each(of: Callable[[Alert], str]) -> Callable[[Told, int], str]:
    """What the alerts have, each thing once."""

    def values(told: Told, most: int) -> str:
        return _joined(list(dict.fromkeys(of(alert)[:LONGEST_VALUE] for alert in told.alerts if of(alert))), most)

    return values


OF_THEM: dict[str, Callable[[Told, int], str]] = {
    "name": _name,
    "names": _each(lambda alert: alert.name),
    "count": lambda told, _: str(len(told.alerts)),
    "source": _each(lambda alert: alert.source),
    "state": lambda told, _: told.words[told.kind],
    "time": _time,
}
PREFIXES = ("labels.", "annotations.")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's text: {name} stands for what the alerts have, {labels.a|annotations.b} for the first there is."""

    text: str = field(repr=False)
    max_length: int
    default: str = field(default=NOTHING, repr=False)

    def filled(self, told: Told) -> str:
        """The text with as many of their values as fit, cut where not even one of each does."""
        for most in range(min(len(told.alerts), MOST_LISTED), 0, -1):
            text = self._with(told, most)
            if len(text) <= self.max_length:
                break
        return cut(text or passable(self.default) or NOTHING, self.max_length)

    def _with(self, told: Told, most: int) -> str:
        text = _NAMES.sub(lambda found: _value(found[1], told, most), self.text)
        return passable(text[:LONGEST_TEXT])


def _value(names: str, told: Told, most: int) -> str:
    found = (_reading(name.strip())(told, most) for name in names.split("|"))
    return next(filter(None, found), "")


def _reading(name: str) -> Callable[[Told, int], str]:
    kind, dot, label = name.partition(".")
    if not dot:
        return OF_THEM[name]
    return _each(lambda alert: (alert.labels if kind == "labels" else alert.annotations).get(label, ""))


def check_text(text: str) -> None:
    """Raise BadText for braces without their other, and for a name that alerts have none of."""
    if re.search(r"[{}]", _NAMES.sub("", text)):
        raise BadText("has a brace without its other")
    for name in (each.strip() for names in _NAMES.findall(text) for each in names.split("|")):
        if name not in OF_THEM and not (name.startswith(PREFIXES) and name.partition(".")[2]):
            raise BadText(
                f'"{shown(name)}" is none of {", ".join([*OF_THEM, *(f"{each}NAME" for each in PREFIXES)])}', name
            )


@dataclass(frozen=True, slots=True)
class Wording:
    """A template and what fills it; None where the stack's own signature or template is meant."""

    sign_name: str | None = None
    template_code: str | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)

    def fill(self, told: Told) -> dict[str, str]:
        """The value of each variable."""
        return {name: variable.filled(told) for name, variable in self.variables.items()}
