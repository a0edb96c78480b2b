"""Which alerts a route takes, in Alertmanager's words: severity="critical", service=~"db|cache"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aliyun_sms.privacy import scrub

from .expression import BadExpression, Expression

if TYPE_CHECKING:
    from alert import Alert

OF_THE_ALERT = ("source", "name", "state")  # everything else is a label
OPPOSITES = ({"=", "!="}, {"=~", "!~"})

_QUOTED = r'"(?:\\.|[^"\\])*"'
_MATCHER = re.compile(rf'\s*({_QUOTED}|[^\s"=!~{{}},]+)\s*(=~|!~|!=|=)\s*({_QUOTED}|[^\s"=!~{{}},]*)\s*')
_ESCAPED = {'\\"': '"', "\\\\": "\\", "\\n": "\n"}


class BadMatcher(ValueError):
    """Why a text is no matcher."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition; an alert without the label has an empty one, as in Alertmanager."""

    name: str
    operator: str
    value: str
    expression: Expression | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f'{self.name}{self.operator}"{self.value}"'

    def takes(self, alert: Alert) -> bool:
        """Whether an alert fulfils it."""
        value = getattr(alert, self.name) if self.name in OF_THE_ALERT else alert.labels.get(self.name, "")
        fits = self.expression.fits(value) if self.expression else value == self.value
        return fits != self.operator.startswith("!")

    def excludes(self, other: Matcher) -> bool:
        """Whether no alert can fulfil both."""
        if self.name != other.name:
            return False
        if self.value == other.value:
            return {self.operator, other.operator} in OPPOSITES
        return self.operator == other.operator == "="


def read_matcher(text: str) -> Matcher:
    """A matcher of its text; raises BadMatcher."""
    found = _MATCHER.fullmatch(text)
    if not found:
        raise BadMatcher('must be a name, one of = != =~ !~ and a value, such as severity="critical"')
    name, operator, value = _plain(found[1]), found[2], _plain(found[3])
    try:
        return Matcher(name, operator, value, Expression(value) if operator.endswith("~") else None)
    except BadExpression as bad:
        raise BadMatcher(scrub(f"its expression {bad}")) from None


def _plain(text: str) -> str:
    """A text without its quotes and escapes."""
    if not text.startswith('"'):
        return text
    return re.sub(r"\\.", lambda found: _ESCAPED.get(found[0], found[0]), text[1:-1])
