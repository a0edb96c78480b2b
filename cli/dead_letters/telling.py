"""What became of letters, one by one, as a script and a person are told it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cli.dead_letters.kind import code_of
from cli.errors import DONE, FAILED
from cli.screen import complain, show_json, show_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.dead_letters.letter import Letter


@dataclass(frozen=True, slots=True)
class Outcome:
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


def outcome(what: str, letter: Letter, why: str) -> Outcome:
    """What became of a letter."""
    return Outcome(what, letter.name, code_of(letter) or "-", why)


class Telling:
    """Says of each letter what became of it, as it happens; scripts get it all in the end."""

    def __init__(self, *, as_json: bool) -> None:
        self.outcomes: list[Outcome] = []
        self._as_json = as_json

    def tell(self, outcome: Outcome) -> None:
        """What became of the next."""
        self.outcomes.append(outcome)
        if not self._as_json:
            show_text(outcome.line())

    def exit_code(self, missing: Sequence[str]) -> int:
        """The exit code, after a line for each that was not found."""
        for line in missing:
            complain(line)
        is_failed = any(outcome.what in {"left", "failed"} for outcome in self.outcomes)
        return FAILED if missing or is_failed else DONE


@contextmanager
def telling(*, as_json: bool) -> Iterator[Telling]:
    """Whatever ends the block, a script gets what was done until then."""
    told = Telling(as_json=as_json)
    try:
        yield told
    finally:
        if as_json:
            show_json({"letters": [outcome.document() for outcome in told.outcomes]})
