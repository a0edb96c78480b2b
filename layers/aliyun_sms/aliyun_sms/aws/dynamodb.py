"""The ledger's table in DynamoDB."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from aliyun_sms.ledger.table import Conflict, Count, Item, Put, TableUnavailable, TooMuch

from .clients import error_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aliyun_sms.errors import SmsError

MOST_KEYS = 100  # in one BatchGetItem
PAUSES = (0.1, 0.4)  # seconds until a transaction that was too much, or met another, is tried again
MOST_READS = 3  # of a row, which BatchGetItem may leave unread

DUE_INDEX = "due"  # sparse: only rows that are due for something have its two attributes


def _pause_about(seconds: float) -> None:
    """Sleep for half as long to half as long again: those that met do not meet again."""
    time.sleep(seconds * random.uniform(0.5, 1.5))  # noqa: S311 - nothing depends on its being hard to guess


class DynamoTable:
    """The table in DynamoDB: its hash key is `pk`; the index `due` has `due_shard` and `due_at`."""

    most_puts = 99  # in one transaction, which has room for a count besides

    def __init__(self, name: str, dynamodb: Callable[[], Any], pause: Callable[[float], None] = _pause_about) -> None:
        """`dynamodb` gives the client; `pause` waits for about so many seconds."""
        self._name = name
        self._dynamodb = dynamodb
        self._pause = pause

    def get_all(self, keys: Sequence[str]) -> dict[str, Item]:
        """The rows as last written, by consistent reads of up to 100."""
        left = list(dict.fromkeys(keys))
        items: dict[str, Item] = {}
        for _ in range(MOST_READS * len(left)):
            if not left:
                break
            asked, left = left[:MOST_KEYS], left[MOST_KEYS:]
            found, unread = self._read(asked)
            items |= found
            left += unread
        if left:
            raise TableUnavailable("UnprocessedKeys")
        return items

    def _read(self, keys: Sequence[str]) -> tuple[dict[str, Item], list[str]]:
        """Rows by key, and the keys that there was no room for in the answer."""
        if len(keys) == 1:
            item = self._ask("get_item", Key={"pk": {"S": keys[0]}}, ConsistentRead=True).get("Item")
            return ({keys[0]: _plain(item)} if item else {}), []
        asked = {self._name: {"Keys": [{"pk": {"S": key}} for key in keys], "ConsistentRead": True}}
        answer = self._ask("batch_get_item", RequestItems=asked)
        unread = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
        items = map(_plain, answer["Responses"].get(self._name, []))
        return {item["pk"]: item for item in items}, [key["pk"]["S"] for key in unread]

    def put_all(self, puts: Sequence[Put], count: Count | None = None) -> None:
        """One PutItem, or a transaction of up to 100, which botocore repeats under one token."""
        if len(puts) == 1 and not count:
            self._ask("put_item", **_put(puts[0]))
            return
        items = [{"Put": {"TableName": self._name, **_put(put)}} for put in puts]
        counts = [{"Update": {"TableName": self._name, **_update(count)}}] if count else []
        self._transact([*items, *counts])

    def count(self, count: Count) -> None:
        """One UpdateItem."""
        self._ask("update_item", **_update(count))

    def _transact(self, items: Sequence[Any]) -> None:
        for pause in PAUSES:
            try:
                self._ask("transact_write_items", TransactItems=items)
            except (TooMuch, _Met):
                self._pause(pause)
            else:
                return
        self._ask("transact_write_items", TransactItems=items)

    def due(self, shard: str, until: int, most: int, after: tuple[str, int] | None = None) -> dict[str, int]:
        """A query of one shard of the index."""
        begins = {}
        if after:
            key, due_at = map(_attribute, after)
            begins["ExclusiveStartKey"] = {"pk": key, "due_at": due_at, "due_shard": {"S": shard}}
        answer = self._ask(
            "query",
            IndexName=DUE_INDEX,
            KeyConditionExpression="due_shard = :shard AND due_at <= :until",
            ExpressionAttributeValues={":shard": {"S": shard}, ":until": {"N": str(until)}},
            Limit=most,
            **begins,
        )
        return {item["pk"]["S"]: int(item["due_at"]["N"]) for item in answer["Items"]}

    def _ask(self, operation: str, **arguments: Any) -> Any:
        answered, not_answered = error_kinds()

        if operation not in {"transact_write_items", "batch_get_item"}:
            arguments["TableName"] = self._name
        try:
            return getattr(self._dynamodb(), operation)(**arguments)
        except answered as error:
            raise _refused(error.response) from None
        except not_answered as error:
            raise TableUnavailable(type(error).__name__) from None


class _Met(Conflict):
    """Another write of one of the rows was under way at that moment."""


_TOO_MUCH = {"ThrottlingError", "ProvisionedThroughputExceeded"}  # which boto3 does not see in a transaction
_CONFLICTS = {"ConditionalCheckFailedException", "TransactionConflictException"}


def _refused(response: Any) -> SmsError:
    """A conflict where a condition failed or two transactions met: either way nothing of this one was done."""
    code = response.get("Error", {}).get("Code", "")
    reasons = [reason.get("Code") for reason in response.get("CancellationReasons", [])]
    if places := [place for place, reason in enumerate(reasons) if reason == "ConditionalCheckFailed"]:
        return Conflict(code, places)
    if code in _CONFLICTS:
        return Conflict(code)
    if "TransactionConflict" in reasons:
        return _Met(code)
    return TooMuch(code) if _TOO_MUCH & set(reasons) else TableUnavailable(code)


def _put(put: Put) -> dict[str, Any]:
    item = {name: _attribute(value) for name, value in put.item.items() if value is not None}
    if put.version == 0:
        return {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "Item": item,
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(put.version)}},
    }


def _update(count: Count) -> dict[str, Any]:
    names = dict.fromkeys([*count.add, *count.where, *count.at_most, *count.absent])
    name = {each: f"#name{place}" for place, each in enumerate(names)}
    added = {f":add{place}": each for place, each in enumerate(count.add.values())}
    given = {f":where{place}": each for place, each in enumerate(count.where.values())}
    most = {f":most{place}": each for place, each in enumerate(count.at_most.values())}
    conditions = [
        *(f"{name[each]} = {value}" for each, value in zip(count.where, given, strict=True)),
        *(f"{name[each]} <= {value}" for each, value in zip(count.at_most, most, strict=True)),
        *(f"attribute_not_exists({name[each]})" for each in count.absent),
    ]
    return {
        "Key": {"pk": {"S": count.key}},
        "UpdateExpression": "ADD " + ", ".join(f"{name[each]} {n}" for each, n in zip(count.add, added, strict=True)),
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": {placeholder: each for each, placeholder in name.items()},
        "ExpressionAttributeValues": {key: _attribute(value) for key, value in (added | given | most).items()},
    }


def _attribute(value: Any) -> dict[str, Any]:
    """A value of JSON with whole numbers as DynamoDB writes it. Boto3's way, by decimals, takes four times as long.

    Source: docs.aws.amazon.com, Amazon DynamoDB API Reference, AttributeValue.
    """
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case dict():
            return {"M": {name: _attribute(each) for name, each in value.items()}}
        case list():
            return {"L": [_attribute(each) for each in value]}
    raise TypeError(f"{type(value).__name__} cannot go into the table")


def _plain(item: Any) -> Item:
    return {name: _value(attribute) for name, attribute in item.items()}


def _value(attribute: Any) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return int(value)
        case "NULL":
            return None
        case "M":
            return _plain(value)
        case "L":
            return [_value(each) for each in value]
    return value
