"""What the topic brings: alarms of CloudWatch, notifications by our templates, and texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from alert import Alert
from aliyun_sms.observability import logger

from . import cloudwatch, prometheus
from .cut_off import from_cut_off, is_of_template
from .texts import cut, moment, texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LONGEST_NAME = 100  # as of a subject, where a text has none


def from_topic(notification: Mapping[str, Any]) -> list[Alert]:
    """The alerts of what SNS hands to a function as `Sns`. Whatever cannot be read otherwise is one, as a text."""
    text = notification["Message"]
    try:
        message = json.loads(text)
        if not isinstance(message, dict):
            return [_text(notification)]
        if "AlarmName" in message and "NewStateValue" in message:
            return cloudwatch.from_topic(message, notification["TopicArn"])
        if message.get("format") == prometheus.FORMAT:
            return prometheus.from_template(message, _published_at(notification))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        if is_of_template(text) and isinstance(error, json.JSONDecodeError):
            return [from_cut_off(text, _topic(notification), _published_at(notification))]
        logger.warning("taken for a text", extra={"error": type(error).__name__})
    return [_text(notification)]


def over_with(notification: Mapping[str, Any]) -> list[Alert]:
    """What is over as well when a notification says that all of its group is: what was cut off of it before."""
    text = notification["Message"]
    found = from_cut_off(text, _topic(notification), _published_at(notification)) if is_of_template(text) else None
    return [found] if found and not found.fires else []


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
        labels={"topic": _topic(notification)},
        annotations=texts({"summary": text}),
        lasts=False,
    )


def _topic(notification: Mapping[str, Any]) -> str:
    return str(notification["TopicArn"]).rpartition(":")[2]


def _published_at(notification: Mapping[str, Any]) -> datetime:
    return moment(notification["Timestamp"])
