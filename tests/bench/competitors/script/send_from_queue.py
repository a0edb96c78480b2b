"""Queue door: sends one message for each record."""

from __future__ import annotations

import json
from typing import Any

from .sms import send


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer with the records that should come again."""
    return {
        "batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in event["Records"] if not _sent(each)]
    }


def _sent(record: dict[str, Any]) -> bool:
    try:
        return bool(send(json.loads(record["body"]))["Code"] == "OK")
    except Exception:  # noqa: BLE001 - one bad record must not bring back all
        return False
