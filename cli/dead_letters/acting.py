"""Letters deleted, or sent again as new messages: what a person asked for, letter by letter."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from cli.dead_letters.moving import batches, send_anew, while_deleting
from cli.dead_letters.queue import A_PAGE
from cli.dead_letters.telling import Outcome, outcome
from cli.interrupts import uninterrupted
from cli.program import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cli.dead_letters.letter import Letter
    from cli.dead_letters.queue import DeadLetterQueue

    Tell = Callable[[Outcome], None]
    Reason = Callable[[Letter], str | None]

NOT_DELETED = "SQS did not delete it, so it stays"
NOT_TAKEN = "SQS did not take it, so it stays"
SENT_BUT_STAYS = "it is sent again, but SQS did not delete it: run this again, it is sent once"
TOOK_TOO_LONG = "it took so long that others may have it by now: run this again"


def ask_to_delete(letters: Sequence[Letter]) -> str:
    """The question before letters are deleted."""
    held = sum(letter.is_held for letter in letters)
    warning = f" Of {held}, nobody knows whether it was sent: nothing will remind of it then." if held else ""
    return f"Delete {_counted(letters)}? Nothing brings them back.{warning}"


def ask_to_resend(letters: Sequence[Letter]) -> str:
    """The question before letters are sent again."""
    return f"Send {_counted(letters)} again, under new keys?"


def risk_of_resending(letters: Sequence[Letter]) -> str:
    """What is said before that, to scripts as well."""
    held = sum(letter.is_held for letter in letters)
    asks = f"`{program()} lookup` asks the provider"
    warning = f" Of {held}, nobody knows whether it was sent: {asks}." if held else ""
    return f"under a new key, what was sent after all is sent twice.{warning}"


def _counted(letters: Sequence[Letter]) -> str:
    return f"{len(letters)} dead letter{'s' if len(letters) > 1 else ''}"


def delete(queues: Mapping[str, DeadLetterQueue], letters: Sequence[Letter], tell: Tell) -> None:
    """Take letters out of their queues."""
    for queue, batch in _batches(queues, letters):
        with uninterrupted():
            if ours := _still_ours(queue, batch, tell):
                deleted = queue.delete(ours)
                for letter in ours:
                    tell(
                        outcome("deleted", letter, "") if letter in deleted else outcome("failed", letter, NOT_DELETED)
                    )


def resend(
    sqs: Any,
    queue_url: str,
    queues: Mapping[str, DeadLetterQueue],
    letters: Sequence[Letter],
    *,
    reason: Reason,
    tell: Tell,
) -> None:
    """Send letters again, then delete them: what is killed in between and run again sends under the same keys.

    Those for which there is a reason to stay are left.
    """
    for queue, batch in _batches(queues, letters):
        going = _without(reason, batch, tell)
        with uninterrupted():
            if ours := _still_ours(queue, going, tell):
                sent = send_anew(sqs, queue_url, ours)
                _delete_sent(queue, ours, sent, tell)


def _delete_sent(queue: DeadLetterQueue, letters: Sequence[Letter], sent: Sequence[Letter], tell: Tell) -> None:
    """What is sent is told, even where its deletion fails altogether."""
    deleted: list[Letter] = []
    try:
        with while_deleting(sent):
            deleted = queue.delete(sent) if sent else []
    finally:
        for letter in letters:
            tell(_resent(letter, is_sent=letter in sent, is_deleted=letter in deleted))


def _resent(letter: Letter, *, is_sent: bool, is_deleted: bool) -> Outcome:
    if not is_sent:
        return outcome("failed", letter, NOT_TAKEN)
    return outcome("resent", letter, "") if is_deleted else outcome("failed", letter, SENT_BUT_STAYS)


def _still_ours(queue: DeadLetterQueue, letters: Sequence[Letter], tell: Tell) -> list[Letter]:
    """Those that are hidden from others yet; the rest is left."""
    return _without(lambda letter: None if queue.hides(letter) else TOOK_TOO_LONG, letters, tell)


def _without(reason: Reason, letters: Sequence[Letter], tell: Tell) -> list[Letter]:
    """Those for which there is no reason to stay; of the others it is told."""
    going = []
    for letter in letters:
        if why := reason(letter):
            tell(outcome("left", letter, why))
        else:
            going.append(letter)
    return going


def _batches(
    queues: Mapping[str, DeadLetterQueue], letters: Sequence[Letter]
) -> Iterator[tuple[DeadLetterQueue, list[Letter]]]:
    """Letters of one queue, as many as one call takes."""
    for name, group in groupby(letters, key=lambda letter: letter.queue):
        ours = list(group)
        for start in range(0, len(ours), A_PAGE):
            for batch in batches(ours[start : start + A_PAGE]):
                yield queues[name], batch
