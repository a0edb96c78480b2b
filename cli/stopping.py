"""The stop, and the queue's event source that follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli import faults, usage
from cli.errors import Told
from cli.event_source import EventSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.event_source import State
    from cli.place import Place
    from cli.usage import Stop

NOBODY = "somebody whom AWS did not name"


def who(place: Place) -> str:
    """The principal that runs this command. A stop does not wait for the answer of one service more."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - help needs none of it

    try:
        return str(place.client("sts").get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return NOBODY


def let_event_source_follow(place: Place, say: Callable[[str], object]) -> Stop | None:
    """Disable it under a stop, else enable it, and give the stop; raises Told with what stands in the way."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - help needs none of it

    try:
        return _in_line(place, EventSource(place), say)
    except (BotoCoreError, ClientError) as error:
        raise Told(faults.told(error)) from None
    except KeyError as missing:
        raise Told(f"the stack has no {missing.args[0]}, or not yet: deploy it again") from None


def _in_line(place: Place, source: EventSource, say: Callable[[str], object]) -> Stop | None:
    """Once more where somebody stops or starts meanwhile: who comes last leaves it as the item has it."""
    while True:
        stop = usage.read(place).stop
        wanted: State = "Disabled" if stop else "Enabled"
        source.bring_to(wanted, say)
        if bool(usage.read(place).stop) == bool(stop):
            return stop
