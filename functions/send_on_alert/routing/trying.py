"""A dry run: which messages alerts would make, were nothing told of them before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from .route import FIRING, RESOLVED, Planned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert import Alert

    from .document import Document

NO_RECOVERY = "its route tells no recovery"
HEARTBEAT = "it is a heartbeat, whose silence alone is told"


class Told(NamedTuple):
    """A message: who is told of what, in which words, and when."""

    planned: Planned
    kind: str
    at: datetime
    alerts: Sequence[Alert]


def tried(document: Document, alerts: Sequence[Alert], now: datetime) -> tuple[list[Told], list[tuple[Alert, str]]]:
    """The messages, and the alerts of which nobody is told, each with why.

    As at the door, alerts of one group are one message: those that their source has put together, else those whose
    labels in the route's `group_by` are the same.
    """
    groups: dict[tuple[object, ...], Told] = {}
    untold: list[tuple[Alert, str]] = []
    for alert in alerts:
        plan = document.plan(alert, now)
        if not plan:
            untold.append((alert, HEARTBEAT))
        for planned in plan:
            kind = FIRING if alert.state == "firing" else RESOLVED
            if kind == RESOLVED and not planned.sends_recovery:
                untold.append((alert, NO_RECOVERY))
                continue
            told = Told(planned, kind, now + _wait(planned, alert), (alert,))
            key = (kind, planned.route, *_group(planned, alert))
            groups[key] = told._replace(alerts=(*groups[key].alerts, alert)) if key in groups else told
    return list(groups.values()), untold


def _group(planned: Planned, alert: Alert) -> tuple[object, ...]:
    if alert.group is not None:
        return ("of its source", alert.group)
    return planned.group_key if planned.group_key[1:] or planned.wait_minutes else ("alone", alert.identity)


def _wait(planned: Planned, alert: Alert) -> timedelta:
    """What its source has grouped waits for nothing, nor does a recovery."""
    waits = alert.group is None and alert.state == "firing"
    return timedelta(minutes=planned.wait_minutes if waits else 0)
