"""What rules of EventBridge bring: alarms of CloudWatch, and other events, each of which is one alert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alert import Alert

from . import cloudwatch
from .texts import moment, short, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

ALARM = "CloudWatch Alarm State Change"


def from_rule(event: Mapping[str, Any]) -> list[Alert]:
    """The alerts of an event."""
    if event["detail-type"] == ALARM and event["source"] == "aws.cloudwatch" and "state" in event["detail"]:
        return cloudwatch.from_event(event)
    return [_happened(event)]


def _happened(event: Mapping[str, Any]) -> Alert:
    """What it says by itself, as labels for the matchers of a route; it is told once, and never recovers."""
    detail = event["detail"] if isinstance(event["detail"], dict) else {}
    about = {name: event.get(name) for name in ("account", "region")}
    return Alert(
        source=event["source"],
        name=event["detail-type"],
        state="firing",
        observed_at=moment(event["time"]),
        identity=short(f"{event['source']}\n{event['id']}"),
        labels=texts({**detail, **about}),
        annotations=texts({"summary": event["detail-type"], **detail}),
        lasts=False,
    )
