"""Rows as the table keeps them: under which keys, each as the next version of itself."""

from __future__ import annotations

from dataclasses import fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

from .message_row import MessageRow
from .submission_row import SubmissionRow
from .table import Put

if TYPE_CHECKING:
    from .table import Item

SHARDS = 8  # of the index of what is due: at 1,000 writes a second each, 8,000 unknown outcomes a second

_Row = TypeVar("_Row", MessageRow, SubmissionRow)


def message_key(message_id: str) -> str:
    """The table's key of a message."""
    return f"message#{message_id}"


def submission_key(out_id: str) -> str:
    """The table's key of a submission."""
    return f"submission#{out_id}"


def shard(number: int) -> str:
    """The name of one shard of the index of what is due."""
    return f"due#{number}"


def to_put(row: MessageRow | SubmissionRow) -> Put:
    """A conditional write that replaces this row by its next version, refused if another wrote it since."""
    name = row.message_id if isinstance(row, MessageRow) else row.out_id
    key = message_key(name) if isinstance(row, MessageRow) else submission_key(name)
    item: Item = {field.name: getattr(row, field.name) for field in fields(row)}
    item |= {"pk": key, "version": row.version + 1}
    if row.due_at is not None:
        item["due_shard"] = shard(sha256(name.encode()).digest()[0] % SHARDS)
    return Put({name: value for name, value in item.items() if value is not None}, row.version)


def from_item(kind: type[_Row], item: Item) -> _Row:
    """The row in an item of the table; what a later version of the software added is passed over."""
    names = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in item.items() if name in names})


def written(row: _Row) -> _Row:
    """The row as it stands in the table after it was put."""
    return replace(row, version=row.version + 1)
