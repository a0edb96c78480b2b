"""How much may be sent in a day, beside what was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cli.place import Place
    from cli.usage import Usage


class Count(NamedTuple):
    """Recipients of a day, and how many they may be; none where nothing limits them."""

    recipients: int
    limit: int | None

    @property
    def percent(self) -> int | None:
        """How much of the limit is used."""
        return None if self.limit is None else self.recipients * 100 // self.limit

    def document(self) -> dict[str, Any]:
        """As it is told to a script."""
        return {**self._asdict(), "percent": self.percent}

    def __str__(self) -> str:
        """As it is told to a person."""
        if self.limit is None:
            return f"{self.recipients}, without a limit"
        return f"{self.recipients} of {self.limit}, {self.percent} %"


def of_stack(place: Place, usage: Usage) -> Count:
    """What was sent at all doors."""
    return Count(usage.total, limit(place, "DailyRecipientLimit"))


def limit(place: Place, parameter: str) -> int | None:
    """What the stack has for a parameter; None where that limits nothing."""
    return int(place.parameters.get(parameter) or 0) or None
