"""The ledger's table in memory, with the same promises as DynamoDB's: tests/contract holds both to them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

from aliyun_sms.ledger.table import Conflict, Count, Item, Put, TableUnavailable
from aliyun_sms.ledger.usage import USAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


LARGEST_ITEM = 400 * 1024  # bytes. Source: docs.aws.amazon.com, Amazon DynamoDB, Quotas in Amazon DynamoDB


class FakeTable:
    """Rows by their key."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}

    most_puts = 100
    largest = LARGEST_ITEM

    @property
    def rows(self) -> dict[str, Item]:
        """Those of messages and submissions."""
        return {key: item for key, item in self.items.items() if key != USAGE}

    def get_all(self, keys: Sequence[str]) -> dict[str, Item]:
        return {key: copy.deepcopy(self.items[key]) for key in keys if key in self.items}

    def put_all(self, puts: Sequence[Put], count: Count | None = None) -> None:
        keys = [put.item["pk"] for put in puts]
        assert len({*keys, *([count.key] if count else [])}) == len(keys) + bool(count)
        assert len(keys) <= self.most_puts
        if any(size_of(put.item) > self.largest for put in puts):
            raise TableUnavailable("ValidationException")
        standing = [self.items.get(key, {}).get("version", 0) for key in keys]
        places = [place for place, put in enumerate(puts) if standing[place] != put.version]
        if count and not self._holds(count):
            places.append(len(puts))
        if places:
            raise Conflict("TransactionCanceledException", places)
        for put in puts:
            self.items[put.item["pk"]] = copy.deepcopy(put.item)
        if count:
            self._add(count)

    def count(self, count: Count) -> None:
        if not self._holds(count):
            raise Conflict("ConditionalCheckFailedException")
        self._add(count)

    def _holds(self, count: Count) -> bool:
        item = self.items.get(count.key, {})
        return (
            all(name in item and item[name] == value for name, value in count.where.items())
            and all(name in item and item[name] <= most for name, most in count.at_most.items())
            and not any(name in item for name in count.absent)
        )

    def _add(self, count: Count) -> None:
        item = self.items.setdefault(count.key, {"pk": count.key})
        for name, number in count.add.items():
            item[name] = item.get(name, 0) + number

    def forget(self, until: float) -> None:
        """As the table's time to live does, some time later."""
        for key in [key for key, item in self.items.items() if item.get("ttl", until) < until]:
            del self.items[key]

    def due(self, shard: str, until: int, most: int, after: tuple[str, int] | None = None) -> dict[str, int]:
        return earliest(self.items.values(), shard, until, most, after)


def size_of(item: Item) -> int:
    """About what DynamoDB counts: the bytes of names and values, and a few for each list and map."""
    return len(json.dumps(item, ensure_ascii=False, default=str).encode(errors="surrogatepass"))


def earliest(items: Iterable[Item], shard: str, until: int, most: int, after: tuple[str, int] | None) -> dict[str, int]:
    """What an index of these rows answers."""
    rows = [item for item in items if item.get("due_shard") == shard and item["due_at"] <= until]
    keys = sorted((int(item["due_at"]), str(item["pk"])) for item in rows)
    left = [each for each in keys if after is None or each > (after[1], after[0])]
    return {key: at for at, key in left[:most]}
