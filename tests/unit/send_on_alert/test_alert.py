"""Alerts as they are kept and shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from alert import Alert, restored

ALERT = Alert(
    source="cloudwatch",
    name="磁盘快满了",
    state="firing",
    observed_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    identity="123456789012 cn-north-1 disk",
    labels={"severity": "critical"},
    annotations={"summary": 'said "no"\n'},
    starts_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
)


def test_an_alert_that_was_kept_as_json_is_the_same() -> None:
    assert restored(json.loads(json.dumps(ALERT.document()))) == ALERT


def test_an_alert_without_a_start_is_the_same_too() -> None:
    alert = Alert(source="sns", name="x", state="resolved", observed_at=ALERT.observed_at, identity="sns x")

    assert restored(alert.document()) == alert


def test_what_may_hold_anything_is_not_shown() -> None:
    assert "said" not in repr(ALERT)
