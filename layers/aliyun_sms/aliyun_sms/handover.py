"""Where a message goes that the ledger lets go of: into the queue again, or to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .dead_letters import with_key

if TYPE_CHECKING:
    from .dead_letters import DeadLetters
    from .messages_queue import MessagesQueue
    from .result import Result
    from .rows import MessageRow


@dataclass(frozen=True, slots=True)
class QueueHandover:
    """The two queues; each call raises boto3's errors, and the ledger's row then stays as it is."""

    messages_queue: MessagesQueue
    dead_letters: DeadLetters

    def put_back(self, message: MessageRow) -> None:
        """Into the queue, to be sent under its key."""
        self.messages_queue.put_back(message)

    def hand_over(self, message: MessageRow, result: Result) -> None:
        """To a person: into the dead-letter queue, with message id and code."""
        self.dead_letters.put(with_key(message.document, message.key), result)
