"""What settling comes to: written into the ledger, and told to whoever has to know."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from aliyun_sms import observability
from aliyun_sms.ledger.claim import Claim, of_row
from aliyun_sms.result import Result, restored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.result import Results

LOOK_AGAIN = 30  # seconds until an outcome is looked up that is unknown still, or once more


class Handover(Protocol):
    """Where a message goes that the ledger lets go of."""

    def put_back(self, message: MessageRow) -> None:
        """Into the queue, to be sent."""

    def hand_over(self, message: MessageRow, result: Result) -> None:
        """To a person, through the dead-letter queue."""


class Outcomes:
    """Writes what became of messages. Each raises Conflict or TableUnavailable where that cannot be written."""

    def __init__(self, ledger: Ledger, results: Results, handover: Handover, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._results = results
        self._handover = handover
        self._clock = clock

    def hand_over(self, rows: Sequence[MessageRow], deadline: float) -> Counter[str]:
        """Hand messages to a person; what there is no time for is due again soon. Counts them by status.

        The person comes first, then the ledger: what is handed over twice is read twice.
        """
        statuses: Counter[str] = Counter()
        for row in rows:
            if deadline < self._clock().timestamp():
                break
            self._handover.hand_over(row, _result_so_far(row))
            self._ledger.hold(row, self._now())
            statuses[row.status] += 1
        return statuses

    def write_all(self, claim: Claim, result: Result) -> Counter[str]:
        """Write the same result for all messages of a claim, but that what can still be sent goes back into the queue.

        What is refused for good goes to a person first: nobody waits at the door any more. Counts them by status.
        """
        results = [self._parked_if_sendable(result.told_by(row.document or {}), row) for row in claim.messages]
        for row, each in zip(claim.messages, results, strict=True):
            if each.status == "rejected" and row.door != "request":
                self._handover.hand_over(row, replace(each, message_id=row.message_id))
        numbers = claim.submission.numbers()
        given = [of_row(each, row, numbers) for row, each in zip(claim.messages, results, strict=True)]
        return self._write(claim, given, in_part=False)

    def accept(self, claim: Claim, found: Sequence[MessageRow]) -> None:
        """Write that the provider's send records hold these messages of a claim."""
        result = self._results.of_code("OK", "found in the provider's records")
        numbers = claim.submission.numbers()
        given = [of_row(result, row, numbers) for row in found]
        self._write(Claim(tuple(found), claim.submission), given, in_part=len(found) < len(claim.messages))

    def write_lapsed(self, claim: Claim) -> None:
        """Write what was still being sent as unknown, so that whoever had it cannot release the key."""
        given = self._ledger.write_lapsed(claim, self._results.lapsed(void=False), self._now())
        _log(claim, given)

    def _parked_if_sendable(self, result: Result, row: MessageRow) -> Result:
        """At the request door the caller tries again; and a fault of the account does not mend itself."""
        if row.door == "request" or not result.comes_again or result.category == "configuration":
            return result
        return self._results.parked(result, row.created_at, row.expires_at)

    def _write(self, claim: Claim, results: Sequence[Result], *, in_part: bool) -> Counter[str]:
        self._ledger.write_results(claim, results, self._now(), self._now() + LOOK_AGAIN, in_part=in_part)
        _log(claim, results)
        return Counter(result.status for result in results)

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _log(claim: Claim, results: Sequence[Result]) -> None:
    for row, result in zip(claim.messages, results, strict=True):
        observability.log_settled(result, row.door, row.scope)


def _result_so_far(row: MessageRow) -> Result:
    """What is known of a message, as a person gets it."""
    return replace(restored(row.result, row.message_id, row.status, row.reference), duplicate=False)
