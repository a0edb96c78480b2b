"""The alert door over a table, a core and a document of routes that do as they are told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alert import Alert
from deliveries import Deliveries
from desk import Desk
from freezing import Freezing
from messages import Limits
from routing.read import read_document
from tests.workbench.core import no_threads, one_by_one
from tests.workbench.ledger_desk import LedgerDesk, Table

if TYPE_CHECKING:
    from alert import State
    from aliyun_sms.result import Result
    from routing.document import Document

LISI, WANGWU = "13900139000", "13700137000"
TEXT = {"alarm": "{name}", "state": "{state}"}
ROUTES: dict[str, Any] = {
    "contacts": [{"name": "lisi", "phone_number": LISI}, {"name": "wangwu", "phone_number": WANGWU}],
    "sign_name": "sign",
    "template_code": "SMS_1",
    "variables": TEXT,
    "default": {"contacts": ["lisi"]},
}


def routes(*given: dict[str, Any], of: dict[str, Any] | None = None, **default: Any) -> Document:
    """A document with these routes, a default that goes to lisi, and other members of its own."""
    named = [{"name": f"route {'abcdefghi'[place]}", **route} for place, route in enumerate(given)]
    return read_document({**ROUTES, "routes": named, "default": ROUTES["default"] | default, **(of or {})})


@dataclass(slots=True)
class InForce:
    """The document that is in force, if any."""

    now: Document | None
    trouble: str | None = None

    def document(self) -> Document | None:
        return self.now


@dataclass(slots=True)
class Letters:
    """The dead letters that were added."""

    added: list[tuple[dict[str, Any], Result]] = field(default_factory=list)
    fails: bool = False

    def add_in_time(self, body: str, result: Result, seconds_left: float) -> bool:
        if not self.fails and seconds_left > 0:
            self.added.append((json.loads(body), result))
        return not self.fails


class AlertDesk:
    """Everything around one door. Its time goes by only when it is told to."""

    def __init__(self, document: Document | None = None, *, day: int = 500, hour: int = 20) -> None:
        self.core = LedgerDesk("alerts")
        self.time = self.core.time
        self.client = self.core.client
        self.table = Table()
        self.routes = InForce(document or routes())
        self.letters = Letters()
        self.limits = Limits(day, hour)
        self.desk = self.another()

    def another(self) -> Desk:
        """The door in another sandbox."""
        deliveries = Deliveries(self.core.sender, self.letters, self.time, no_threads)  # type: ignore[arg-type]
        freezing = Freezing(self.limits, "en", self.time)
        return Desk(self.table, self.routes, deliveries, freezing, clock=self.time, each=one_by_one)

    def alert(self, name: str = "disk", state: State = "firing", at: float = 0, **given: Any) -> Alert:
        """An alert of so many seconds from now."""
        observed_at = self.time.now + timedelta(seconds=at)
        return Alert(source="test", name=name, state=state, observed_at=observed_at, identity=name, **given)

    def take(self, *alerts: Alert) -> None:
        """An event with these alerts comes in."""
        self.desk.take(alerts, self._deadline())

    def fires(self, name: str = "disk", **given: Any) -> None:
        self.take(self.alert(name, **given))

    def recovers(self, name: str = "disk", **given: Any) -> None:
        self.take(self.alert(name, "resolved", **given))

    def passes(self, minutes: int) -> None:
        """So many minutes go by, with a tick in each."""
        for _ in range(minutes):
            self.time.passes(60)
            self.desk.tick(self._deadline())

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """What was sent: to which number, about what, and what of it."""
        return [
            (number, param["alarm"], param["state"]) for call in self.client.calls for number, param in _messages(call)
        ]

    def _deadline(self) -> float:
        return self.time.now.timestamp() + 40


def _messages(call: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    if isinstance(call["param"], str):
        return [(number, json.loads(call["param"])) for number in call["recipients"]]
    return list(zip(call["recipients"], call["param"], strict=True))
