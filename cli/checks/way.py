"""The way of a message through the stack: queue, dead letters, schedules, settling."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cli import usage
from cli.checks.finding import Finding, carry_out, fault, not_checked, ok
from cli.dead_letters.letter import ALERTS, MESSAGES, SCHEDULE
from cli.dead_letters.queue import QUEUES
from cli.event_source import EventSource
from cli.program import program
from cli.queues import length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.place import Place

FIVE_MINUTES = 300  # as long as the alarm on settling waits


def queue(place: Place) -> Iterator[Finding]:
    """Whether the queue's function takes what is in it; under a stop it should not."""
    state = EventSource(place).state
    waiting = length(place.client("sqs"), place.output("QueueUrl"))
    if state in {"Enabled", "Enabling", "Creating", "Updating"}:
        yield ok("queue", f"its function takes messages; {waiting} wait")
    elif usage.read(place).stop:
        yield ok("queue", f"its function takes nothing while sends are stopped; {waiting} wait")
    else:
        off = f"its event source is off though sends are not stopped, and {waiting} messages wait"
        yield fault("queue", f"{off}: `{program()} start` enables it")


def dead_letters(place: Place) -> Iterator[Finding]:
    """Whether somebody has to act on a message."""
    letters = _in_queues_of(place, MESSAGES, SCHEDULE)
    if letters:
        yield fault("dead letters", f"{letters}: `{program()} letters` says of each what to do")
    else:
        yield ok("dead letters", "none")


def alerts(place: Place) -> Iterator[Finding]:
    """Whether there are alerts of which nobody was told; an older stack has no alert door."""
    events = _in_queues_of(place, ALERTS)
    if events:
        yield fault("alerts", f"{events} reached nobody: `{program()} letters` says of each what to do")
    else:
        yield ok("alerts", "none was given up")


def _in_queues_of(place: Place, *names: str) -> int:
    """How many dead letters are in these queues, of those that the stack has."""
    outputs = [output for output, name in QUEUES.items() if name in names and output in place.outputs]
    return sum(length(place.client("sqs"), place.output(output)) for output in outputs)


def schedules(place: Place) -> Iterator[Finding]:
    """Whether the stack's schedule runs, and settling's, which must."""
    states = {name: _state(place, physical) for name, physical in place.resources["AWS::Scheduler::Schedule"].items()}
    settling = [state for name, state in states.items() if name.startswith("SettleSends")]
    sending = [state for name, state in states.items() if name.startswith("SendOnSchedule")]
    yield ok("schedule", f"{', '.join(sending).lower()}, as the parameter ScheduleState has it")
    if settling != ["ENABLED"]:
        yield fault("settling", "its schedule is off: enable it, or what nobody knows stays unknown")
    else:
        yield from carry_out(("settling", _last_run), place)


def _last_run(place: Place) -> Iterator[Finding]:
    group = place.resources["AWS::Logs::LogGroup"]["SettleSendsLogGroup"]
    asked = {"logGroupName": group, "startTime": _ago(FIVE_MINUTES), "filterPattern": "REPORT"}
    pages = place.client("logs").get_paginator("filter_log_events").paginate(**asked)
    times = [event["timestamp"] for page in pages for event in page["events"]]
    if times:
        yield ok("settling", f"ran {max(0, int(time.time() - max(times) / 1000))} seconds ago")
    elif place.described["CreationTime"].timestamp() * 1000 > _ago(FIVE_MINUTES):
        yield not_checked("settling", "the stack was deployed a moment ago: it runs each minute")
    else:
        yield fault("settling", "did not run for five minutes: docs/runbook.md#settling-has-stopped")


def _state(place: Place, physical: str) -> str:
    """Of a schedule; CloudFormation gives its name, or group and name."""
    group, _, name = physical.rpartition("/")
    asked: dict[str, Any] = {"Name": name} | ({"GroupName": group.rpartition("/")[2]} if group else {})
    return str(place.client("scheduler").get_schedule(**asked)["State"])


def _ago(seconds: int) -> int:
    return int((time.time() - seconds) * 1000)
