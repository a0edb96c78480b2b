"""The alerts that fire and have not recovered, and what was sent to whom: from the alert door's table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli.alerts.routes import TABLE, need_the_door
from cli.masking import scrubbed

if TYPE_CHECKING:
    from cli.place import Place

EPISODE, GROUP = "episode#", "group#"
SENT = ("contact", "kind", "at", "status", "code", "message_id")


def of(place: Place) -> list[dict[str, Any]]:
    """Each that is open, the earliest first."""
    need_the_door(place)
    rows = _rows(place)
    groups = {row["pk"]: row for row in rows if row["pk"].startswith(GROUP)}
    found = [_facts(row, groups) for row in rows if row["pk"].startswith(EPISODE) and _is_open(row)]
    return sorted(found, key=lambda facts: str(facts["since"]))


def _rows(place: Place) -> list[dict[str, Any]]:
    from boto3.dynamodb.types import TypeDeserializer  # noqa: PLC0415 - help needs none of it

    plain = TypeDeserializer().deserialize
    pages = place.client("dynamodb").get_paginator("scan").paginate(TableName=place.output(TABLE), ConsistentRead=True)
    return [plain({"M": item}) for page in pages for item in page["Items"]]


def _is_open(row: dict[str, Any]) -> bool:
    alert = row.get("alert") or {"lasts": False}
    return bool(alert["lasts"]) and row["fired_at"] > row["recovered_at"]


def _facts(row: dict[str, Any], groups: dict[str, dict[str, Any]]) -> dict[str, Any]:
    alert = row["alert"]
    began = alert["starts_at"] or alert["observed_at"]
    routes = {route: groups.get(key, {}) for route, key in sorted(row["told"].items())}
    return {
        "name": scrubbed(alert["name"]),
        "source": alert["source"],
        "since": datetime.fromisoformat(began).astimezone(UTC).isoformat(timespec="seconds"),
        "routes": [{"route": route, "sent": _sent(group)} for route, group in routes.items()],
    }


def _sent(group: dict[str, Any]) -> list[dict[str, Any]]:
    """The last messages of a group, and those that are still to be handed over."""
    waiting = [
        {"contact": contact, "kind": step["kind"], "at": step["at"], "status": "to be sent"}
        for step in group.get("messages", [])
        for contact, *_ in step.get("to", [[step.get("contact")]])  # of an earlier version a message stands by itself
    ]
    messages = [{name: each.get(name) for name in SENT} for each in [*group.get("sent", []), *waiting]]
    return [{**each, "at": _time(each["at"])} for each in messages]


def _time(seconds: Any) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
