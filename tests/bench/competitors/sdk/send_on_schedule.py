"""Schedule door: sends the messages of a schedule."""

from __future__ import annotations

from typing import Any

from .sms import send


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Send what the input holds."""
    return {"results": [send(message) for message in event["messages"]]}
