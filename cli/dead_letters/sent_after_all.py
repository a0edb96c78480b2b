"""Whether the ledger has a letter's message as sent, or as one that it still sends: such a letter is not resent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli import ledger
from cli.dead_letters.letter import ALERTS, UNKNOWN
from cli.dead_letters.order import AN_EVENT, NO_MESSAGE
from cli.program import program

if TYPE_CHECKING:
    from cli.dead_letters.letter import Letter
    from cli.place import Place

SENT = {"accepted", "delivered", "undelivered", "sending", "queued"}  # or it will be, by the ledger
HAS = "the ledger has its message as {}, so it stays"
SETTLING = "settling still asks whether its message was sent, so it stays"


def reason_to_stay(place: Place, letter: Letter) -> str | None:
    """Why a letter is not sent again under a new key; None where it is."""
    if letter.queue == ALERTS:
        return AN_EVENT.format(sms=program(), name=letter.name)
    if letter.message_anew() is None:
        return NO_MESSAGE
    rows = [ledger.read(place, row_id) for row_id in sorted(letter.row_ids)]
    return next(filter(None, map(_of_row, filter(None, rows))), None)


def _of_row(row: dict[str, Any]) -> str | None:
    if row["status"] in SENT:
        return HAS.format(row["status"])
    return SETTLING if row["status"] == UNKNOWN and row.get("held_at") is None else None
