"""DynamoDB's condition expressions, as far as ledgers use them: comparisons, attribute_exists, AND, OR, NOT."""

from __future__ import annotations

import operator
import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Item = dict[str, dict[str, Any]]
_Bound = tuple[Item, dict[str, str], Item]  # the item, ExpressionAttributeNames and ExpressionAttributeValues

_TOKEN = re.compile(r"\s*(<=|>=|<>|[=<>(),]|[#:]?[A-Za-z_][A-Za-z0-9_]*)")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(request: dict[str, Any], field: str, item: Item | None) -> bool:
    """Whether the item, or there being none, meets the expression in a field of the request, if there is one."""
    if field not in request:
        return True
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    return compiled(request[field])((item or {}, names, values))


@lru_cache(maxsize=256)
def compiled(text: str) -> Callable[[_Bound], bool]:
    """An expression as a function; raises ValueError where it is not one that is known here."""
    parser = _Parser(_tokens(text))
    condition = parser.either()
    if parser.tokens:
        raise ValueError(f"not read: {parser.tokens} in {text}")
    return condition


def plain(value: dict[str, Any]) -> Any:
    """A scalar attribute value, comparable with others of its type."""
    ((kind, content),) = value.items()
    return Decimal(content) if kind == "N" else content


def _tokens(text: str) -> list[str]:
    tokens, place, text = [], 0, text.strip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found:
            raise ValueError(f"not read: {text[place:]}")
        tokens.append(found[1])
        place = found.end()
    return tokens


class _Parser:
    """Takes tokens from the front: OR of ANDs of comparisons, functions and parentheses."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def either(self) -> Callable[[_Bound], bool]:
        parts = [self._all()]
        while self._skip("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda bound: any(part(bound) for part in parts)

    def _all(self) -> Callable[[_Bound], bool]:
        parts = [self._one()]
        while self._skip("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda bound: all(part(bound) for part in parts)

    def _one(self) -> Callable[[_Bound], bool]:
        if self._skip("NOT"):
            inner = self._one()
            return lambda bound: not inner(bound)
        if self._skip("("):
            inner = self.either()
            self._must("(", ")")
            return inner
        first = self.tokens.pop(0)
        if first in {"attribute_exists", "attribute_not_exists"}:
            return self._existence(wanted=first == "attribute_exists")
        compare, second = _COMPARISONS[self.tokens.pop(0)], self.tokens.pop(0)
        return lambda bound: _compared(compare, _value(first, bound), _value(second, bound))

    def _existence(self, *, wanted: bool) -> Callable[[_Bound], bool]:
        self._must("attribute_exists", "(")
        name = self.tokens.pop(0)
        self._must(name, ")")
        return lambda bound: (_value(name, bound) is not None) is wanted

    def _skip(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            del self.tokens[0]
            return True
        return False

    def _must(self, after: str, token: str) -> None:
        if not self._skip(token):
            raise ValueError(f"no {token} after {after}")


def _value(token: str, bound: _Bound) -> dict[str, Any] | None:
    item, names, values = bound
    if token.startswith(":"):
        return values[token]
    return item.get(names[token] if token.startswith("#") else token)


def _compared(compare: Callable[[Any, Any], bool], first: Any, second: Any) -> bool:
    """An attribute that is not there, or is of another type, meets no comparison."""
    if first is None or second is None or first.keys() != second.keys():
        return False
    return compare(plain(first), plain(second))
