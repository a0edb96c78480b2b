"""The routes of alerts: the row that holds them, and the door that carries them out and is asked about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli import versioned_row
from cli.asking import ALERT_DOOR, ask
from cli.errors import Told

if TYPE_CHECKING:
    from cli.place import Place
    from cli.versioned_row import VersionedRow

TABLE, KEY = "AlertsTable", "routes"


def in_force(place: Place) -> VersionedRow:
    """The routes as last put."""
    need_the_door(place)
    return versioned_row.read(place, TABLE, KEY)


def need_the_door(place: Place) -> None:
    """Tell a person whose stack has no alert door."""
    if TABLE not in place.outputs:
        raise Told(f"the stack {place.stack} is older than this command, and has no alert door: deploy it again")


def faults_of(place: Place, text: str) -> list[dict[str, str]]:
    """What the stack has against a document: it is asked, since it will carry it out."""
    faults: list[dict[str, str]] = ask(place, {"ask": "check", "document": text}, ALERT_DOOR)["faults"]
    return faults


def tried(place: Place, event: Any, text: str | None, at: str | None) -> dict[str, Any]:
    """Which messages an event would make, by a document or by the one in force."""
    return ask(place, {"ask": "try", "event": event, **_given(document=text, at=at)}, ALERT_DOOR)


def duties(place: Place, at: str | None) -> dict[str, Any]:
    """Who is on duty in each rotation, and who comes next."""
    return ask(place, {"ask": "who", **_given(at=at)}, ALERT_DOOR)


def _given(**members: str | None) -> dict[str, str]:
    return {name: value for name, value in members.items() if value is not None}
