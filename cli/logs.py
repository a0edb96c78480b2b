"""What the stack's functions logged about a message. Their lines hold no whole number and no value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.place import Place

LINES = {"outcome", "settled"}
SHOWN = ("timestamp", "message", "door", "status", "code", "description", "request_id", "biz_id", "milliseconds")


def outcomes(place: Place, message_id: str, since: int) -> list[dict[str, Any]]:
    """Its outcome lines since a time in seconds since 1970, the earliest first."""
    groups = place.resources.get("AWS::Logs::LogGroup", {}).values()
    lines = [line for group in groups for line in _lines(place, group, message_id, since)]
    return sorted(lines, key=lambda line: str(line.get("timestamp")))


def _lines(place: Place, group: str, message_id: str, since: int) -> Iterator[dict[str, Any]]:
    asked = {"logGroupName": group, "startTime": since * 1000, "filterPattern": json.dumps(message_id)}
    for page in place.client("logs").get_paginator("filter_log_events").paginate(**asked):
        for event in page["events"]:
            line = _read(event["message"])
            if line.get("message") in LINES and message_id in (line.get("message_id"), *line.get("message_ids", [])):
                yield {name: line[name] for name in SHOWN if line.get(name) is not None}


def _read(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}
