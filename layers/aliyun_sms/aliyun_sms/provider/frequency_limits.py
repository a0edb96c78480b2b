"""Which frequency limit `isv.BUSINESS_LIMIT_CONTROL` speaks of, and when it opens."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Literal, NamedTuple

Window = Literal["minute", "hour", "day", "number-day"]

CHINA = timezone(timedelta(hours=8))  # the provider's clock; no daylight saving

_WINDOWS: dict[str, Window] = {"分钟": "minute", "小时": "hour", "天": "day", "号码天": "number-day"}
_TEXT = re.compile(r"(分钟|小时|号码\s*天|天)\s*级\s*流控\s*permits\s*[:：]\s*(\d{1,9}(?!\d)|\*+)", re.IGNORECASE)


class Limit(NamedTuple):
    """How many submissions a window permits, if that is known; from `opens_at` (UTC+8) the next can be accepted.

    `number-day` counts what all of the provider's customers send to the number.
    """

    window: Window
    permits: int | None
    opens_at: datetime


def read_limit(message: str, at: datetime) -> Limit | None:
    """Limit named in a message such as 触发小时级流控Permits:5; None where it names none.

    `at`, an aware time, is when the provider refused. The number may be blotted out, as a template's value is.
    Source: help.aliyun.com document 44335 for the windows; the messages are observed, not documented.
    """
    found = _TEXT.search(message)
    if found is None:
        return None
    window = _WINDOWS["".join(found[1].split())]
    permits = None if found[2].startswith("*") else int(found[2])
    return Limit(window, permits, _opens_at(window, at.astimezone(CHINA)))


def _opens_at(window: Window, at: datetime) -> datetime:
    """Start of the next window, at the latest.

    Minutes and hours are those of the clock in UTC+8. A day is the 24 hours after a send that we do not know.
    Source: help.aliyun.com document 44335.
    """
    if window == "minute":
        return at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if window == "hour":
        return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at + timedelta(hours=24)
