"""Times of an alert that cannot be: one from the future would keep every later one from being told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aliyun_sms.observability import logger

if TYPE_CHECKING:
    from alert import Alert

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # none of the sources is as old
MOST_AHEAD = timedelta(minutes=5)  # that another clock can be: AWS takes no signature that is further off


def in_time(alert: Alert, now: datetime) -> Alert:
    """The alert, as of now where its time cannot be; then it does not say either that it had recovered before."""
    if not _can_be(alert.observed_at, now):
        logger.warning("an alert of a time that cannot be, taken for one of now", extra={"source": alert.source})
        alert = replace(alert, observed_at=now, anew=False)
    if alert.starts_at and not _can_be(alert.starts_at, now):
        alert = replace(alert, starts_at=None)
    return alert


def _can_be(at: datetime, now: datetime) -> bool:
    return EARLIEST <= at <= now + MOST_AHEAD
