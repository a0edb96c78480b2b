"""Which letters a person asked for: by their ids, or by their code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.dead_letters.kind import code_of
from cli.errors import MISUSED, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cli.dead_letters.letter import Letter

NONE = (
    "no dead letter with {} can be seen now: look at it and at the stack, or try in 15 minutes;"
    " `sms status ID` tells of a message that is none"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Ids, or a code; never both, never neither."""

    ids: tuple[str, ...]
    code: str | None = None

    def __post_init__(self) -> None:
        """Raise what a person is told of a command line that is wrong."""
        if bool(self.ids) == (self.code is not None):
            raise Told("name letters by their ids, or by --code", MISUSED)

    def of(self, letters: Iterable[Letter]) -> list[Letter]:
        """Those of the letters."""
        if self.code is not None:
            return [letter for letter in letters if code_of(letter) == self.code]
        return [letter for letter in letters if not letter.ids.isdisjoint(self.ids)]

    def the_one(self, letters: Iterable[Letter]) -> Letter:
        """The only one of the letters; raises what a person is told where there is none, or more."""
        found = self.of(letters)
        if len(found) == 1:
            return found[0]
        if not found:
            raise Told(self.missing(found)[0])
        ids = ", ".join(letter.sqs_message_id for letter in found)
        raise Told(f"{len(found)} letters have this id: name one by the id that SQS gave it, {ids}")

    def missing(self, letters: Sequence[Letter]) -> list[str]:
        """A line for each of what was asked for and no letter has."""
        if self.code is not None:
            return [] if letters else [NONE.format(f"the code {self.code}")]
        there = {name for letter in letters for name in letter.ids}
        return [NONE.format(f"the id {name}") for name in dict.fromkeys(self.ids) if name not in there]
