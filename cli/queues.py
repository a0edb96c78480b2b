"""How much is in a queue."""

from __future__ import annotations

from typing import Any

NUMBERS = tuple(f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed"))


def length(sqs: Any, url: str) -> int:
    """About how many messages a queue holds, those that somebody reads at the moment too."""
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(NUMBERS))["Attributes"]
    return sum(int(attributes[name]) for name in NUMBERS)
