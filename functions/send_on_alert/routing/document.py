"""The routes document in force: what is planned for an alert, and who is on duty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .route import Contact, Language, Planned, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from alert import Alert

    from .rotation import Rotation
    from .wording import Wording

DEFAULT = "default"  # names of routes that no route may have
EVERYBODY = "everybody"
NOBODY = "nobody"  # in the place of a route, of what no route wants told
HEARTBEAT = "heartbeat"  # the source of an alert that a heartbeat is silent; its name is the route's


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What must come again within so many minutes."""

    name: str
    minutes: int
    route: Route

    def matches(self, alert: Alert) -> bool:
        """Whether an alert is a beat of it."""
        return alert.source != HEARTBEAT and self.route.takes(alert)


@dataclass(frozen=True, slots=True)
class Document:
    """Contacts, rotations and routes, all of them sound."""

    contacts: Mapping[str, Contact]
    rotations: Mapping[str, Rotation]
    routes: tuple[Route, ...]
    default: Route | None
    wording: Wording  # where no route says another
    language: Language

    def plan(self, alert: Alert, now: datetime) -> list[Planned]:
        """Who is sent what of an alert, a part for each route that takes it; nobody, for a heartbeat alone.

        That a heartbeat is silent is for its own route: an alert with `HEARTBEAT` as its source and its name.
        """
        if alert.source == HEARTBEAT:
            silent = [route for route in self.routes if route.heartbeat_minutes and route.name == alert.name]
            if silent:
                return [self._planned(silent[0], alert, now, "its heartbeat is silent")]
        taking = list(self._taking(alert))
        if not taking:
            return [self._otherwise(alert, now)]
        return [self._planned(route, alert, now, _why(route)) for route in taking if not route.heartbeat_minutes]

    def number_of(self, name: str, at: datetime) -> str:
        """The number of a contact, or of who is on duty in a rotation."""
        contact = self.rotations[name].on_duty(at) if name in self.rotations else name
        return self.contacts[contact].phone_number

    def heartbeats(self) -> list[Heartbeat]:
        """What is expected to come again."""
        return [Heartbeat(each.name, each.heartbeat_minutes, each) for each in self.routes if each.heartbeat_minutes]

    def _taking(self, alert: Alert) -> Iterator[Route]:
        for route in self.routes:
            if route.takes(alert):
                yield route
                if not route.goes_on:
                    return

    def _otherwise(self, alert: Alert, now: datetime) -> Planned:
        """The default route's, or everybody: nothing is dropped."""
        if self.default:
            return self._planned(self.default, alert, now, "no route takes it, so the default does")
        wording = next((route.wording for route in self.routes if self.wording.template_code is None), self.wording)
        everybody = Route(name=EVERYBODY, contacts=tuple(self.contacts), wording=wording, recovery=wording)
        return self._planned(everybody, alert, now, "no route takes it and there is no default, so everybody is told")

    def _planned(self, route: Route, alert: Alert, now: datetime, why: str) -> Planned:
        return Planned(
            route=route.name,
            contacts=self._contacts(route, now),
            why=why,
            wording=route.wording,
            recovery=route.recovery,
            group_key=route.group_of(alert),
            wait_minutes=route.wait_minutes,
            repeat_minutes=route.repeat_minutes,
            budget=route.budget,
            critical=route.critical,
            language=self.language,
        )

    def _contacts(self, route: Route, now: datetime) -> tuple[Contact, ...]:
        """Whom a route names, and who is on duty in its rotations: each phone once."""
        names = [*route.contacts, *(self.rotations[name].on_duty(now) for name in route.rotations)]
        by_number = {self.contacts[name].phone_number: self.contacts[name] for name in reversed(names)}
        return tuple(reversed(by_number.values()))


def _why(route: Route) -> str:
    return ", ".join(map(str, route.matchers)) or "it takes every alert"
