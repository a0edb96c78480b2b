"""A routes document from its JSON, or every fault in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.message.document import read_document as read_json
from aliyun_sms.message.phone_number import BadNumber, normalise, with_plus

from .document import Document
from .faults import InvalidRoutes, Part
from .read_route import Known, read_route, read_routes
from .read_wording import Words, own_words, read_templates, read_wording
from .rotation import as_gap, read_rotation, read_zone
from .route import Contact, Language
from .schema import MOST_BYTES, SCHEMA, WORDING
from .structure import ROOT, check
from .wording import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rotation import Rotation

CHINA = "Asia/Shanghai"


def read_document(value: object) -> Document:
    """The document of a JSON text, or of what it holds; raises InvalidRoutes with all faults."""
    members = _members(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    faults = [as_gap(fault) for fault in check(members, SCHEMA)]
    if not isinstance(members, dict):
        raise InvalidRoutes(faults)
    document = _read(Part("", members, faults))
    if document is None or faults:
        raise InvalidRoutes(faults)
    return document


def _members(text: str) -> object:
    size = len(text.encode(errors="replace"))
    if size > MOST_BYTES:
        raise InvalidRoutes([Fault(ROOT, f"has {size} bytes, at most {MOST_BYTES}")])
    try:
        return read_json(text, ROOT, number=json.loads)
    except InvalidMessage as invalid:
        raise InvalidRoutes(invalid.faults) from None


def _read(part: Part) -> Document | None:
    """What can be read of it, with its faults added."""
    _refuse_doubles(part, ("contacts", "rotations"), "a contact or rotation")
    _refuse_doubles(part, ("routes",), "a route")
    contacts = [found for each in part.each("contacts", "name", "phone_number") if (found := _contact(each))]
    zone_name = part.members.get("time_zone", CHINA) if part.is_sound("time_zone") else CHINA
    zone = read_zone(part, zone_name)
    rotations = list(_rotations(part, zone_name if zone else CHINA))
    known = Known(_names(part, "contacts"), _names(part, "rotations"), read_templates(part), _words(part))
    default_part = part.part("default")
    default = read_route(default_part, known) if default_part else None
    routes = read_routes(part, known)
    if part.faults or zone is None or known.words is None:
        return None
    return Document(
        contacts={contact.name: contact for contact in contacts},
        rotations={rotation.name: rotation for rotation in rotations},
        routes=routes,
        default=default,
        wording=read_wording(part, known.words, known.templates if default is None else {}),
        language=Language({**WORDS, **part.members.get("words", {})}, zone),
    )


def _words(part: Part) -> Words | None:
    """The words of routes that have none of their own."""
    return own_words(part) if all(map(part.is_sound, WORDING)) else None


def _contact(part: Part) -> Contact | None:
    try:
        return Contact(part.members["name"], with_plus(normalise(part.members["phone_number"])))
    except BadNumber as bad:
        part.refuse("phone_number", str(bad))
        return None


def _rotations(part: Part, zone_name: str) -> Iterator[Rotation]:
    contacts = _names(part, "contacts")
    for each in part.each("rotations", "name", "turns", "starts"):
        rotation = read_rotation(each, contacts, zone_name)
        if rotation:
            yield rotation


def _names(part: Part, member: str) -> set[str] | None:
    """The names in a list of it, of what has faults as well; None where it is no list."""
    there = part.members.get(member, [])
    if not isinstance(there, list):
        return None
    return {str(each["name"]) for each in there if isinstance(each, dict) and "name" in each}


def _refuse_doubles(part: Part, members: tuple[str, ...], kind: str) -> None:
    """Refuse a name that has been taken before."""
    taken: dict[str, str] = {}
    for each in (each for member in members for each in part.each(member, "name")):
        name = each.members["name"]
        if name in taken:
            each.refuse("name", f'{taken[name]} is called "{name}" too: {kind} needs a name of its own')
        taken.setdefault(name, each.place)
