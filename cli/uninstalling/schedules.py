"""Schedules that aim at a stack, the stack's own and others, and a file that they can be made from again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.files import write_new
from cli.masking import scrubbed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

NOT_ASKED_FOR = ("Arn", "CreationDate", "LastModificationDate", "ResponseMetadata")  # when a schedule is created


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule; what it sends may hold numbers and values."""

    group: str
    name: str
    is_own: bool  # deleted with the stack
    definition: dict[str, Any] = field(repr=False)

    @property
    def shown(self) -> str:
        """Its name as it may be shown."""
        return scrubbed(f"{self.group}/{self.name}")


def aiming_at(scheduler: Any, targets: Collection[str], own: Collection[str], kept: str | None) -> Iterator[Schedule]:
    """Those of any group with one of these targets, or a version or alias of it.

    `own` are names of the stack's, and `kept` is its group, which is deleted with all that is in it.
    """
    for page in scheduler.get_paginator("list_schedules").paginate():
        for listed in page["Schedules"]:
            if any(f"{listed['Target']['Arn']}:".startswith(f"{target}:") for target in targets):
                is_own = listed["GroupName"] == kept or (listed["GroupName"] == "default" and listed["Name"] in own)
                yield _read(scheduler, listed["GroupName"], listed["Name"], is_own=is_own)


def export(schedules: Sequence[Schedule], file: Path) -> None:
    """Write them for their owner's eyes alone, each as `aws scheduler create-schedule` takes it."""
    definitions = [schedule.definition for schedule in schedules]
    text = json.dumps(definitions, ensure_ascii=False, indent=2, default=_time)
    write_new(file, f"{text}\n", otherwise="nothing was done: say --schedules FILE")


def _read(scheduler: Any, group: str, name: str, *, is_own: bool) -> Schedule:
    answer = scheduler.get_schedule(GroupName=group, Name=name)
    definition = {member: value for member, value in answer.items() if member not in NOT_ASKED_FOR}
    return Schedule(group, name, is_own, definition)


def _time(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
