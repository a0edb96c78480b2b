"""The schedules in the stack's group, which no deploy touches."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cli.errors import MISUSED, Told
from cli.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cli.place import Place
    from cli.schedules.expression import Expression

GROUP = "ScheduleGroup"
LEAST_DIGITS = 7  # of a number; a name has six at most
RUN = {"schedule": "<aws.scheduler.schedule-arn>", "scheduled_time": "<aws.scheduler.scheduled-time>"}
RETRIES = {"MaximumRetryAttempts": 5, "MaximumEventAgeInSeconds": 3600}  # as the stack's own schedule has them
MEMBERS = (  # of what AWS tells of a schedule, those that it takes again
    "ActionAfterCompletion",
    "FlexibleTimeWindow",
    "GroupName",
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "State",
    "Target",
)
_NAME = re.compile(r"[0-9A-Za-z_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """One of them; what it sends may hold numbers and values."""

    name: str
    expression: str
    zone: str
    is_on: bool
    since: datetime
    to: list[str] = field(repr=False)
    message: dict[str, Any] = field(repr=False)
    definition: dict[str, Any] = field(repr=False)


def check_name(name: str) -> None:
    """Tell a person whose name AWS would not take."""
    if not _NAME.fullmatch(name):
        raise Told("a name has 1 to 64 letters, digits, and any of _ . -", MISUSED)


def group_of(place: Place) -> str:
    """The group's name."""
    if GROUP not in place.outputs:
        raise Told(f"the stack {place.stack} is older than this command, and keeps no schedules: deploy it again")
    return place.output(GROUP)


def every(place: Place) -> Iterator[Kept]:
    """All of them, by their names."""
    pages = place.client("scheduler").get_paginator("list_schedules").paginate(GroupName=group_of(place))
    for name in sorted(listed["Name"] for page in pages for listed in page["Schedules"]):
        yield one(place, name)


def one(place: Place, name: str) -> Kept:
    """One by its name."""
    check_name(name)
    scheduler = place.client("scheduler")
    try:
        answer = scheduler.get_schedule(GroupName=group_of(place), Name=name)
    except scheduler.exceptions.ResourceNotFoundException:
        raise Told(f"there is no such schedule: `{program()} schedule list` names those that there are") from None
    to, message = _read(answer["Target"].get("Input", ""))
    definition = {member: answer[member] for member in MEMBERS if member in answer}
    zone = answer.get("ScheduleExpressionTimezone", "UTC")
    is_on = answer["State"] == "ENABLED"
    return Kept(name, answer["ScheduleExpression"], zone, is_on, answer["CreationDate"], to, message, definition)


def add(place: Place, name: str, expression: Expression, zone: str, to: list[str], message: dict[str, Any]) -> None:
    """Make one; one that runs once is gone when it has run."""
    scheduler = place.client("scheduler")
    try:
        scheduler.create_schedule(
            GroupName=group_of(place),
            Name=name,
            ScheduleExpression=expression.text,
            ScheduleExpressionTimezone=zone,
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE" if expression.once else "NONE",
            State="ENABLED",
            Target=_target(place, to, message),
        )
    except scheduler.exceptions.ConflictException:
        raise Told(f"there is a schedule of this name: choose another, or `{program()} schedule remove` it") from None


def switch(place: Place, kept: Kept, state: str) -> None:
    """Let it run, or not: ENABLED or DISABLED."""
    place.client("scheduler").update_schedule(**{**kept.definition, "State": state})


def remove(place: Place, name: str) -> None:
    """Delete one."""
    place.client("scheduler").delete_schedule(GroupName=group_of(place), Name=name)


def _target(place: Place, to: list[str], message: dict[str, Any]) -> dict[str, Any]:
    """Numbers alone are for the schedule door; who a name is at that time, the alert door knows."""
    by_door: dict[str, dict[str, Any]] = {
        "Schedule": {"messages": [{"phone_numbers": to, **message}]},
        "Alert": {"to": to, "message": message},
    }
    door = "Schedule" if all(map(_is_number, to)) else "Alert"
    return {
        "Arn": place.output(f"SendOn{door}FunctionArn"),
        "RoleArn": place.output("KeptScheduleRoleArn"),
        "Input": json.dumps({**by_door[door], **RUN}, ensure_ascii=False),
        "RetryPolicy": RETRIES,
        "DeadLetterConfig": {"Arn": place.output(f"{door}DeadLetterQueueArn")},
    }


def _is_number(name: str) -> bool:
    return sum(character.isdecimal() for character in name) >= LEAST_DIGITS


def _read(text: str) -> tuple[list[str], dict[str, Any]]:
    """To whom, and what; nothing where somebody else made it in another way."""
    try:
        document = json.loads(text)
        if "to" in document:
            return list(document["to"]), dict(document["message"])
        message = dict(document["messages"][0])
        return list(message.pop("phone_numbers")), message
    except (ValueError, LookupError, TypeError):
        return [], {}
