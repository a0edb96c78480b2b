"""What the routes of alerts mean, in a few lines: no number in them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from cli.masking import masked, scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHINA = "Asia/Shanghai"
MINUTES = {
    "wait_minutes": "gathered for {} min",
    "repeat_minutes": "again after {} min",
    "heartbeat_minutes": "expected every {} min",
    "budget": "{} an hour at most",
}


def summary(document: Mapping[str, Any]) -> dict[str, str]:
    """A line for the contacts, each rotation, and each route in the order in which they are looked at."""
    contacts = {"contacts": ", ".join(each["name"] for each in document.get("contacts", []))}
    zone = document.get("time_zone", CHINA)
    rotations = {each["name"]: _rotation(each, zone) for each in document.get("rotations", [])}
    routes = {f"routes[{place}]": _route(each) for place, each in enumerate(document.get("routes", []))}
    default = document.get("default")
    return {**contacts, **rotations, **routes, "other alerts": _target(default) if default else "to every contact"}


def with_masked_numbers(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it may be shown."""
    shown: dict[str, Any] = copy.deepcopy(dict(document))
    for contact in shown.get("contacts", []):
        contact["phone_number"] = masked(contact["phone_number"])
    return shown


def _rotation(rotation: Mapping[str, Any], zone: str) -> str:
    turns, starts = ", ".join(rotation["turns"]), rotation["starts"].replace("T", " ")
    others = len(rotation.get("overrides", []))
    told = f"{turns}, a week each from {starts} {rotation.get('time_zone', zone)}"
    return f"{told}; {others} override{'s' if others > 1 else ''}" if others else told


def _route(route: Mapping[str, Any]) -> str:
    matchers = scrubbed(", ".join(route.get("matchers", []))) or "every alert"
    goes_on = "; later routes too" if route.get("continue") else ""
    return f"{route['name']}: {matchers}: {_target(route)}{goes_on}"


def _target(target: Mapping[str, Any]) -> str:
    names = [*target.get("rotations", []), *target.get("contacts", [])]
    return "; ".join([f"to {', '.join(names)}", *_said(target)])


def _said(target: Mapping[str, Any]) -> Iterator[str]:
    if template := target.get("template_code"):
        yield f"by {template}"
    for name, told in MINUTES.items():
        if name in target:
            yield told.format(target[name])
    if target.get("critical"):
        yield "critical"
    if target.get("recovery") is False:
        yield "no recovery"
