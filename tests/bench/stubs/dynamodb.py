"""DynamoDB's tables in memory: the operations that ledgers use, with their conditions, limits and errors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.bench.stubs.expressions import holds, plain

if TYPE_CHECKING:
    from tests.bench.stubs.expressions import Item

MOST_IN_TRANSACTION = 100
HASH_KEYS = {"idempotency": "id"}  # of Powertools' table; of every other it is pk
_ASSIGNMENTS = {
    action: re.compile(rf"\s*([#A-Za-z_0-9]+)\s*{sign}\s*(:[A-Za-z_0-9]+)\s*")
    for action, sign in (("SET", "="), ("ADD", " "))
}
_Key = tuple[str, str]  # the table's name and the value of the hash key


class Refused(Exception):
    """An error as DynamoDB answers it, with the code of the reason for each item of a transaction."""

    def __init__(self, kind: str, reasons: list[str] | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.reasons = reasons

    def document(self) -> dict[str, Any]:
        reasons = {"CancellationReasons": [{"Code": code} for code in self.reasons]} if self.reasons else {}
        return {"__type": f"com.amazonaws.dynamodb.v20120810#{self.kind}", "message": self.kind, **reasons}


class Tables:
    """All tables; one that is not there is empty. Items are kept as JSON: as objects, 200,000 would take a gigabyte."""

    def __init__(self) -> None:
        self.items: dict[_Key, bytes] = {}
        self._operations = {
            "GetItem": self._get,
            "BatchGetItem": self._get_batch,
            "PutItem": lambda request: self._write([("Put", request)]),
            "UpdateItem": lambda request: self._write([("Update", request)]),
            "DeleteItem": lambda request: self._write([("Delete", request)]),
            "TransactWriteItems": self._transact,
            "Query": self._query,
        }

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """What the operation answers; raises Refused."""
        return self._operations[operation](request)

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        item = self._item(request)
        return {"Item": item} if item is not None else {}

    def _get_batch(self, request: dict[str, Any]) -> dict[str, Any]:
        answers = {
            table: [self._get({"TableName": table, "Key": key}) for key in asked["Keys"]]
            for table, asked in request["RequestItems"].items()
        }
        found = {table: [each["Item"] for each in answers[table] if each] for table in answers}
        return {"Responses": found, "UnprocessedKeys": {}}

    def _write(self, writes: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        """One write, on its condition."""
        ((_, request),) = writes
        if not self._meets(request):
            raise Refused("ConditionalCheckFailedException")
        self._apply(*writes[0])
        return {}

    def _transact(self, request: dict[str, Any]) -> dict[str, Any]:
        """All writes or none; no row twice."""
        writes = [next(iter(each.items())) for each in request["TransactItems"]]
        if len(writes) > MOST_IN_TRANSACTION or len({_key(write) for _, write in writes}) < len(writes):
            raise Refused("ValidationException")
        reasons = ["None" if self._meets(write) else "ConditionalCheckFailed" for _, write in writes]
        if set(reasons) != {"None"}:
            raise Refused("TransactionCanceledException", reasons)
        for kind, write in writes:
            self._apply(kind, write)
        return {}

    def _meets(self, request: dict[str, Any]) -> bool:
        return holds(request, "ConditionExpression", self._item(request))

    def _item(self, request: dict[str, Any]) -> Item | None:
        kept = self.items.get(_key(request))
        item: Item | None = json.loads(kept) if kept else None
        return item

    def _apply(self, kind: str, request: dict[str, Any]) -> None:
        key = _key(request)
        if kind == "Put":
            self.items[key] = json.dumps(request["Item"]).encode()
        elif kind == "Update":
            item = self._item(request) or request["Key"]
            self.items[key] = json.dumps({**item, **_assigned(request, item)}).encode()
        elif kind == "Delete":
            self.items.pop(key, None)

    def _query(self, request: dict[str, Any]) -> dict[str, Any]:
        """A query of an index whose range key is due_at; the keys alone, the index's and the table's."""
        found = [
            (plain(item["due_at"]), {name: item[name] for name in ("pk", "due_shard", "due_at")})
            for (table, _), item in ((key, json.loads(kept)) for key, kept in self.items.items())
            if table == request["TableName"] and "due_at" in item and holds(request, "KeyConditionExpression", item)
        ]
        found = sorted(found, key=_place)
        if start := request.get("ExclusiveStartKey"):
            found = [each for each in found if _place(each) > (plain(start["due_at"]), start["pk"]["S"])]
        items = [item for _, item in found[: request.get("Limit")]]
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}


def _place(found: tuple[Any, Item]) -> tuple[Any, str]:
    due_at, item = found
    return due_at, item["pk"]["S"]


def _key(request: dict[str, Any]) -> _Key:
    table = request["TableName"]
    name = HASH_KEYS.get(table, "pk")
    key = request.get("Key") or request["Item"]
    return table, key[name]["S"]


def _assigned(request: dict[str, Any], item: Item) -> Item:
    """What an UpdateExpression makes of an item: SET with plain values, or ADD with numbers, no more."""
    action, _, assignments = request["UpdateExpression"].strip().partition(" ")
    if action not in _ASSIGNMENTS:
        raise Refused("ValidationException")
    pairs = [_ASSIGNMENTS[action].fullmatch(each) for each in assignments.split(",")]
    if not all(pairs):
        raise Refused("ValidationException")
    names, values = request.get("ExpressionAttributeNames", {}), request["ExpressionAttributeValues"]
    given = {names.get(pair[1], pair[1]): values[pair[2]] for pair in pairs if pair}
    return given if action == "SET" else {name: _sum(item.get(name), value) for name, value in given.items()}


def _sum(one: dict[str, Any] | None, other: dict[str, Any]) -> dict[str, Any]:
    return {"N": str(plain(one or {"N": "0"}) + plain(other))}
