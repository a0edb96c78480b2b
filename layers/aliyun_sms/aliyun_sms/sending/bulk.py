"""Many messages at once: merged into few submissions, over a few threads."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
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

    Group = list[IncomingMessage]


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
    places, first, others = _read(sender, documents)
    results: dict[int, Result] = {}

    def left() -> float:
        return (until - clock()).total_seconds()

    def keep(messages: Group, given: list[Result]) -> None:
        results.update(zip((places[incoming.message_id] for incoming in messages), given, strict=True))

    def send_together(group: Group) -> None:
        keep(group, sender.send_together(group, left()))

    def follow(other: tuple[int, IncomingMessage | Unreadable]) -> None:
        place, incoming = other
        if isinstance(incoming, IncomingMessage):
            (results[place],) = sender.send_together([incoming], left())
        else:
            results[place] = sender.refuse(incoming) if left() > 0 else sender.too_late(incoming)

    for are_alone, groups in groupby(merge(first, until), is_alone):
        if are_alone:
            for page in paged([incoming for (incoming,) in groups], sender.ledger.most_alone):
                keep(page, sender.send_each(page, left(), each))
        else:
            each(send_together, groups)
    each(follow, others)
    return [results[place] for place in range(len(results))]


def _read(
    sender: Sender, documents: Iterable[tuple[object, Origin]]
) -> tuple[dict[str, int], Group, list[tuple[int, IncomingMessage | Unreadable]]]:
    """The first message under each key, and their places by their ids; and all others, each with its place."""
    places: dict[str, int] = {}
    first: Group = []
    others: list[tuple[int, IncomingMessage | Unreadable]] = []
    for place, (document, origin) in enumerate(documents):
        incoming = sender.read(document, origin)
        if isinstance(incoming, Unreadable) or incoming.message_id in places:
            others.append((place, incoming))
        else:
            places[incoming.message_id] = place
            first.append(incoming)
    return places, first, others


def is_alone(group: Group) -> bool:
    """Whether a message is submitted alone."""
    return len(group) == 1


def paged(messages: Group, most: int) -> list[Group]:
    """The messages in pages of so many."""
    return [messages[start : start + most] for start in range(0, len(messages), most)]
