"""The policy as the stack keeps it: one row of the ledger's table, with its version, and who put it there and when."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli import ledger
from cli.errors import Told
from cli.masking import masked_principal

if TYPE_CHECKING:
    from cli.place import Place

KEY = "policy"


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A version of the policy; version 0 is that none was ever put."""

    version: int = 0
    text: str = "{}"
    put_by: str | None = None
    put_at: int = 0

    @property
    def facts(self) -> dict[str, Any]:
        """Which it is, for a script."""
        when = datetime.fromtimestamp(self.put_at, UTC).isoformat() if self.version else None
        return {"version": self.version, "put_by": masked_principal(self.put_by or ""), "put_at": when}


def read(place: Place) -> PolicyRow:
    """The version in force, as last put."""
    row = ledger.row(place, KEY) or {}
    return PolicyRow(
        int(row.get("version", 0)), row.get("document", "{}"), row.get("put_by"), int(row.get("put_at", 0))
    )


def put(place: Place, text: str, over: PolicyRow) -> PolicyRow:
    """Put a text in the place of a version, unless another is there by now."""
    who = place.client("sts").get_caller_identity()["Arn"]
    row = replace(over, version=over.version + 1, text=text, put_by=who, put_at=int(time.time()))
    client = place.client("dynamodb")
    try:
        client.put_item(TableName=place.output("MessagesTable"), Item=_item(row), **_condition(over))
    except client.exceptions.ConditionalCheckFailedException:
        raise Told(
            "somebody else put a policy meanwhile, and this one was not put: look at theirs, and put yours again"
        ) from None
    return row


def _item(row: PolicyRow) -> dict[str, Any]:
    texts = {"document": {"S": row.text}, "put_by": {"S": row.put_by}}
    return {"pk": {"S": KEY}, **texts, "version": {"N": str(row.version)}, "put_at": {"N": str(row.put_at)}}


def _condition(over: PolicyRow) -> dict[str, Any]:
    if not over.version:
        return {"ConditionExpression": "attribute_not_exists(version)"}
    value = {":version": {"N": str(over.version)}}
    return {"ConditionExpression": "version = :version", "ExpressionAttributeValues": value}
