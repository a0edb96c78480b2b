"""What the ledger holds of a message, as it may be shown: no key, no template value, no whole number."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cli.masking import masked
from cli.results import shown

if TYPE_CHECKING:
    from cli.place import Place

FROM_ROW = ("message_id", "status", "door", "scope", "reference", "submission")
FROM_RESULT = ("code", "description", "category", "advice", "request_id", "biz_id", "recipients")
TIMES = {  # as they are told, by their names in the row
    "created": "created_at",
    "updated": "updated_at",
    "expires": "expires_at",
    "waits_until": "due_at",
    "handed_to_a_person": "held_at",
    "kept_until": "ttl",
}


def message_id(scope: str, key: str) -> str:
    """The id of the message that has this key, of a caller's or, with its name, of a door's."""
    return sha256(f"{len(scope)}:{scope}{key}".encode(errors="surrogatepass")).hexdigest()[:32]


def read(place: Place, message_id: str) -> dict[str, Any] | None:
    """The row of a message; none where the ledger has none."""
    return row(place, f"message#{message_id}")


def submission(place: Place, out_id: str) -> dict[str, Any] | None:
    """The row of a submission; none where the ledger has none."""
    return row(place, f"submission#{out_id}")


def row(place: Place, name: str) -> dict[str, Any] | None:
    """What the ledger's table holds under a name, as it is now."""
    table, key = place.output("MessagesTable"), {"pk": {"S": name}}
    item = place.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return plain(item) if item else None


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """An item without DynamoDB's types."""
    from boto3.dynamodb.types import TypeDeserializer  # noqa: PLC0415 - help needs none of it

    return dict(TypeDeserializer().deserialize({"M": item}))


def facts(row: dict[str, Any]) -> dict[str, Any]:
    """What is shown of it."""
    result = row.get("result") or {}
    told = {name: row.get(name) for name in FROM_ROW} | {name: result.get(name) for name in FROM_RESULT}
    numbers = [masked(number) for number in (row.get("document") or {}).get("phone_numbers", [])]
    recipients = told["recipients"]
    return {
        **shown(told),
        "recipients": None if recipients is None else int(recipients),
        "phone_numbers": numbers or None,
        **{name: _time(row.get(field)) for name, field in TIMES.items()},
    }


def _time(seconds: Any) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC).isoformat()
