"""Request door: sends the message of an HTTP request."""

from __future__ import annotations

import json
from typing import Any

from .sms import send


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an HTTP API event, payload format 2.0."""
    answer = send(json.loads(event["body"]))
    headers = {"Content-Type": "application/json"}
    return {"statusCode": 200 if answer["Code"] == "OK" else 502, "headers": headers, "body": json.dumps(answer)}
