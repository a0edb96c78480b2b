"""What the topic brings: alarms of CloudWatch, notifications by our templates, and texts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alert import Alert
from aliyun_sms.observability import logger

from . import cloudwatch, prometheus
from .texts import cut, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_NAME = 100  # as of a subject, where a text has none


def from_topic(notification: Mapping[str, Any]) -> list[Alert]:
    """The alerts of what SNS hands to a function as `Sns`. Whatever cannot be read otherwise is one, as a text."""
    try:
        message = json.loads(notification["Message"])
        if not isinstance(message, dict):
            return [_text(notification)]
        if "AlarmName" in message and "NewStateValue" in message:
            return cloudwatch.from_topic(message, notification["TopicArn"])
        if message.get("format") == prometheus.FORMAT:
            return prometheus.from_template(message, _published_at(notification))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        logger.warning("taken for a text", extra={"error": type(error).__name__})
    return [_text(notification)]


def _text(notification: Mapping[str, Any]) -> Alert:
    """Its subject is its name. It is told once, and never recovers."""
    text = notification["Message"]
    first = next((line.strip() for line in text.splitlines() if line.strip()), "SNS")
    return Alert(
        source="sns",
        name=cut(notification.get("Subject") or first, LONGEST_NAME),
        state="firing",
        observed_at=_published_at(notification),
        identity=f"sns\n{notification['MessageId']}",
        labels={"topic": notification["TopicArn"].rpartition(":")[2]},
        annotations=texts({"summary": text}),
        lasts=False,
    )


def _published_at(notification: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(notification["Timestamp"]).astimezone(UTC)
