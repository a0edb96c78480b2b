"""A routes document without faults, and alerts for it."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from alert import Alert

NOW = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)  # a Tuesday, noon in China
LI_SI, WANG_WU, ZHAO_LIU = "13800138000", "13900139000", "+85261234567"
DOCUMENT: dict[str, Any] = {
    "contacts": [
        {"name": "li.si", "phone_number": LI_SI},
        {"name": "wang.wu", "phone_number": WANG_WU},
        {"name": "zhao.liu", "phone_number": ZHAO_LIU},
    ],
    "rotations": [{"name": "on-call", "turns": ["li.si", "wang.wu"], "starts": "2026-11-30T09:00"}],
    "templates": {"SMS_1": {"variables": {"name": {"max_length": 20}, "state": {"max_length": 10}}}},
    "sign_name": "运维",
    "template_code": "SMS_1",
    "variables": {"name": "{name}", "state": "{state}"},
    "routes": [
        {"name": "database", "matchers": ['severity="critical"', 'service=~"db|cache"'], "rotations": ["on-call"]},
        {"name": "web", "matchers": ['service="web"'], "contacts": ["wang.wu"]},
    ],
    "default": {"contacts": ["zhao.liu"]},
}
EVERYTHING: dict[str, Any] = {
    **DOCUMENT,
    "rotations": [
        {
            **DOCUMENT["rotations"][0],
            "time_zone": "Europe/Berlin",
            "overrides": [{"date": "2026-12-24", "until": "2026-12-26", "contact": "zhao.liu"}],
        }
    ],
    "time_zone": "Asia/Shanghai",
    "words": {"firing": "告警", "repeat": "仍在告警", "resolved": "已恢复"},
    "routes": [
        {"name": "watchdog", "matchers": ["name=Watchdog"], "contacts": ["li.si"], "heartbeat_minutes": 10},
        {
            "name": "database",
            "matchers": ['severity="critical"'],
            "continue": True,
            "contacts": ["li.si"],
            "rotations": ["on-call"],
            "sign_name": "值班",
            "template_code": "SMS_2",
            "variables": {"what": {"text": "{name}", "default": "?", "max_length": 20}},
            "recovery": {"template_code": "SMS_1", "variables": {"name": "{name}", "state": "{state}"}},
            "repeat_minutes": 60,
            "group_by": ["service"],
            "wait_minutes": 1,
            "budget": 10,
            "critical": True,
        },
    ],
}


def document(**members: Any) -> dict[str, Any]:
    """The document with other members; None takes one away."""
    changed = {**copy.deepcopy(DOCUMENT), **members}
    return {name: value for name, value in changed.items() if value is not None}


def with_route(**members: Any) -> dict[str, Any]:
    """The document with one route."""
    return document(routes=[{"name": "only", "contacts": ["li.si"], **members}], default=None)


def alert(name: str = "CPU", *, annotations: dict[str, str] | None = None, **labels: str) -> Alert:
    """An alert that fires, with these labels."""
    return Alert(
        source="alertmanager",
        name=name,
        state="firing",
        observed_at=NOW,
        identity=name,
        labels=labels,
        annotations=annotations or {},
    )
