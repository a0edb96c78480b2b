"""Writes a claim: its messages and the submission that carries them, in as few transactions as go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .claim import Claim
from .message_row import MessageRow
from .rows import from_item, message_key, to_put, written
from .table import Conflict, TableUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .submission_row import SubmissionRow
    from .table import Item, Put, Table

    Replacement = Callable[[MessageRow | None, MessageRow], MessageRow | None]

MOST_WRITES = 3  # of a row, while others write it too or the table does not answer
MOST_BYTES = 3_000_000  # of messages in a transaction, which holds 4 MB with its submission
ROW_BYTES = 1_000  # of a message, but for its recipients and values
BYTES_A_CHARACTER = 4  # of UTF-8, at most


class ClaimWriter:
    """Writes one claim.

    Until its last transaction the submission is void, so that nothing is ever sent for a claim that was cut off.
    """

    def __init__(self, table: Table, wanted: Claim, replacement: Replacement) -> None:
        """`replacement` gives the row to write over what stands under a key, or None where that must stay.

        After `write`, `standing` are the rows that stayed.
        """
        self.standing: list[MessageRow] = []
        self._table = table
        self._wanted = wanted
        self._replacement = replacement
        self._submission = wanted.submission
        self._taken: list[MessageRow] = []

    def write(self) -> Claim | None:
        """Write all that nothing stands in the way of; raises Conflict or TableUnavailable, and then it stays void."""
        *before, last = grouped(self._wanted.messages, self._table.most_puts - 1)
        for rows in before:
            self._write(rows, void=True)
        self._write(last, void=False)
        return Claim(tuple(self._taken), self._submission) if self._taken else None

    def _write(self, rows: list[MessageRow], *, void: bool) -> None:
        lost: Conflict | TableUnavailable = Conflict("nothing could be written")
        for _ in range(MOST_WRITES):
            if not rows and (void or not self._taken):
                return None
            submission = self._next(rows, void=void)
            puts = [*map(to_put, rows), *map(to_put, submission)]
            try:
                self._table.put_all(puts)
            except (Conflict, TableUnavailable) as error:
                lost = error
            else:
                return self._wrote(rows, submission)
            asked = in_the_way(puts, lost)
            items = self._table.get_all(asked)
            if all(items.get(each.item["pk"]) == each.item for each in puts):  # though the answer was lost
                return self._wrote(rows, submission)
            rows = list(self._replacing(rows, asked, items))
        raise lost

    def _next(self, rows: list[MessageRow], *, void: bool) -> list[SubmissionRow]:
        """The submission as it is written with these rows: with the first of all, and with the last."""
        if self._submission.version and void:
            return []
        left_out = {row.message_id for row in self.standing}
        ids = {row.message_id for row in (self._wanted.messages if void else (*self._taken, *rows))} - left_out
        return [replace(self._wanted.submission.narrowed_to(ids), version=self._submission.version, void=void)]

    def _wrote(self, rows: list[MessageRow], submission: list[SubmissionRow]) -> None:
        self._taken += map(written, rows)
        for row in submission:
            self._submission = written(row)

    def _replacing(self, rows: list[MessageRow], asked: list[str], items: dict[str, Item]) -> Iterator[MessageRow]:
        """The rows that are still to be written: those that nothing was in the way of, and what may replace another."""
        for row in rows:
            key = message_key(row.message_id)
            if key not in asked:
                yield row
                continue
            item = items.get(key)
            standing = from_item(MessageRow, item) if item else None
            taken = self._replacement(standing, row)
            if taken:
                yield taken
            elif standing:
                self.standing.append(standing)


def in_the_way(puts: Sequence[Put], lost: Conflict | TableUnavailable) -> list[str]:
    """The keys of the rows that kept others from being written: all, where it is not known which."""
    places = lost.places if isinstance(lost, Conflict) else ()
    return [put.item["pk"] for place, put in enumerate(puts) if not places or place in places]


def grouped(rows: Sequence[MessageRow], most: int) -> list[list[MessageRow]]:
    """The rows in groups that one transaction can write, one group at least."""
    groups: list[list[MessageRow]] = [[]]
    total = 0
    for row in rows:
        size = ROW_BYTES + BYTES_A_CHARACTER * len(str(row.document or ""))
        if len(groups[-1]) == most or (groups[-1] and total + size > MOST_BYTES):
            groups.append([])
            total = 0
        groups[-1].append(row)
        total += size
    return groups
