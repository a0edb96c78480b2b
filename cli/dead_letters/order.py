"""What a person asks for when dead letters are moved back, and what is not moved unless it is asked for by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.dead_letters.given_up_alert import event_of
from cli.dead_letters.letter import ALERTS
from cli.program import program

if TYPE_CHECKING:
    from cli.dead_letters.letter import Letter

DAY = 86_400
MOST_DAYS = 15  # without meeting the ledger: with 4 more in the queue they are the least that it keeps a row for

NO_MESSAGE = "it holds no message; correct it and send it to the queue by hand"
NO_EVENT = "it is no event that the alert door takes, so it stays"
AN_EVENT = "it is an event of the alert door, and no message; `{sms} redrive {name}` gives it to that door again"
HELD = "nobody knows whether it was sent"
FORGOTTEN = "it was moved back before, and has not come before the ledger for 15 days, which may have forgotten it"
RISK = (
    "as long as the ledger has its row, it is not sent, and comes back as a new letter, kept for 14 days more;"
    " without the row, or without a ledger, it is sent, perhaps for the second time"
)


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asked for: whatever is safe, or letters by name; in earnest, or only to be told."""

    names: frozenset[str]
    dry_run: bool

    def is_for(self, letter: Letter) -> bool:
        """Whether it speaks of this letter at all."""
        return not self.names or not self.names.isdisjoint(letter.ids)

    def reason_to_stay(self, letter: Letter, now: float) -> str | None:
        """Why the letter is not moved; None where it is."""
        if letter.queue == ALERTS:
            return None if event_of(letter) else NO_EVENT
        if letter.message() is None:
            return NO_MESSAGE
        risk = risk_of(letter, now)
        moves = f"`{program()} redrive {letter.name}` moves it"
        return f"{risk}, so it stays; {moves}" if risk and not self.names else None


def risk_of(letter: Letter, now: float) -> str | None:
    """Why it may be sent twice; None where it cannot."""
    if letter.is_held:
        return HELD
    return FORGOTTEN if now - letter.since > MOST_DAYS * DAY else None
