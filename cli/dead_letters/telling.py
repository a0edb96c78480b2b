"""What became of a letter, told in a line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cli.errors import DONE, FAILED
from cli.screen import complain, show_json, show_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cli.dead_letters.letter import Letter


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one letter, and why."""

    what: str
    letter: str
    code: str
    why: str

    def document(self) -> dict[str, str]:
        """The same for a script."""
        return asdict(self)

    def line(self) -> str:
        """The same for a person."""
        return f"{self.what:<6} {self.letter}  {self.code}  {self.why}".rstrip()


def told(what: str, letter: Letter, why: str) -> Told:
    """What became of a letter."""
    return Told(what, letter.name, letter.attributes.get("code", "-"), why)


def tell_all(outcomes: Iterable[Told], missing: Sequence[str], *, as_json: bool) -> int:
    """Say of each letter what became of it, as it happens, and what was not found; gives the exit code."""
    told = []
    for outcome in outcomes:
        told.append(outcome)
        if not as_json:
            show_text(outcome.line())
    if as_json:
        show_json({"letters": [outcome.document() for outcome in told]})
    for line in missing:
        complain(line)
    return FAILED if missing or any(outcome.what in {"left", "failed"} for outcome in told) else DONE
