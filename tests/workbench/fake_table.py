"""The ledger's table in memory, with the same promises as DynamoDB's: tests/contract holds both to them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from aliyun_sms.ledger.table import Conflict, Item, Put

if TYPE_CHECKING:
    from collections.abc import Sequence


class FakeTable:
    """Rows by their key."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}

    most_puts = 100

    def get_all(self, keys: Sequence[str]) -> dict[str, Item]:
        return {key: copy.deepcopy(self.items[key]) for key in keys if key in self.items}

    def put_all(self, puts: Sequence[Put]) -> None:
        keys = [put.item["pk"] for put in puts]
        assert len(set(keys)) == len(keys) <= self.most_puts
        standing = [self.items.get(key, {}).get("version", 0) for key in keys]
        if places := [place for place, put in enumerate(puts) if standing[place] != put.version]:
            raise Conflict("TransactionCanceledException", places)
        for put in puts:
            self.items[put.item["pk"]] = copy.deepcopy(put.item)

    def due(self, shard: str, until: int, most: int) -> dict[str, int]:
        rows = [item for item in self.items.values() if item.get("due_shard") == shard and item["due_at"] <= until]
        earliest = sorted(rows, key=lambda item: int(item["due_at"]))[:most]
        return {item["pk"]: item["due_at"] for item in earliest}
