"""A document that the stack keeps in a row of a table: with its version, and who put it there and when."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli.errors import Told
from cli.masking import masked_principal

if TYPE_CHECKING:
    from cli.place import Place


@dataclass(frozen=True, slots=True)
class VersionedRow:
    """A version of it; version 0 is that none was ever put. `table` is an output of the stack."""

    table: str
    key: str
    version: int = 0
    text: str = "{}"
    put_by: str | None = None
    put_at: int = 0

    @property
    def facts(self) -> dict[str, Any]:
        """Which it is, for a script."""
        when = datetime.fromtimestamp(self.put_at, UTC).isoformat() if self.version else None
        return {"version": self.version, "put_by": masked_principal(self.put_by or "") or None, "put_at": when}

    @property
    def told(self) -> dict[str, Any]:
        """The same for a person: of who put it, all that stands behind the account."""
        return {**self.facts, "put_by": str(self.facts["put_by"]).split(":", 5)[-1]}


def read(place: Place, table: str, key: str) -> VersionedRow:
    """The version in force, as last put."""
    given = {"TableName": place.output(table), "Key": {"pk": {"S": key}}}
    item = place.client("dynamodb").get_item(**given, ConsistentRead=True).get("Item", {})
    found = {name: value for name, typed in item.items() for value in typed.values()}
    return VersionedRow(
        table,
        key,
        int(found.get("version", 0)),
        found.get("document", "{}"),
        found.get("put_by"),
        int(found.get("put_at", 0)),
    )


def put(place: Place, text: str, over: VersionedRow) -> VersionedRow:
    """Put a text in the place of a version, unless another is there by now."""
    who = place.client("sts").get_caller_identity()["Arn"]
    row = replace(over, version=over.version + 1, text=text, put_by=who, put_at=int(time.time()))
    client = place.client("dynamodb")
    try:
        client.put_item(TableName=place.output(over.table), Item=_item(row), **_condition(over))
    except client.exceptions.ConditionalCheckFailedException:
        raise Told(
            "somebody else put one meanwhile, and this was not put: look at theirs, and put yours again"
        ) from None
    return row


def _item(row: VersionedRow) -> dict[str, Any]:
    texts = {"pk": {"S": row.key}, "document": {"S": row.text}, "put_by": {"S": row.put_by}}
    return {**texts, "version": {"N": str(row.version)}, "put_at": {"N": str(row.put_at)}}


def _condition(over: VersionedRow) -> dict[str, Any]:
    if not over.version:
        return {"ConditionExpression": "attribute_not_exists(version)"}
    value = {":version": {"N": str(over.version)}}
    return {"ConditionExpression": "version = :version", "ExpressionAttributeValues": value}
