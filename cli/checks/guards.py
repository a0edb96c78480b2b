"""What bounds the sends: the stop, and the limit of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli import usage
from cli.checks.finding import Finding, fault, ok
from cli.event_source import EventSource
from cli.limits import of_stack
from cli.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.place import Place

NEARLY_ALL = 80  # percent of a limit, from which somebody should know


def stop(place: Place) -> Iterator[Finding]:
    """Whether sends are stopped, and the queue's function with them."""
    standing = usage.read(place).stop
    if not standing:
        yield ok("stop", "sends are not stopped")
        return
    yield fault("stop", f"sends are stopped {standing}; `{program()} start` lets them go on")
    if (state := EventSource(place).state) not in {"Disabled", "Disabling"}:
        yield fault("stop", f"the queue's event source is {state.lower()} all the same: `{program()} stop` disables it")


def daily_limit(place: Place) -> Iterator[Finding]:
    """How much of it is used."""
    now = usage.read(place)
    count = of_stack(place, now)
    if count.percent is None or count.percent < NEARLY_ALL:
        yield ok("daily limit", f"today {count}")
    else:
        yield fault(
            "daily limit", f"today {count}, until {now.ends_at:%H:%M} in China: `{program()} usage` says who sent them"
        )
