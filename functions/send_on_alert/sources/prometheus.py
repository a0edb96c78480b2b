"""Alertmanager's and Grafana's notifications, in the JSON that our templates make of them.

Neither can write JSON safely in a template: each text in it goes through `urlquery`, and is decoded here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from alert import Alert

from .texts import cut, moment, short, texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FORMAT = "aliyun-sms/1"  # by which a template says that this is what it wrote
STATES = {"firing", "resolved"}


def from_template(notification: Mapping[str, Any], at: datetime) -> list[Alert]:
    """The alerts of one notification, which are a group of its source's. Raises ValueError where it cannot be read."""
    source, group = str(notification["source"]), notification.get("group")
    return [_alert(each, source, None if group is None else str(group), at) for each in notification["alerts"]]


def _alert(alert: Mapping[str, Any], source: str, group: str | None, at: datetime) -> Alert:
    if alert["status"] not in STATES:
        raise ValueError("a status is neither firing nor resolved")
    labels = _decoded(alert["labels"])
    return Alert(
        source=cut(source),
        name=cut(labels.get("alertname", source)),
        state=alert["status"],
        observed_at=at,
        identity=short(f"{source}\n{json.dumps(labels, sort_keys=True)}"),
        labels=texts(labels),
        annotations=texts(_decoded(alert.get("annotations") or {})),
        starts_at=moment(alert["startsAt"]) if alert.get("startsAt") else None,
        group=group and cut(group),
    )


def _decoded(values: Mapping[str, Any]) -> dict[str, str]:
    return {unquote_plus(name): unquote_plus(str(value)) for name, value in values.items()}
