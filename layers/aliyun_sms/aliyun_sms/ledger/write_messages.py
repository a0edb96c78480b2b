"""Writes messages that no submission carries, in as few transactions as go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .message_row import MessageRow
from .rows import from_item, to_put
from .table import Conflict, TableUnavailable
from .write_claim import MOST_WRITES, grouped, in_the_way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .table import Table
    from .write_claim import Replacement


class MessageWriter:
    """Writes rows of messages, each on the condition of its version."""

    def __init__(self, table: Table, replacement: Replacement) -> None:
        """`replacement` gives the row to write over what stands under a key, or None where that must stay."""
        self._table = table
        self._replacement = replacement

    def write(self, rows: Sequence[MessageRow]) -> list[MessageRow]:
        """Write all that nothing stands in the way of; gives the rows that stand, and stay.

        Raises TableUnavailable, and then some may have been written.
        """
        return [row for group in grouped(rows, self._table.most_puts) for row in self._write(group)]

    def _write(self, rows: Sequence[MessageRow]) -> list[MessageRow]:
        standing: list[MessageRow] = []
        for _ in range(MOST_WRITES):
            if not rows:
                return standing
            puts = list(map(to_put, rows))
            try:
                self._table.put_all(puts)
            except Conflict as conflict:
                rows, stay = self._again(rows, in_the_way(puts, conflict))
                standing += stay
            else:
                return standing
        if rows:
            raise TableUnavailable("others write the same rows")
        return standing

    def _again(self, rows: Sequence[MessageRow], asked: list[str]) -> tuple[list[MessageRow], list[MessageRow]]:
        """The rows that are left to be written, on the versions that stand now, and those that stay."""
        items = self._table.get_all(asked)
        left: list[MessageRow] = []
        stay: list[MessageRow] = []
        for row in rows:
            key = to_put(row).item["pk"]
            standing = from_item(MessageRow, items[key]) if key in items else None
            taken = row if key not in asked else self._replacement(standing, row)
            if taken:
                left.append(taken)
            elif standing:
                stay.append(standing)
        return left, stay
