"""Letters deleted, or sent again as new messages: what a person asked for, letter by letter."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from cli.dead_letters.moving import send_anew, while_deleting
from cli.dead_letters.order import NO_MESSAGE
from cli.dead_letters.queue import A_PAGE
from cli.dead_letters.telling import told
from cli.interrupts import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cli.dead_letters.letter import Letter
    from cli.dead_letters.queue import DeadLetterQueue
    from cli.dead_letters.telling import Told

NOT_DELETED = "SQS did not delete it, so it stays"
NOT_TAKEN = "SQS did not take it, so it stays"
SENT_BUT_STAYS = "it is sent again, but SQS did not delete it: run this again, it is sent once"


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
    warning = f" Of {held}, nobody knows whether it was sent: `sms lookup` asks the provider." if held else ""
    return f"under a new key, what was sent after all is sent twice.{warning}"


def _counted(letters: Sequence[Letter]) -> str:
    return f"{len(letters)} dead letter{'s' if len(letters) > 1 else ''}"


def delete(queues: Mapping[str, DeadLetterQueue], letters: Sequence[Letter]) -> Iterator[Told]:
    """Take letters out of their queues."""
    for name, page in _pages(letters):
        with uninterrupted():
            deleted = queues[name].delete(page)
        for letter in page:
            yield told("deleted", letter, "") if letter in deleted else told("failed", letter, NOT_DELETED)


def resend(
    sqs: Any, queue_url: str, queues: Mapping[str, DeadLetterQueue], letters: Sequence[Letter]
) -> Iterator[Told]:
    """Send letters again, then delete them: what is killed in between and run again sends under the same keys."""
    for name, page in _pages(letters):
        going = [letter for letter in page if letter.message_anew() is not None]
        with uninterrupted():
            sent = send_anew(sqs, queue_url, going) if going else []
            with while_deleting(sent):
                deleted = queues[name].delete(sent) if sent else []
        for letter in page:
            yield _resent(letter, is_going=letter in going, is_sent=letter in sent, is_deleted=letter in deleted)


def _resent(letter: Letter, *, is_going: bool, is_sent: bool, is_deleted: bool) -> Told:
    if not is_going:
        return told("left", letter, NO_MESSAGE)
    if not is_sent:
        return told("failed", letter, NOT_TAKEN)
    return told("resent", letter, "") if is_deleted else told("failed", letter, SENT_BUT_STAYS)


def _pages(letters: Sequence[Letter]) -> Iterator[tuple[str, list[Letter]]]:
    """Letters of one queue, as many as one call takes."""
    for name, group in groupby(letters, key=lambda letter: letter.queue):
        ours = list(group)
        for start in range(0, len(ours), A_PAGE):
            yield name, ours[start : start + A_PAGE]
