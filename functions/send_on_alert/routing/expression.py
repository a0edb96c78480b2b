"""Regular expressions that cannot take long: all ways through a value are followed at once, as Alertmanager's do.

Python's own try one way after the other, and for some expressions that takes longer than a function may run.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import NamedTuple

LONGEST = 200  # characters of an expression
LONGEST_LOOKED_AT = 300  # characters of a value
MOST_STEPS = 1000  # of an expression, once its {n} are written out
MOST_NESTED = 2  # * + {n,} within each other: a value of n characters takes n squared steps at most

_TOKEN = re.compile(r"\(\?:|\(\?|\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|\{[0-9]{1,4}(?:,[0-9]{0,4})?\}|.", re.DOTALL)
_ESCAPES = "dDwWsStnr"  # letters that stand for characters behind a backslash
_REPEATS = {"*": (0, None), "+": (1, None), "?": (0, 1)}

Step = Callable[[str, set[int]], set[int]]  # where a part of the expression can end that began at one of these places


class BadExpression(ValueError):
    """Why a text is no expression that is taken."""


class Part(NamedTuple):
    """A part of an expression, of how many steps it is, and how many endless repeats lie in each other there."""

    step: Step
    size: int = 1
    nested: int = 0


class Expression:
    """An expression that a whole value must fit."""

    def __init__(self, text: str) -> None:
        """Raises BadExpression."""
        if len(text) > LONGEST:
            raise BadExpression(f"has {len(text)} characters, at most {LONGEST}")
        reading = _Reading(text)
        self._part = reading.alternatives()
        if reading.tokens:
            raise BadExpression('has a ")" too many')

    def fits(self, value: str) -> bool:
        """Whether a value, as far as it is looked at, fits from its beginning to its end."""
        looked_at = value[:LONGEST_LOOKED_AT]
        return len(looked_at) in self._part.step(looked_at, {0})


class _Reading:
    """The tokens of an expression that are still to be read."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)[::-1]

    def alternatives(self) -> Part:
        branches = [self._sequence()]
        while self._next_is("|"):
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else _joined(_any_of([branch.step for branch in branches]), branches)

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self.tokens and self.tokens[-1] not in ("|", ")"):
            parts.append(self._repeated())
        return _in_order(parts)

    def _repeated(self) -> Part:
        part = self._one()
        token = self.tokens[-1] if self.tokens else ""
        if token not in _REPEATS and not _is_count(token):
            return part
        self.tokens.pop()
        self._next_is("?")  # *? takes the same values as *
        return _repeat(part, *_REPEATS.get(token) or _count(token))

    def _one(self) -> Part:
        token = self.tokens.pop()
        if token in ("(", "(?:"):
            part = self.alternatives()
            if not self._next_is(")"):
                raise BadExpression('lacks a ")"')
            return part
        return Part(_of_one_character(token))

    def _next_is(self, token: str) -> bool:
        """Whether this comes next; it is read then."""
        return bool(self.tokens) and self.tokens[-1] == token and bool(self.tokens.pop())


def _is_count(token: str) -> bool:
    return len(token) > 1 and token.startswith("{")


def _count(token: str) -> tuple[int, int | None]:
    least, comma, most = token[1:-1].partition(",")
    return int(least), (int(most) if most else None) if comma else int(least)


def _of_one_character(token: str) -> Step:
    if token in (*_REPEATS, "{", "}", "[", "]", "\\", "^", "$", "(?") or _is_count(token):
        raise BadExpression(f'has a "{token}" in a place where it is not taken')
    if token.startswith("\\") and token[1].isalnum() and token[1] not in _ESCAPES:
        raise BadExpression(f"has {token}, which is not taken")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of what a later Python may read in another way
            fits = re.compile(token, re.DOTALL).fullmatch
    except (re.error, FutureWarning):
        raise BadExpression(f"has {token}, which cannot be read") from None
    return lambda text, starts: {place + 1 for place in starts if place < len(text) and fits(text[place])}


def _in_order(parts: list[Part]) -> Part:
    def step(text: str, places: set[int]) -> set[int]:
        for part in parts:
            places = part.step(text, places)
        return places

    return parts[0] if len(parts) == 1 else _joined(step, parts)


def _any_of(steps: list[Step]) -> Step:
    return lambda text, starts: set().union(*(step(text, starts) for step in steps))


def _joined(step: Step, parts: list[Part]) -> Part:
    size = sum(part.size for part in parts)
    if size > MOST_STEPS:
        raise BadExpression(f"has more than {MOST_STEPS} steps, once its repeats are written out")
    return Part(step, size, max((part.nested for part in parts), default=0))


def _repeat(part: Part, least: int, most: int | None) -> Part:
    if most is None:
        return _in_order([part] * least + [_endless(part)])
    if most < least:
        raise BadExpression("has a repeat whose end is before its beginning")
    perhaps = part._replace(step=lambda text, starts: starts | part.step(text, starts))
    return _in_order([part] * least + [perhaps] * (most - least))


def _endless(part: Part) -> Part:
    if part.nested >= MOST_NESTED:
        raise BadExpression(f"has more than {MOST_NESTED} endless repeats within each other")

    def step(text: str, starts: set[int]) -> set[int]:
        reached, fresh = starts, starts
        while fresh:
            fresh = part.step(text, fresh) - reached
            reached = reached | fresh
        return reached

    return Part(step, part.size, part.nested + 1)
