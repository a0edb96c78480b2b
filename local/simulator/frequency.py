"""How often one number may be sent to, in the provider's calendar windows (mainland numbers).

Source: help.aliyun.com/zh/sms/user-guide/message-rules and document 44335. Minute and hour are natural clock windows in
UTC+8; a day is the 24 hours that start at a send. What counts is an accepted submission.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CHINA = timezone(timedelta(hours=8))
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Send:
    """What the limits look at in one recipient's message."""

    kind: str
    sign_name: str
    template_code: str
    phone_number: str


def same_minute(then: datetime, now: datetime) -> bool:
    """Tell whether two times are in one minute of the clock."""
    return same_hour(then, now) and then.astimezone(CHINA).minute == now.astimezone(CHINA).minute


def same_hour(then: datetime, now: datetime) -> bool:
    """Tell whether two times are in one hour of the clock, in China."""
    return f"{then.astimezone(CHINA):%Y%m%d%H}" == f"{now.astimezone(CHINA):%Y%m%d%H}"


def within_a_day(then: datetime, now: datetime) -> bool:
    """Tell whether 24 hours have not passed."""
    return now - then < DAY


def by_signature(send: Send) -> tuple[str, ...]:
    """Signature and number."""
    return send.kind, send.sign_name, send.phone_number


def by_number(send: Send) -> tuple[str, ...]:
    """Number over all signatures."""
    return send.kind, send.phone_number


def by_template(send: Send) -> tuple[str, ...]:
    """Signature, template and number."""
    return send.kind, send.sign_name, send.template_code, send.phone_number


@dataclass(frozen=True, slots=True)
class Limit:
    """So many sends of one key in one window."""

    level: str
    permits: int
    window: Callable[[datetime, datetime], bool]
    key: Callable[[Send], tuple[str, ...]]

    @property
    def message(self) -> str:
        """What the provider says, literally."""
        return f"触发{self.level}流控Permits:{self.permits}"


PER_TEMPLATE = (Limit("天级", 50, within_a_day, by_template),)
LIMITS = {
    "otp": (
        Limit("分钟级", 1, same_minute, by_signature),
        Limit("小时级", 5, same_hour, by_signature),
        Limit("天级", 10, within_a_day, by_signature),
        Limit("号码天级", 40, within_a_day, by_number),
    ),
    "notification": PER_TEMPLATE,
    "promotion": PER_TEMPLATE,
}


class Frequency:
    """The sends of the last day, by number."""

    def __init__(self) -> None:
        """Start with none."""
        self._sends: defaultdict[str, deque[tuple[Send, datetime]]] = defaultdict(deque)

    def reached(self, send: Send, now: datetime) -> Limit | None:
        """Tell which limit one more send would exceed."""
        recent = self._sends[send.phone_number]
        for limit in LIMITS[send.kind]:
            counted = sum(limit.key(sent) == limit.key(send) and limit.window(at, now) for sent, at in recent)
            if counted >= limit.permits:
                return limit
        return None

    def count(self, sends: Iterable[Send], now: datetime) -> None:
        """Count accepted sends of one submission: a number that it names twice counts once."""
        for send in set(sends):
            recent = self._sends[send.phone_number]
            while recent and not within_a_day(recent[0][1], now):
                recent.popleft()
            recent.append((send, now))
