"""Faults by plan: which of the next requests fails, and how."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from random import Random
from typing import Any

REQUIRED = object()
FIELDS: dict[str, dict[str, Any]] = {  # each fault's fields and what they are when not given
    "refuse": {"seconds": 1},
    "reset_before": {},
    "reset_after": {},
    "hang": {"seconds": 30},
    "hang_before": {"seconds": 30},
    "internal_error": {"processed": False},
    "unavailable": {"processed": False},
    "bad_gateway": {"processed": False},
    "throttled": {"retry_after": 0},
    "truncated": {},
    "garbage": {"processed": True},
    "answer": {"code": REQUIRED, "message": "", "status": 200},
}
EVERY_FAULT = {"only_sends": False}
SENDS = {"SendSms", "SendBatchSms"}
PROCESSED = {"refuse", "reset_after", "hang", "truncated"}  # the call is carried out, always


class BadFault(ValueError):
    """A fault, field or value that does not exist; the text names it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `processed` says whether the call is carried out all the same."""

    kind: str
    processed: bool
    given: dict[str, Any]
    seconds: float = 0
    code: str = ""
    message: str = ""
    status: int = 200
    retry_after: int = 0
    only_sends: bool = False


class Faults:
    """A plan, used one for each request in its order, and chances for the requests after it."""

    def __init__(self) -> None:
        """Start with none."""
        self.replace({})

    def replace(self, wanted: dict[str, Any]) -> None:
        """Take a new plan and new chances for the old ones; where they are wrong BadFault, and nothing changes."""
        plan = _list("plan", wanted.get("plan", []))
        faults = [None if entry is None else parse(entry, f"plan[{i}]") for i, entry in enumerate(plan)]
        chances = _chances(wanted.get("random", {}))
        if not isinstance(wanted.get("seed", 0), int):
            raise BadFault("seed: a whole number")
        self._plan = faults
        self._chances = chances
        self._random = Random(wanted.get("seed"))  # noqa: S311 faults are to be repeatable, not secret

    def draw(self, action: str = "SendSms") -> Fault | None:
        """Take the next fault for a call of this action, or none. One for sends alone waits for the next of them."""
        if self._plan:
            waits = self._plan[0] and self._plan[0].only_sends and action not in SENDS
            return None if waits else self._plan.pop(0)
        drawn = self._random.random()
        for fault, chance in self._chances:
            drawn -= chance
            if drawn < 0:
                return fault
        return None

    def left(self) -> dict[str, Any]:
        """Tell what is still to come."""
        plan = [None if fault is None else fault.given for fault in self._plan]
        return {"plan": plan, "random": {fault.kind: chance for fault, chance in self._chances}}


def parse(entry: Any, where: str) -> Fault:
    """Read one fault; raises BadFault with the place of what is wrong."""
    kind = entry.get("fault") if isinstance(entry, dict) else entry
    if not isinstance(entry, dict) or not isinstance(kind, str) or kind not in FIELDS:
        raise BadFault(f"{where}: unknown fault {kind!r}; known: {', '.join(FIELDS)}")
    given = {name: value for name, value in entry.items() if name != "fault"}
    for name, value in given.items():
        _check_field(kind, name, value, where)
    fields = EVERY_FAULT | FIELDS[kind] | given
    if REQUIRED in fields.values():
        raise BadFault(f"{where}: {kind} needs code")
    return Fault(kind=kind, given=entry, processed=fields.pop("processed", kind in PROCESSED), **fields)


def _check_field(kind: str, name: str, value: Any, where: str) -> None:
    if name not in FIELDS[kind] | EVERY_FAULT:
        raise BadFault(f"{where}: unknown field {name!r} of {kind}; known: {', '.join(FIELDS[kind]) or 'none'}")
    if not VALID[name](value):
        raise BadFault(f"{where}: {name} of {kind} cannot be {value!r}")


def _number(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


VALID = {
    "seconds": lambda value: _number(value, 0, 3600),
    "processed": lambda value: isinstance(value, bool),
    "only_sends": lambda value: isinstance(value, bool),
    "retry_after": lambda value: isinstance(value, int) and _number(value, 1, inf),
    "code": lambda value: isinstance(value, str) and value != "",
    "message": lambda value: isinstance(value, str),
    "status": lambda value: isinstance(value, int) and _number(value, 200, 599),
}


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadFault(f"{name}: a list")
    return value


def _chances(wanted: Any) -> list[tuple[Fault, float]]:
    if not isinstance(wanted, dict) or not all(_number(chance, 0, 1) for chance in wanted.values()):
        raise BadFault("random: chances from 0 to 1 by fault")
    if sum(wanted.values()) > 1:
        raise BadFault("random: the chances are more than 1 together")
    return [(parse({"fault": kind}, "random"), chance) for kind, chance in wanted.items()]
