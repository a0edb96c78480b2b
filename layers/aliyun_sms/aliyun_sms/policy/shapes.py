"""The shapes of JSON that a policy is made of: what is wrong with a value, by its place, and the schema of the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from aliyun_sms.errors import Fault
from aliyun_sms.privacy import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


_CODE = re.compile(r"[A-Za-z_]{1,20}[0-9]{0,10}")


class Shape(Protocol):
    """What a value may be."""

    def faults(self, value: object, place: str) -> Iterator[Fault]:
        """What is wrong with the value that stands at a place."""

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema (2020-12)."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string that fits a pattern; `otherwise` says what another one is."""

    pattern: str
    otherwise: str
    description: str

    def faults(self, value: object, place: str) -> Iterator[Fault]:
        """None, or one."""
        if not isinstance(value, str):
            yield Fault(place, "must be a string")
        elif not re.fullmatch(self.pattern, value):
            yield Fault(place, f"{shown(value) or 'an empty text'} {self.otherwise}")

    def schema(self) -> dict[str, Any]:
        """A string with its pattern."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "description": self.description}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some strings; `otherwise` says what another one is."""

    names: Collection[str]
    otherwise: str

    def faults(self, value: object, place: str) -> Iterator[Fault]:
        """None, or one."""
        if not isinstance(value, str):
            yield Fault(place, "must be a string")
        elif value not in self.names:
            yield Fault(place, f"{shown(value) or 'an empty text'} {self.otherwise}")

    def schema(self) -> dict[str, Any]:
        """Their list."""
        return {"enum": sorted(self.names)}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    least: int
    most: int
    description: str

    def faults(self, value: object, place: str) -> Iterator[Fault]:
        """None, or one."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self._takes(value):
            yield Fault(place, f"must be a whole number from {self.least} to {self.most:,}")

    def _takes(self, value: float) -> bool:
        return value % 1 == 0 and self.least <= value <= self.most

    def schema(self) -> dict[str, Any]:
        """An integer with its limits."""
        limits = {"minimum": self.least, "maximum": self.most}
        return {"type": "integer", **limits, "description": self.description}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one shape."""

    each: Shape
    most: int
    description: str
    least: int = 0

    def faults(self, value: object, place: str) -> Iterator[Fault]:
        """Its own, or those of what it holds."""
        if not isinstance(value, list):
            yield Fault(place, "must be a list")
        elif not self.least <= len(value) <= self.most:
            yield Fault(place, f"has {len(value)} of {self.least} to {self.most} that it may have")
        else:
            for position, item in enumerate(value):
                yield from self.each.faults(item, f"{place}[{position}]")

    def schema(self) -> dict[str, Any]:
        """An array."""
        limits = {"minItems": self.least, "maxItems": self.most}
        return {"type": "array", **limits, "items": self.each.schema(), "description": self.description}


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object whose members have names of one shape, and values of another."""

    name: Text
    each: Shape
    most: int
    description: str

    def faults(self, value: object, place: str) -> Iterator[Fault]:
        """Its own, or those of its members."""
        if not isinstance(value, dict):
            yield Fault(place, "must be an object")
        elif len(value) > self.most:
            yield Fault(place, f"has {len(value)} of {self.most} that it may have")
        else:
            for name, member in value.items():
                yield from self.name.faults(name, place)
                yield from self.each.faults(member, inside(place, name))

    def schema(self) -> dict[str, Any]:
        """An object with names by their pattern."""
        names = {"type": "object", "maxProperties": self.most, "propertyNames": self.name.schema()}
        return {**names, "additionalProperties": self.each.schema(), "description": self.description}


@dataclass(frozen=True, slots=True)
class Members:
    """An object with members of its own, of which some are required."""

    members: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    description: str = field(default="")

    def faults(self, value: object, place: str) -> Iterator[Fault]:
        """Those of names that it does not have, then those of its members."""
        if not isinstance(value, dict):
            yield Fault(place, "must be an object")
            return
        for name in value:
            if name not in self.members:
                yield Fault(inside(place, name), f"is not known here{self._meant(name)}")
        for name in self.required:
            if name not in value:
                yield Fault(inside(place, name), "is missing")
        for name, shape in self.members.items():
            if name in value:
                yield from shape.faults(value[name], inside(place, name))

    def _meant(self, name: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415 - only a fault needs it

        meant = get_close_matches(name, self.members, n=1)
        return f": {meant[0]} is meant, perhaps" if meant else f"; what is: {', '.join(self.members)}"

    def schema(self) -> dict[str, Any]:
        """An object that takes no other members."""
        told = {"description": self.description} if self.description else {}
        properties = {name: shape.schema() for name, shape in self.members.items()}
        required = {"required": list(self.required)} if self.required else {}
        return {"type": "object", **required, "additionalProperties": False, "properties": properties, **told}


def inside(place: str, name: str) -> str:
    """The place of a member; a template's code is no number, however many digits it ends in."""
    told = name if _CODE.fullmatch(name) else shown(name)
    return f"{place}.{told}" if place else told
