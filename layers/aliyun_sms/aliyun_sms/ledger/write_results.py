"""Writes down what became of a claim's messages, in as few transactions as go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .message_row import MessageRow
from .rows import from_item, message_key, submission_key, to_put, written
from .submission_row import SubmissionRow
from .table import Conflict, TableUnavailable
from .write_claim import grouped
from .write_together import write_together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .claim import Claim
    from .table import Item, Put, Table


class ResultWriter:
    """Writes the rows of one claim with their results, a part of them at a time; the submission is written last."""

    def __init__(self, decided: Claim, before: Claim) -> None:
        """`before` is the claim as it stood; where its submission is not changed it is not written.

        Once they are written, `lost` is why something could not be.
        """
        self.lost: Conflict | TableUnavailable | None = None
        self._decided = decided
        self._reservations = {row.message_id: row.reservation for row in before.messages}
        self._rows: list[MessageRow] = list(decided.messages)  # that are written next,
        self._submissions = [decided.submission] if decided.submission != before.submission else []  # and with them

    def write(self, table: Table) -> None:
        """Write all that can be written; raises Conflict or TableUnavailable where something could not."""
        *before, last = grouped(self._decided.messages, table.most_puts - 1)
        submissions = self._submissions
        for rows in before:
            self._write(table, rows, [])
        self._write(table, last, [] if self.lost else submissions)
        if self.lost:
            raise self.lost

    def _write(self, table: Table, rows: list[MessageRow], submissions: list[SubmissionRow]) -> None:
        self._rows, self._submissions = rows, submissions
        self.lost = write_together(table, [self]) or self.lost

    def puts(self) -> list[Put]:
        """As Part."""
        return [*map(to_put, self._rows), *map(to_put, self._submissions)]

    def gives_back(self) -> list[Mapping[str, Any]]:
        """As Part: what a row had and has no more."""
        left = [self._reservations[row.message_id] for row in self._rows if row.reservation is None]
        return [reservation for reservation in left if reservation]

    def wrote(self) -> None:
        """As Part."""
        self._rows, self._submissions = [], []

    def look_again(self, asked: Sequence[str], items: Mapping[str, Item]) -> None:
        """As Part: what is left is written on the versions that are stored now."""
        again = [row for row in self._rows if message_key(row.message_id) in asked]
        left = [row for row in self._rows if message_key(row.message_id) not in asked]
        self._rows = [*left, *self._messages_again(again, items)]
        if self.lost:
            self._submissions = []
        named = [row for row in self._submissions if submission_key(row.out_id) in asked]
        self._submissions = list(self._submission_again(named, items)) if named else self._submissions

    def _messages_again(self, rows: list[MessageRow], items: Mapping[str, Item]) -> Iterator[MessageRow]:
        for row in rows:
            item = items.get(message_key(row.message_id))
            standing = from_item(MessageRow, item) if item else None
            if standing is None or standing.submission != row.submission:
                self.lost = Conflict("another claim stands")
            elif _is_written(standing, row):
                continue
            elif standing.version == row.version or row.status == "accepted":
                yield replace(row, version=standing.version)
            else:
                self.lost = Conflict("another outcome stands")

    def _submission_again(self, submissions: list[SubmissionRow], items: Mapping[str, Item]) -> Iterator[SubmissionRow]:
        for row in submissions:
            item = items.get(submission_key(row.out_id))
            standing = from_item(SubmissionRow, item) if item else None
            if standing == written(row):  # though the answer was lost
                continue
            if standing and (standing.version == row.version or row.due_at is None):
                yield replace(row, version=standing.version)
            else:
                self.lost = Conflict("another wrote the submission")


def _is_written(standing: MessageRow, row: MessageRow) -> bool:
    """Whether it was written, though the answer was lost, or by somebody else who had it from the provider too."""
    return standing.result == row.result or standing.status == row.status == "accepted"
