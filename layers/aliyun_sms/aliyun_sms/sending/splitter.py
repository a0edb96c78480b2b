"""Submissions of several messages: what was refused because of one is split until that one stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aliyun_sms.errors import CodedError
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.provider.deadline import LEAST_SECONDS

from .submitter import is_of_some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.claim import Claim
    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.result import Result

    from .submitter import Submitter

    Outcome = tuple[Claim, Result]

PARTS = 4  # into which a submission is split: no more calls than with two, and half as many rounds


class Splitter:
    """Submits messages together. Each outcome is a part of the claim and the result of every message in it.

    It has to be written before the next is asked for.
    """

    def __init__(self, submitter: Submitter, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._submitter = submitter
        self._results = submitter.results
        self._ledger = ledger
        self._clock = clock

    def submit(self, claim: Claim, deadline: float) -> Iterator[Outcome]:
        """Submit a claim, and its parts where it was refused as a whole because of some of its messages."""
        claim, result = self._submitter.submit(claim, deadline)
        if result.status != "rejected" or len(claim.messages) == 1 or not is_of_some(claim.submission, result.code):
            yield claim, result
            return
        try:
            void = self._ledger.void(claim)
        except (Conflict, TableUnavailable) as error:  # nothing was sent, so all may come again
            yield claim, self._results.of_code("client:ledger-unavailable", str(error))
        else:
            yield from self._parts(void, deadline)

    def split(self, claim: Claim, deadline: float) -> Iterator[Outcome]:
        """Submit the messages of a claim that was refused as a whole, in parts.

        Raises Conflict or TableUnavailable before the first of them, where that cannot be written down.
        """
        yield from self._parts(self._ledger.void(claim), deadline)

    def _parts(self, whole: Claim, deadline: float) -> Iterator[Outcome]:
        """A void submission stays due until it is settled: what is left in it then was never sent."""
        expired = [row for row in whole.messages if self._submitter.expired(row)]
        if expired:
            yield whole.narrowed_to(expired), self._results.expired("expires_at had passed")
        for rows in parts([row for row in whole.messages if not self._submitter.expired(row)]):
            yield from self._part(whole.narrowed_to(rows), deadline)

    def _part(self, part: Claim, deadline: float) -> Iterator[Outcome]:
        seconds_left = deadline - self._clock().timestamp()
        if seconds_left < LEAST_SECONDS:
            yield part, self._results.of_code("client:out-of-time", "the function has no time left for a call")
            return
        try:
            moved = self._ledger.move(part, self._submitter.signing(), seconds_left)
        except (Conflict, TableUnavailable) as error:
            yield part, self._results.of_code("client:ledger-unavailable", str(error))
        except CodedError as error:  # there is no key to sign with
            yield part, self._results.of_code(error.code, error.description)
        else:
            if moved:
                yield from self.submit(moved, deadline)


def parts(rows: Sequence[MessageRow]) -> list[Sequence[MessageRow]]:
    """The messages in up to four parts of about the same size, in their order."""
    size = -(-len(rows) // PARTS) or 1
    return [rows[start : start + size] for start in range(0, len(rows), size)]
