"""Many messages at once: merged into few submissions, over a few threads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aliyun_sms.message.incoming import IncomingMessage, Unreadable
from aliyun_sms.threads import in_threads

from .merge import merge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from aliyun_sms.message.incoming import Origin
    from aliyun_sms.result import Result
    from aliyun_sms.threads import Each

    from .sender import Sender


def send_all(
    sender: Sender,
    documents: Iterable[tuple[object, Origin]],
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
    first: dict[str, tuple[int, IncomingMessage]] = {}
    others: list[tuple[int, IncomingMessage | Unreadable]] = []
    for place, (document, origin) in enumerate(documents):
        incoming = sender.read(document, origin)
        if isinstance(incoming, Unreadable) or incoming.message_id in first:
            others.append((place, incoming))
        else:
            first[incoming.message_id] = place, incoming

    def left() -> float:
        return (until - clock()).total_seconds()

    def send(group: list[IncomingMessage]) -> None:
        places = (first[incoming.message_id][0] for incoming in group)
        results.update(zip(places, sender.send_together(group, left()), strict=True))

    def follow(other: tuple[int, IncomingMessage | Unreadable]) -> None:
        place, incoming = other
        if isinstance(incoming, IncomingMessage):
            (results[place],) = sender.send_together([incoming], left())
        else:
            results[place] = sender.refuse(incoming) if left() > 0 else sender.too_late(incoming)

    each(send, merge((incoming for _, incoming in first.values()), until))
    each(follow, others)
    return [results[place] for place in range(len(results))]
