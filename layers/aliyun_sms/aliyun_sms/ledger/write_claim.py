"""Writes a claim: its messages and the submission that carries them, in as few transactions as go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .claim import Claim
from .message_row import MessageRow
from .rows import from_item, message_key, to_put, written
from .write_together import write_together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .submission_row import SubmissionRow
    from .table import Item, Put, Table

    Replacement = Callable[[MessageRow | None, MessageRow], MessageRow | None]

MOST_BYTES = 3_000_000  # of messages in a transaction, which holds 4 MB with its submission
ROW_BYTES = 1_000  # of a message, but for its recipients and values
BYTES_A_CHARACTER = 4  # of UTF-8, at most


class ClaimWriter:
    """Writes one claim, of which it writes a part of the rows at a time.

    Until its last transaction the submission is void, so that nothing is ever sent for a claim that was cut off.
    """

    def __init__(self, wanted: Claim, replacement: Replacement) -> None:
        """`replacement` gives the row to write over what stands under a key, or None where that must stay.

        Once it is written, `standing` are the rows that stayed.
        """
        self.standing: list[MessageRow] = []
        self._wanted = wanted
        self._replacement = replacement
        self._submission = wanted.submission
        self._taken: list[MessageRow] = []
        self._rows: list[MessageRow] = list(wanted.messages)  # that are written next,
        self._submissions: list[SubmissionRow] = []  # and with them
        self._void = False
        self._is_over = False

    @property
    def claim(self) -> Claim | None:
        """What was written."""
        return Claim(tuple(self._taken), self._submission) if self._taken else None

    def write(self, table: Table) -> Claim | None:
        """Write all that nothing stands in the way of; raises Conflict or TableUnavailable, and then it stays void."""
        *before, last = grouped(self._wanted.messages, table.most_puts - 1)
        for rows in before:
            self._write(table, rows, void=True)
        self._write(table, last, void=False)
        return self.claim

    def _write(self, table: Table, rows: list[MessageRow], *, void: bool) -> None:
        self._rows, self._void, self._is_over = rows, void, False
        if lost := write_together(table, [self]):
            raise lost

    def puts(self) -> list[Put]:
        """As Part: rows of messages, with the submission where they are the first of all, or the last."""
        self._submissions = [] if self._is_over else self._next_submission()
        return [*map(to_put, self._rows), *map(to_put, self._submissions)]

    def gives_back(self) -> list[Mapping[str, Any]]:
        """As Part: none of them was reserved for nothing."""
        return []

    def wrote(self) -> None:
        """As Part."""
        self._taken += map(written, self._rows)
        for submission in self._submissions:
            self._submission = written(submission)
        self._rows, self._is_over = [], True

    def look_again(self, asked: Sequence[str], items: Mapping[str, Item]) -> None:
        """As Part: what may not replace the row that stands is left out."""
        if all(items.get(put.item["pk"]) == put.item for put in self.puts()):  # though the answer was lost
            self.wrote()
        else:
            self._rows = list(self._replacing(asked, items))

    def _next_submission(self) -> list[SubmissionRow]:
        if self._void and (self._submission.version or not self._rows):
            return []
        if not self._rows and not self._taken:
            return []
        left_out = {row.message_id for row in self.standing}
        messages = self._wanted.messages if self._void else (*self._taken, *self._rows)
        ids = {row.message_id for row in messages} - left_out
        wanted = self._wanted.submission.narrowed_to(ids)
        return [replace(wanted, version=self._submission.version, void=self._void)]

    def _replacing(self, asked: Sequence[str], items: Mapping[str, Item]) -> Iterator[MessageRow]:
        """The rows that are still to be written: those that nothing was in the way of, and what may replace another."""
        for row in self._rows:
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
