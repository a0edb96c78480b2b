"""Events given to the alert door again, each by an invocation, so that it is known what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.asking import ALERT_DOOR, invoke
from cli.dead_letters.given_up_alert import event_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.dead_letters.letter import Letter
    from cli.place import Place

RAISED = "the alert door did not take it ({error}), so it stays: its log says why"


class ToTheAlertDoor:
    """The way back of events."""

    there = "with the alert door"

    def __init__(self, place: Place) -> None:
        self._place = place
        self._errors: dict[str, str] = {}  # by SQS's message ids

    def move(self, letters: Sequence[Letter]) -> list[Letter]:
        """Those that the door takes; it has then told of them, or written them down to be told."""
        return [letter for letter in letters if self._takes(letter)]

    def why_not(self, letter: Letter) -> str:
        """Why a letter was not moved."""
        return RAISED.format(error=self._errors[letter.sqs_message_id])

    def _takes(self, letter: Letter) -> bool:
        _, error = invoke(self._place, str(event_of(letter)), ALERT_DOOR)
        if error:
            self._errors[letter.sqs_message_id] = error
        return error is None
