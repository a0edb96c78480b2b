"""The routes of the document, and what nothing can reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms.errors import Fault

from .document import DEFAULT, EVERYBODY, NOBODY
from .faults import Part
from .matcher import BadMatcher, Matcher, read_matcher
from .read_wording import Templates, Words, own_words, read_wording
from .route import Route
from .schema import WORDING
from .wording import Wording

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

RESERVED = (DEFAULT, EVERYBODY, NOBODY)
AS_THEY_ARE = ("wait_minutes", "repeat_minutes", "budget", "critical", "heartbeat_minutes")


class Known(NamedTuple):
    """What routes can name, and the words of those that have none; None where it could not be read."""

    contacts: AbstractSet[str] | None
    rotations: AbstractSet[str] | None
    templates: Templates
    words: Words | None


def read_routes(part: Part, known: Known) -> tuple[Route, ...]:
    """All routes that have no fault in their structure."""
    routes: list[tuple[str, Route]] = []
    for each in part.each("routes", "name"):
        if each.members["name"] in RESERVED:
            each.refuse("name", f'"{each.members["name"]}" is the name of what takes what no route does')
        route = read_route(each, known)
        _refuse_hidden(each, route, routes)
        if each.is_sound("matchers") and each.is_sound("continue"):
            routes.append((each.place, route))
    if "default" in part.members:
        _refuse_hidden(Part("default", {}, part.faults), Route(name=DEFAULT), routes)
    return tuple(route for _, route in routes)


def _refuse_hidden(part: Part, route: Route, earlier: list[tuple[str, Route]]) -> None:
    for place, other in earlier:
        if other.hides(route):
            reason = f'nothing reaches it: {place} takes all that it would, without "continue"'
            part.faults.append(Fault(part.place, reason))
            return


def read_route(part: Part, known: Known) -> Route:
    """A route, with its faults added."""
    part.require("contacts", "contact", known.contacts)
    part.require("rotations", "rotation", known.rotations)
    to = ("contacts", "rotations")
    if all(map(part.is_sound, to)) and not any(map(part.members.get, to)):
        part.refuse("contacts", "names nobody, nor does rotations: it would be for nobody")
    wording, recovery = _wordings(part, known)
    return Route(
        name=part.members.get("name", DEFAULT),
        matchers=_matchers(part),
        goes_on=part.members.get("continue", False),
        contacts=tuple(part.members.get("contacts", ())),
        rotations=tuple(part.members.get("rotations", ())),
        wording=wording,
        recovery=recovery,
        group_by=tuple(part.members.get("group_by", ())),
        **{name: part.members[name] for name in AS_THEY_ARE if name in part.members},
    )


def _wordings(part: Part, known: Known) -> tuple[Wording, Wording | None]:
    """The words of an alert, and of a recovery where it is told."""
    own, recovery = own_words(part), part.members.get("recovery", True)
    if known.words is None or not all(map(part.is_sound, (*WORDING, "recovery"))):
        return Wording(), None
    words = known.words | own
    wording = read_wording(part, words, known.templates)
    apart = part.part("recovery")
    if apart is None:
        return wording, wording if recovery else None
    return wording, read_wording(apart, words | own_words(apart), known.templates)


def _matchers(part: Part) -> tuple[Matcher, ...]:
    found: dict[str, Matcher] = {}
    for index, text in enumerate(part.members.get("matchers", ())):
        member = f"matchers[{index}]"
        try:
            matcher = read_matcher(text)
        except BadMatcher as bad:
            part.refuse(member, str(bad))
            continue
        if against := [place for place, other in found.items() if other.excludes(matcher)]:
            part.refuse(member, f"no alert can fulfil it and {against[0]}")
        found[member] = matcher
    if "heartbeat_minutes" in part.members and part.is_sound("matchers") and not part.members.get("matchers"):
        part.refuse("heartbeat_minutes", "needs matchers, or every alert would be its heartbeat")
    return tuple(found.values())
