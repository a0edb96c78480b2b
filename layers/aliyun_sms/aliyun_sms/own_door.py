"""A door of one's own: a Lambda function outside of the stack that sends as the stack's own doors do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Fault, InvalidSettings
from .message.incoming import Origin
from .observability import publishes_metrics
from .settings import read_settings
from .start import build_sender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from .result import Result
    from .sending.sender import Sender

SECONDS_TO_ANSWER = 1.5  # kept back from the provider's call, to write down what became of it
WITHOUT_DEFAULT = ("SMS_DAILY_RECIPIENT_LIMIT",)  # or the stack's cap would be passed by who forgets it


class OwnDoor:
    """Sends under keys, within the caps and the stop of a stack: to those it is a caller of the API with a name."""

    def __init__(self, sender: Sender, name: str) -> None:
        """Keys are told apart by the door's name."""
        self._sender = sender
        self._scope = f"function:{name}"

    @publishes_metrics
    def send(self, message: Mapping[str, object], context: LambdaContext) -> Result:
        """The result of a message, which is an object as at every door; raises nothing.

        Without an `idempotency_key` its key is the invocation's id, which stays where Lambda tries that again.
        """
        origin = Origin("request", self._scope, context.aws_request_id)
        seconds_left = context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_ANSWER
        return self._sender.told(self._sender.send(dict(message), origin, seconds_left))


def open_door(name: str) -> OwnDoor:
    """The door of that name, to be made once, when the function starts; raises InvalidSettings."""
    settings = read_settings(without_default=WITHOUT_DEFAULT)
    if settings.messages_table is None:
        raise InvalidSettings([Fault("SMS_MESSAGES_TABLE", "is empty, and a door of one's own needs the ledger")])
    return OwnDoor(build_sender(settings), name)
