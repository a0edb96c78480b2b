"""Heartbeats: what is expected to come again and again, so that its silence is an alert."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alert import Alert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alert import State
    from intake import Intake, Routes
    from routing.document import Heartbeat
    from rows import Rows

SOURCE = "heartbeat"


class Heartbeats:
    """When each came last."""

    def __init__(self, rows: Rows, routes: Routes, intake: Intake, clock: Callable[[], datetime]) -> None:
        self._rows = rows
        self._routes = routes
        self._intake = intake
        self._clock = clock

    def hear(self, alerts: Sequence[Alert]) -> None:
        """Write down which came; one that was silent has recovered, and that is taken in first.

        One that comes so late that the next is overdue says nothing of now, as after an outage.
        """
        for heartbeat in self._expected():
            beats = [alert for alert in alerts if alert.fires and heartbeat.matches(alert)]
            at = min(self._rows.now, max((int(beat.observed_at.timestamp()) for beat in beats), default=0))
            if self._rows.now < at + heartbeat.minutes * 60:
                heard_at = self._rows.heard_at(heartbeat.name)
                if heard_at and heard_at + heartbeat.minutes * 60 <= self._rows.now:
                    self._intake.take([_silence(heartbeat, "resolved", self._clock())])
                self._rows.hear(heartbeat.name, at)

    def look(self) -> None:
        """Take in an alert for each that has been silent for too long; one that never came is silent from now on."""
        for heartbeat in self._expected():
            heard_at = self._rows.heard_at(heartbeat.name)
            if heard_at is None:
                self._rows.hear(heartbeat.name, self._rows.now)
            elif heard_at + heartbeat.minutes * 60 <= self._rows.now:
                silent_at = datetime.fromtimestamp(heard_at, UTC) + timedelta(minutes=heartbeat.minutes)
                self._intake.take([_silence(heartbeat, "firing", silent_at)])

    def _expected(self) -> list[Heartbeat]:
        document = self._routes.document()
        return document.heartbeats() if document else []


def _silence(heartbeat: Heartbeat, state: State, at: datetime) -> Alert:
    return Alert(
        source=SOURCE,
        name=heartbeat.name,
        state=state,
        observed_at=at,
        identity=f"{SOURCE}\n{heartbeat.name}",
        labels={"alertname": heartbeat.name},
        annotations={"summary": f"no heartbeat for {heartbeat.minutes} minutes"},
    )
