"""Dead letters sent into the queue that their messages came from, several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.dead_letters.letter import Letter

LONGEST_BATCH = 250_000  # bytes of messages in one call; SQS takes 262,144 at least, with their attributes


def move(sqs: Any, queue_url: str, letters: Sequence[Letter]) -> list[Letter]:
    """Send letters of one page; gives those that the queue has."""
    moved: list[Letter] = []
    for batch in batches(letters):
        entries = [_entry(place, letter) for place, letter in enumerate(batch)]
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        moved += [batch[int(sent["Id"])] for sent in answer.get("Successful", [])]
    return moved


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


def _entry(place: int, letter: Letter) -> dict[str, Any]:
    attributes = {
        name: {"DataType": "String", "StringValue": value} for name, value in letter.attributes_moved().items()
    }
    return {"Id": str(place), "MessageBody": letter.message(), "MessageAttributes": attributes}
