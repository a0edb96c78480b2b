"""What settling comes to: written into the ledger, and told to whoever has to know."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from . import observability
from .result import Result, of_row, restored
from .rows import put

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .ledger import Claim, Ledger
    from .rows import MessageRow
    from .submission import Submitter

LOOK_AGAIN = 30  # seconds until an outcome is looked up that is unknown still, or once more


class Handover(Protocol):
    """Where a message goes that the ledger lets go of."""

    def put_back(self, message: MessageRow) -> None:
        """Into the queue, to be sent."""

    def hand_over(self, message: MessageRow, result: Result) -> None:
        """To a person, through the dead-letter queue."""


class Outcomes:
    """Records messages of a claim. Each raises Conflict or TableUnavailable where that cannot be written."""

    def __init__(self, ledger: Ledger, submitter: Submitter, handover: Handover, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._submitter = submitter
        self._handover = handover
        self._clock = clock

    def hand_over(self, rows: Sequence[MessageRow], deadline: float) -> Counter[str]:
        """The person first: what is handed over twice is read twice. What there is no time for is due again soon."""
        statuses: Counter[str] = Counter()
        for row in rows:
            if deadline < self._clock().timestamp():
                break
            self._handover.hand_over(row, _standing(row))
            now, ttl = self._now(), self._ledger.ttl(self._now())
            held = replace(row, held_at=now, document=None, updated_at=now, ttl=ttl)
            self._ledger.table.put_all([put(held)])
            statuses[held.status] += 1
        return statuses

    def record_all(self, claim: Claim, result: Result) -> Counter[str]:
        """Record the same result for all messages of a claim, but that what was not sent goes back into the queue.

        What is refused for good goes to a person first: nobody waits at the door any more.
        """
        results = [self._or_back(row, result) for row in claim.messages]
        for row, each in zip(claim.messages, results, strict=True):
            if each.status == "rejected" and row.door != "request":
                self._handover.hand_over(row, replace(each, message_id=row.message_id))
        return self.record(claim, results)

    def _or_back(self, row: MessageRow, result: Result) -> Result:
        if row.door == "request" or not result.comes_again or result.category == "configuration":
            return result  # a fault of the account does not mend itself: a person has to know
        if row.expires_at and result.retry_at and row.expires_at <= result.retry_at.timestamp():
            return self._submitter.too_late("it expires before the recipient's limit opens")
        return replace(result, status="queued")

    def record(self, claim: Claim, results: Sequence[Result], *, in_part: bool = False) -> Counter[str]:
        """Record and tell a result for each message, in their order; counts them by status."""
        numbers = claim.submission.numbers()
        given = [of_row(result, row, numbers) for row, result in zip(claim.messages, results, strict=True)]
        self._ledger.record(claim, given, self._now(), self._now() + LOOK_AGAIN, in_part=in_part)
        for row, result in zip(claim.messages, given, strict=True):
            observability.settled(result, row.door)
        return Counter(result.status for result in given)

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _standing(row: MessageRow) -> Result:
    """The result that a message has so far, as a person gets it."""
    return replace(restored(row.result, row.message_id, row.status, row.reference), duplicate=False)
