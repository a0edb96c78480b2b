"""Many messages at once: merged into few submissions, over a few threads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .ledger import Draft
from .merge import merge
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
    read = [sender.read(*message) for message in messages]
    first: dict[str, int] = {}
    for place, draft in enumerate(read):
        if isinstance(draft, Draft):
            first.setdefault(draft.message_id, place)
    results: dict[int, Result] = {}

    def send(places: list[int]) -> None:
        drafts = [draft for place in places if isinstance(draft := read[place], Draft)]
        results.update(zip(places, sender.send_together(drafts, _left(until, clock)), strict=True))

    def finish(place: int) -> None:
        draft = read[place]
        results[place] = (
            draft() if not isinstance(draft, Draft) else sender.send_together([draft], _left(until, clock))[0]
        )

    drafts = [draft for place in first.values() if isinstance(draft := read[place], Draft)]
    each(send, [[first[draft.message_id] for draft in group] for group in merge(drafts, until)])
    each(finish, [place for place in range(len(read)) if place not in results])
    return [results[place] for place in range(len(read))]


def _left(until: datetime, clock: Callable[[], datetime]) -> float:
    return (until - clock()).total_seconds()
