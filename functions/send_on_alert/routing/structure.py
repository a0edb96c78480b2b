"""Whether a document has the structure that a schema describes: as much of JSON Schema as ours uses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import Fault, UnknownField

from .faults import below, named, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KINDS: dict[str, type] = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
WORDS = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "boolean": "true or false",
    "integer": "a whole number",
}
ROOT = "document"


def check(value: object, schema: dict[str, Any], place: str = "") -> Iterator[Fault]:
    """Each fault, with its place."""
    choices = schema.get("oneOf", [schema])
    for choice in choices:
        if type(value) is KINDS[choice["type"]]:  # a boolean is an int to isinstance
            yield from CHECKS[choice["type"]](value, choice, place)
            return
    yield Fault(place or ROOT, f"must be {' or '.join(WORDS[choice['type']] for choice in choices)}")


def _object(value: dict[str, Any], schema: dict[str, Any], place: str) -> Iterator[Fault]:
    known, others = schema.get("properties", {}), schema["additionalProperties"]
    for name in schema.get("required", ()):
        if name not in value:
            yield Fault(below(place, name), "is missing")
    if len(value) > schema.get("maxProperties", len(value)):
        yield Fault(place, f"has {len(value)} members, at most {schema['maxProperties']}")
    names, what_is = schema.get("propertyNames"), f"; what is: {', '.join(known)}"
    for name, member in value.items():
        if names and not re.fullmatch(names["pattern"], name):
            yield Fault(below(place, named(name)), f"has a name that is none: {names['description']}")
        if name in known or others:
            yield from check(member, known.get(name) or others, below(place, named(name)))
        else:
            yield UnknownField(below(place, named(name)), f"is not known here{nearest(name, known) or what_is}")


def _array(value: list[Any], schema: dict[str, Any], place: str) -> Iterator[Fault]:
    if len(value) < schema["minItems"]:
        yield Fault(place, "is empty")
    if len(value) > schema["maxItems"]:
        yield Fault(place, f"has {len(value)} elements, at most {schema['maxItems']}")
    for index, element in enumerate(value[: schema["maxItems"]]):
        yield from check(element, schema["items"], f"{place}[{index}]")


def _string(value: str, schema: dict[str, Any], place: str) -> Iterator[Fault]:
    if not value.strip():
        yield Fault(place, "is blank")
    elif len(value) > schema["maxLength"] or not re.fullmatch(schema["pattern"], value):
        yield Fault(place, f"must be {schema['description']}")


def _integer(value: int, schema: dict[str, Any], place: str) -> Iterator[Fault]:
    if not schema["minimum"] <= value <= schema["maximum"]:
        yield Fault(place, f"must be from {schema['minimum']} to {schema['maximum']}")


def _boolean(*_: object) -> Iterator[Fault]:
    return iter(())


CHECKS: dict[str, Callable[[Any, dict[str, Any], str], Iterator[Fault]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
}
