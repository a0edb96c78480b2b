"""Writes down what became of a claim's messages, in as few transactions as go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .message_row import MessageRow
from .rows import from_item, message_key, submission_key, to_put, written
from .submission_row import SubmissionRow
from .table import Conflict, TableUnavailable
from .write_claim import MOST_WRITES, grouped, in_the_way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .claim import Claim
    from .table import Item, Table


class ResultWriter:
    """Writes the rows of one claim with their results, of which the submission is written last."""

    def __init__(self, table: Table, decided: Claim, before: SubmissionRow) -> None:
        """`before` is the submission as it stood; where it is not changed it is not written."""
        self._table = table
        self._decided = decided
        self._changed = decided.submission != before
        self._lost: Conflict | TableUnavailable | None = None

    def write(self) -> None:
        """Write all that can be written; raises Conflict or TableUnavailable where something could not."""
        *before, last = grouped(self._decided.messages, self._table.most_puts - 1)
        for rows in before:
            self._write(rows, [])
        self._write(last, [self._decided.submission] if self._changed and not self._lost else [])
        if self._lost:
            raise self._lost

    def _write(self, rows: list[MessageRow], submission: list[SubmissionRow]) -> None:
        error: Conflict | TableUnavailable = Conflict("nothing left to write")
        for _ in range(MOST_WRITES):
            if not rows and not submission:
                return
            puts = [*map(to_put, rows), *map(to_put, submission)]
            try:
                self._table.put_all(puts)
            except (Conflict, TableUnavailable) as lost:
                error = lost
            else:
                return
            try:
                rows, submission = self._again(rows, submission, in_the_way(puts, error))
            except TableUnavailable as lost:
                error = lost
        self._lost = error

    def _again(
        self, rows: list[MessageRow], submission: list[SubmissionRow], asked: list[str]
    ) -> tuple[list[MessageRow], list[SubmissionRow]]:
        """The rows that are left to be written, on the versions that are stored now."""
        items = self._table.get_all(asked)
        again = [row for row in rows if message_key(row.message_id) in asked]
        left = [row for row in rows if message_key(row.message_id) not in asked]
        rows = [*left, *self._messages_again(again, items)]
        if self._lost:
            return rows, []
        named = [row for row in submission if submission_key(row.out_id) in asked]
        return rows, list(self._submission_again(named, items)) if named else submission

    def _messages_again(self, rows: list[MessageRow], items: dict[str, Item]) -> Iterator[MessageRow]:
        for row in rows:
            item = items.get(message_key(row.message_id))
            standing = from_item(MessageRow, item) if item else None
            if standing is None or standing.submission != row.submission:
                self._lost = Conflict("another claim stands")
            elif _is_written(standing, row):
                continue
            elif standing.version == row.version or row.status == "accepted":
                yield replace(row, version=standing.version)
            else:
                self._lost = Conflict("another outcome stands")

    def _submission_again(self, submission: list[SubmissionRow], items: dict[str, Item]) -> Iterator[SubmissionRow]:
        for row in submission:
            item = items.get(submission_key(row.out_id))
            standing = from_item(SubmissionRow, item) if item else None
            if standing == written(row):  # though the answer was lost
                continue
            if standing and (standing.version == row.version or row.due_at is None):
                yield replace(row, version=standing.version)
            else:
                self._lost = Conflict("another wrote the submission")


def _is_written(standing: MessageRow, row: MessageRow) -> bool:
    """Whether it was written, though the answer was lost, or by somebody else who had it from the provider too."""
    return standing.result == row.result or standing.status == row.status == "accepted"
