"""The ledger's table in memory, with the same promises as DynamoDB's: tests/contract holds both to them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from aliyun_sms.table import Conflict, Item, Put

if TYPE_CHECKING:
    from collections.abc import Sequence


class FakeTable:
    """Rows by their key."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}

    def get(self, key: str) -> Item | None:
        return copy.deepcopy(self.items.get(key))

    def put_all(self, puts: Sequence[Put]) -> None:
        for put in puts:
            if self.items.get(put.item["pk"], {}).get("version", 0) != put.version:
                raise Conflict("ConditionalCheckFailedException")
        for put in puts:
            self.items[put.item["pk"]] = copy.deepcopy(put.item)

    def due(self, shard: str, until: int, most: int) -> list[str]:
        rows = [item for item in self.items.values() if item.get("due_shard") == shard and item["due_at"] <= until]
        return [item["pk"] for item in sorted(rows, key=lambda item: int(item["due_at"]))][:most]
