"""Queue door: sends one message for each record, one after another or over threads."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .sms import send

THREADS = int(os.environ.get("BENCHMARK_THREADS", "1"))


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer with the records that should come again."""
    records = event["Records"]
    if THREADS == 1:
        sent = list(map(_sent, records))
    else:
        with ThreadPoolExecutor(THREADS) as pool:
            sent = list(pool.map(_sent, records))
    failed = [record for record, was_sent in zip(records, sent, strict=True) if not was_sent]
    return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in failed]}


def _sent(record: dict[str, Any]) -> bool:
    try:
        return bool(send(json.loads(record["body"]))["code"] == "OK")
    except Exception:  # noqa: BLE001 - one bad record must not bring back all
        return False
