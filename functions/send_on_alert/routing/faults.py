"""What is wrong with a routes document, each fault at its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import MOST_FAULTS, Fault, SmsError, UnknownField
from aliyun_sms.privacy import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_CODE = re.compile(r"[A-Za-z_]{1,20}[0-9]{0,10}")


class InvalidRoutes(SmsError):
    """A routes document that must not be in force, with every fault found in it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        more = len(self.faults) - MOST_FAULTS
        told = [str(fault) for fault in self.faults[:MOST_FAULTS]]
        super().__init__("; ".join([*told, f"and {more} more"] if more > 0 else told))


@dataclass(frozen=True, slots=True, repr=False)
class Part:
    """An object of the document with its place, and the list that its faults go to."""

    place: str
    members: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, member: str, reason: str) -> None:
        """Add a fault of a member."""
        self.faults.append(Fault(below(self.place, member), reason))

    def is_sound(self, member: str) -> bool:
        """Whether it can be read: neither it nor what is in it has a fault yet, but for members that nothing knows."""
        place = below(self.place, member)
        faulty = (fault.field for fault in self.faults if not isinstance(fault, UnknownField))
        return not any(name == place or name.startswith((f"{place}.", f"{place}[")) for name in faulty)

    def each(self, member: str, *required: str) -> Iterator[Part]:
        """The objects in a list of it that have these members, each without what cannot be read of it."""
        there = self.members.get(member)
        for index, value in enumerate(there if isinstance(there, list) else ()):
            part = self._object(f"{member}[{index}]", value)
            if part and part.members.keys() >= set(required):
                yield part

    def part(self, member: str) -> Part | None:
        """An object in it, without what cannot be read; none where it is none."""
        return self._object(member, self.members.get(member))

    def _object(self, member: str, value: Any) -> Part | None:
        if not isinstance(value, dict):
            return None
        part = Part(below(self.place, member), value, self.faults)
        return replace(part, members={name: each for name, each in value.items() if part.is_sound(named(name))})

    def require(self, member: str, kind: str, known: Iterable[str] | None) -> None:
        """Refuse each name in a list of it that nothing has; `known` is None where the names could not be read."""
        for index, name in enumerate(self.members.get(member, ())):
            self.require_one(f"{member}[{index}]", name, kind, known)

    def require_one(self, member: str, name: str, kind: str, known: Iterable[str] | None) -> None:
        """Refuse a name that nothing has."""
        if known is not None and name not in (names := list(known)):
            self.refuse(member, f'no {kind} is named "{named(name)}"{nearest(name, names)}')


def below(place: str, member: str) -> str:
    """The place of a member."""
    return f"{place}.{member}" if place else member


def named(name: str) -> str:
    """A name of the document's as it can be told: a template's code is no number, however many digits it ends in."""
    return name if _CODE.fullmatch(name) else shown(name)


def nearest(name: str, known: Iterable[str], *, likeness: float = 0.6) -> str:
    """A question after the name that was meant, where one is nearly this."""
    from difflib import get_close_matches  # noqa: PLC0415 - a document without faults needs none of it

    found = get_close_matches(name, known, n=1, cutoff=likeness)
    return f': did you mean "{found[0]}"?' if found else ""
