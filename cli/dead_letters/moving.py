"""Dead letters sent into the queue that their messages came from, several at once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cli.screen import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cli.dead_letters.letter import Letter

LONGEST_BATCH = 250_000  # bytes of messages in one call; SQS takes 262,144 at least, with their attributes


class IntoTheQueue:
    """The way back of messages."""

    there = "in the queue"

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def move(self, letters: Sequence[Letter]) -> list[Letter]:
        """Send letters of one page under the keys that they had; gives those that the queue has."""
        return _send(
            self._sqs, self._queue_url, letters, lambda letter: _entry(letter.message(), letter.attributes_moved())
        )

    def why_not(self, letter: Letter) -> str:  # noqa: ARG002 - the other way says why of each
        """Why a letter was not moved."""
        return "SQS did not take it, so it stays"


def send_anew(sqs: Any, queue_url: str, letters: Sequence[Letter]) -> list[Letter]:
    """The same as new messages, each under the key that is its letter's own."""
    return _send(sqs, queue_url, letters, lambda letter: _entry(letter.message_anew(), {}))


@contextmanager
def while_deleting(sent: Sequence[Letter], there: str = IntoTheQueue.there) -> Iterator[None]:
    """Name the letters that are there, where that ends before they are deleted."""
    try:
        yield
    except Exception:
        names = ", ".join(letter.name for letter in sent)
        note(f"{names}: {there} already, though the letters stay. Run this again: each is sent once", "yellow")
        raise


def batches(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Letters that fit into one call, in their order; one that is longer goes alone."""
    batch: list[Letter] = []
    length = 0
    for letter in letters:
        more = len(letter.body.encode())
        if batch and length + more > LONGEST_BATCH:
            yield batch
            batch, length = [], 0
        batch.append(letter)
        length += more
    if batch:
        yield batch


def _send(
    sqs: Any, queue_url: str, letters: Sequence[Letter], entry: Callable[[Letter], dict[str, Any]]
) -> list[Letter]:
    sent: list[Letter] = []
    for batch in batches(letters):
        entries = [{"Id": str(place), **entry(letter)} for place, letter in enumerate(batch)]
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        sent += [batch[int(each["Id"])] for each in answer.get("Successful", [])]
    return sent


def _entry(message: str | None, attributes: dict[str, str]) -> dict[str, Any]:
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return {"MessageBody": message, "MessageAttributes": typed}
