"""Many messages at once: merged into few submissions, over a few threads."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from aliyun_sms.message.incoming import IncomingMessage, Unreadable
from aliyun_sms.threads import AT_ONCE, THREADS, threads

from .merge import merge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from aliyun_sms.message.incoming import Origin
    from aliyun_sms.result import Result
    from aliyun_sms.threads import Each, Threads

    from .sender import Sender

    Group = list[IncomingMessage]


def send_all(
    sender: Sender,
    documents: Iterable[tuple[object, Origin]],
    seconds_left: float,
    clock: Callable[[], datetime],
    *,
    seconds_kept: Callable[[int], float] = lambda _: 0.0,
    in_threads: Threads = threads,
) -> list[Result]:
    """Send the messages in doors' JSON objects; a result for each, in their order.

    Of several under one key the first goes first; the others follow, and find its result. So do those that cannot be
    read: nothing keeps the others waiting. `seconds_kept` is what the door needs for so many that were not accepted:
    nothing is begun that would leave it less.
    """
    batch = _Batch(sender, clock() + timedelta(seconds=seconds_left), clock, seconds_kept)
    batch.read(documents)
    for are_alone, groups in groupby(batch.merged(), is_alone):
        with in_threads(AT_ONCE if are_alone else THREADS) as each:
            if are_alone:
                batch.send_alone([incoming for (incoming,) in groups], each)
            else:
                each(batch.send_together, groups)
    with in_threads(THREADS) as each:
        each(batch.follow, batch.others)
    return [batch.results[place] for place in range(len(batch.results))]


class _Batch:
    """Messages by their places, and what has become of them so far."""

    def __init__(
        self, sender: Sender, until: datetime, clock: Callable[[], datetime], seconds_kept: Callable[[int], float]
    ) -> None:
        self.others: list[tuple[int, IncomingMessage | Unreadable]] = []  # that cannot be read, or are not the first
        self.results: dict[int, Result] = {}
        self._first: Group = []  # of each key
        self._places: dict[str, int] = {}  # of the first, by their ids
        self._not_accepted: list[Result] = []
        self._sender = sender
        self._until = until
        self._clock = clock
        self._seconds_kept = seconds_kept

    def read(self, documents: Iterable[tuple[object, Origin]]) -> None:
        for place, (document, origin) in enumerate(documents):
            incoming = self._sender.read(document, origin)
            if isinstance(incoming, Unreadable) or incoming.message_id in self._places:
                self.others.append((place, incoming))
            else:
                self._places[incoming.message_id] = place
                self._first.append(incoming)

    def merged(self) -> list[Group]:
        return merge(self._first, self._until)

    def send_alone(self, messages: Group, each: Each) -> None:
        """A page after the other: so many may a killed function leave unknown."""
        for page in paged(messages, self._sender.ledger.most_alone):
            self._keep(page, self._sender.send_each(page, self._left(len(page)), each))

    def send_together(self, group: Group) -> None:
        under_way = len(self._first) - len(self.results)  # of those beside it, too
        self._keep(group, self._sender.send_together(group, self._left(under_way)))

    def follow(self, other: tuple[int, IncomingMessage | Unreadable]) -> None:
        place, incoming = other
        seconds_left = self._left(len(self.others))
        if isinstance(incoming, IncomingMessage):
            (self.results[place],) = self._sender.send_together([incoming], seconds_left)
        else:
            late = seconds_left <= 0
            self.results[place] = self._sender.too_late(incoming) if late else self._sender.refuse(incoming)

    def _left(self, under_way: int) -> float:
        kept = self._seconds_kept(len(self._not_accepted) + under_way)
        return (self._until - self._clock()).total_seconds() - kept

    def _keep(self, messages: Group, results: list[Result]) -> None:
        self.results.update(zip((self._places[incoming.message_id] for incoming in messages), results, strict=True))
        self._not_accepted += [result for result in results if result.status != "accepted"]


def is_alone(group: Group) -> bool:
    """Whether a message is submitted alone."""
    return len(group) == 1


def paged(messages: Group, most: int) -> list[Group]:
    """The messages in pages of so many."""
    return [messages[start : start + most] for start in range(0, len(messages), most)]
