"""Many messages at once: merged into few submissions, over a few threads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .ledger import Draft
from .merge import merge
from .sender import Unreadable
from .threads import in_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from .result import Origin, Result
    from .sender import Sender
    from .threads import Each


def send_all(
    sender: Sender,
    messages: Iterable[tuple[object, Origin]],
    seconds_left: float,
    clock: Callable[[], datetime],
    each: Each = in_threads,
) -> list[Result]:
    """Send the messages in doors' JSON objects; a result for each, in their order.

    Of several under one key the first goes first; the others follow, and find its result. So do those that cannot be
    read: nothing keeps the others waiting.
    """
    until = clock() + timedelta(seconds=seconds_left)
    results: dict[int, Result] = {}
    first: dict[str, tuple[int, Draft]] = {}
    others: list[tuple[int, Draft | Unreadable]] = []
    for place, message in enumerate(messages):
        draft = sender.read(*message)
        if isinstance(draft, Unreadable) or draft.message_id in first:
            others.append((place, draft))
        else:
            first[draft.message_id] = place, draft

    def left() -> float:
        return (until - clock()).total_seconds()

    def send(group: list[Draft]) -> None:
        places = (first[draft.message_id][0] for draft in group)
        results.update(zip(places, sender.send_together(group, left()), strict=True))

    def follow(other: tuple[int, Draft | Unreadable]) -> None:
        place, draft = other
        if isinstance(draft, Draft):
            (results[place],) = sender.send_together([draft], left())
        else:
            results[place] = sender.refuse(*draft) if left() > 0 else sender.too_late(draft)

    each(send, merge((draft for _, draft in first.values()), until))
    each(follow, others)
    return [results[place] for place in range(len(results))]
