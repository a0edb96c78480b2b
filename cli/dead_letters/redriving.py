"""One queue of dead letters, moved back as it is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cli.dead_letters.moving import move
from cli.dead_letters.order import RISK, risk_of
from cli.dead_letters.queue import DeadLetterQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cli.dead_letters.letter import Letter
    from cli.dead_letters.order import Order

PAGES_A_LINE = 100  # of progress


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


class Redrive:
    """Moves a page before it reads the next. `counts` says what became of the letters."""

    def __init__(
        self,
        sqs: Any,
        dead_letters_url: str,
        queue_url: str,
        order: Order,
        *,
        tell: Callable[[Told], None],
        say_how_far: Callable[[str], None],
    ) -> None:
        self._sqs = sqs
        self._letters = DeadLetterQueue(sqs, dead_letters_url)
        self._queue_url = queue_url
        self._order = order
        self._tell = tell
        self._say_how_far = say_how_far
        self.counts: Counter[str] = Counter()

    def run(self) -> None:
        """Whatever ends it, what is left can be seen again."""
        try:
            for number, page in enumerate(self._letters.pages(), start=1):
                self.counts["met"] += len(page)
                self._redrive([letter for letter in page if self._order.is_for(letter)])
                if number % PAGES_A_LINE == 0:
                    self._say_how_far(
                        f"{self.counts['met']} of about {self._letters.length}, {self.counts['moved']} moved"
                    )
        finally:
            self._letters.show_again()

    def _redrive(self, page: Sequence[Letter]) -> None:
        self.counts["asked for"] += len(page)
        going = []
        for letter in page:
            if reason := self._order.reason_to_stay(letter, self._letters.started_at):
                self._tell(told("left", letter, reason))
            else:
                going.append(letter)
        moved = going if self._order.dry_run else self._move(going)
        for letter in going:
            self._tell_of(letter, is_moved=letter in moved)
        self.counts += Counter({"moved": len(moved), "failed": len(going) - len(moved)})

    def _move(self, letters: Sequence[Letter]) -> list[Letter]:
        """Into the queue first: what is there twice is claimed once, what is nowhere is lost."""
        moved = move(self._sqs, self._queue_url, letters)
        if moved:
            self._letters.delete(moved)
        return moved

    def _tell_of(self, letter: Letter, *, is_moved: bool) -> None:
        if not is_moved:
            self._tell(told("failed", letter, "SQS did not take it, so it stays"))
            return
        risk = risk_of(letter, self._letters.started_at)
        self._tell(told("would" if self._order.dry_run else "moved", letter, f"{risk}: {RISK}" if risk else ""))


def told(what: str, letter: Letter, why: str) -> Told:
    """What became of a letter."""
    return Told(what, letter.name, letter.attributes.get("code", "-"), why)
