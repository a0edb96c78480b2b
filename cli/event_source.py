"""What lets the queue's function receive: its event source mapping, enabled or disabled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from cli.errors import Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.place import Place

MAPPING = "SendFromQueueFunctionMessages"
SECONDS_TO_WAIT = 60  # Lambda takes some until its pollers have ended, or have begun
PAUSE = 2.0  # seconds between two looks
OPPOSITE = {"Enabled": "Disabled", "Disabled": "Enabled"}

State = Literal["Enabled", "Disabled"]


class EventSource:
    """The mapping of a stack's queue; raises KeyError where the stack has none."""

    def __init__(self, place: Place) -> None:
        self._lambda = place.client("lambda")
        self._uuid = place.resources.get("AWS::Lambda::EventSourceMapping", {})[MAPPING]

    @property
    def state(self) -> str:
        """Enabled, Disabled, or on its way to either."""
        return str(self._lambda.get_event_source_mapping(UUID=self._uuid)["State"])

    def bring_to(self, wanted: State, say: Callable[[str], object]) -> None:
        """Enable or disable it, and wait until it is; raises Told where that takes too long."""
        until, said = time.monotonic() + SECONDS_TO_WAIT, ""
        while (state := self._nearer_to(wanted)) != wanted:
            if time.monotonic() >= until:
                raise Told(f"Lambda has it as {state.lower()} after {SECONDS_TO_WAIT} seconds")
            if state != said:
                say(f"the queue's event source is {state.lower()}: Lambda takes up to a minute")
            said = state
            time.sleep(PAUSE)

    def _nearer_to(self, wanted: State) -> str:
        state = self.state
        if state != OPPOSITE[wanted]:
            return state
        try:
            changed = self._lambda.update_event_source_mapping(UUID=self._uuid, Enabled=wanted == "Enabled")
        except self._lambda.exceptions.ResourceInUseException:  # somebody else changes it at the moment
            return state
        return str(changed["State"])
