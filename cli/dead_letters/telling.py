"""What became of a letter, told in a line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
