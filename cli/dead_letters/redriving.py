"""One queue of dead letters, moved back as it is read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from cli.dead_letters.moving import while_deleting
from cli.dead_letters.order import RISK, risk_of
from cli.dead_letters.telling import outcome
from cli.interrupts import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cli.dead_letters.letter import Letter
    from cli.dead_letters.order import Order
    from cli.dead_letters.queue import DeadLetterQueue
    from cli.dead_letters.telling import Outcome
    from cli.progress import Progress


class Way(Protocol):
    """Where the letters of a queue go."""

    there: str

    def move(self, letters: Sequence[Letter]) -> list[Letter]:
        """Those of a page that have arrived there; what comes there twice does nothing twice."""

    def why_not(self, letter: Letter) -> str:
        """Why another has not."""


class Redrive:
    """Moves a page before it reads the next. `counts` says what became of the letters."""

    def __init__(
        self,
        letters: DeadLetterQueue,
        way: Way,
        order: Order,
        *,
        tell: Callable[[Outcome], None],
        progress: Progress,
    ) -> None:
        self._letters = letters
        self._way = way
        self._order = order
        self._tell = tell
        self._progress = progress
        self.counts: Counter[str] = Counter()

    def run(self) -> None:
        """Whatever ends it, what is left can be seen again. Ctrl-C waits until a page is moved and told of."""
        self._progress.start(self._letters.length)
        try:
            for page in self._letters.pages():
                with uninterrupted():
                    self._redrive(page)
                self._progress.say_how_far(self.counts["met"], self._letters.length, self.counts["moved"])
        finally:
            self._letters.show_again()

    def _redrive(self, page: Sequence[Letter]) -> None:
        asked_for = [letter for letter in page if self._order.is_for(letter)]
        self.counts += Counter({"met": len(page), "asked for": len(asked_for)})
        going = []
        for letter in asked_for:
            if reason := self._order.reason_to_stay(letter, self._letters.started_at):
                self._tell(outcome("left", letter, reason))
            else:
                going.append(letter)
        moved = going if self._order.dry_run else self._move(going)
        for letter in going:
            self._tell_of(letter, is_moved=letter in moved)
        self.counts += Counter({"moved": len(moved), "failed": len(going) - len(moved)})

    def _move(self, letters: Sequence[Letter]) -> list[Letter]:
        """Moved first: what is there twice is claimed once, what is nowhere is lost."""
        moved = self._way.move(letters)
        if moved:
            with while_deleting(moved, self._way.there):
                self._letters.delete(moved)
        return moved

    def _tell_of(self, letter: Letter, *, is_moved: bool) -> None:
        if not is_moved:
            self._tell(outcome("failed", letter, self._way.why_not(letter)))
            return
        risk = risk_of(letter, self._letters.started_at)
        self._tell(outcome("would" if self._order.dry_run else "moved", letter, f"{risk}: {RISK}" if risk else ""))
