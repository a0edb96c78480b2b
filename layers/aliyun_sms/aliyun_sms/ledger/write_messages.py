"""Writes messages that no submission carries, in as few transactions as go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .message_row import MessageRow
from .rows import from_item, message_key, to_put
from .table import Conflict, TableUnavailable
from .write_claim import grouped
from .write_together import write_together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .table import Item, Put, Table
    from .write_claim import Replacement


class MessageWriter:
    """Writes rows of messages, each on the condition of its version, a part of them at a time."""

    def __init__(self, rows: Sequence[MessageRow], replacement: Replacement) -> None:
        """`replacement` gives the row to write over what stands under a key, or None where that must stay."""
        self._given = rows
        self._replacement = replacement
        self._rows: list[MessageRow] = []  # that are written next
        self._standing: list[MessageRow] = []

    def write(self, table: Table) -> list[MessageRow]:
        """Write all that nothing stands in the way of; gives the rows that stand, and stay.

        Raises TableUnavailable, and then some may have been written.
        """
        for rows in grouped(self._given, table.most_puts):
            self._rows = rows
            lost = write_together(table, [self])
            if isinstance(lost, Conflict):
                raise TableUnavailable("others write the same rows")
            if lost:
                raise lost
        return self._standing

    def puts(self) -> list[Put]:
        """As Part."""
        return list(map(to_put, self._rows))

    def gives_back(self) -> list[Mapping[str, Any]]:
        """As Part: none of them was reserved for nothing."""
        return []

    def wrote(self) -> None:
        """As Part."""
        self._rows = []

    def look_again(self, asked: Sequence[str], items: Mapping[str, Item]) -> None:
        """As Part: what may not replace the row that stands is left out."""
        self._rows = list(self._again(asked, items))

    def _again(self, asked: Sequence[str], items: Mapping[str, Item]) -> Iterator[MessageRow]:
        for row in self._rows:
            key = message_key(row.message_id)
            standing = from_item(MessageRow, items[key]) if key in items else None
            if key not in asked or (standing.version if standing else 0) == row.version:
                yield row
            elif taken := self._replacement(standing, row):
                yield taken
            elif standing:
                self._standing.append(standing)
