"""The item of what was sent today, and of the stop, in a table of moto's."""

from __future__ import annotations

from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from tests.unit.cli.dead_letter_queues import TABLE

PAULA = "arn:aws:iam::000000000000:user/paula"
STOPPED = {"why": "on the phone with Alibaba", "by": PAULA, "at": 1_796_000_000}
SINCE = "2026-11-30T00:53:20+00:00"


def item() -> dict[str, Any]:
    """As every door reads it; nothing where there is none."""
    found = boto3.client("dynamodb").get_item(TableName=TABLE, Key={"pk": {"S": "usage"}}).get("Item", {})
    return dict(TypeDeserializer().deserialize({"M": found}))


def put_item(**members: Any) -> None:
    """Let it be this."""
    item = TypeSerializer().serialize({"pk": "usage", **members})["M"]
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=item)
