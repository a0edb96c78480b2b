"""Submissions of several messages: what was refused because of one is split until that one stands alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms.errors import CodedError
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.ledger.usage import NotNow
from aliyun_sms.provider.catalogue import lookup
from aliyun_sms.provider.deadline import LEAST_SECONDS
from aliyun_sms.result import OUT_OF_TIME

from .submitter import is_of_some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.claim import Claim
    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.result import Result

    from .reserving import Reserving
    from .submitter import Submitter

    Outcome = tuple[Claim, Result]

PARTS = 4  # into which a submission is split: no more calls than with two, and half as many rounds
PROBES = 24  # messages that are tried alone where every part is refused: of 10 % good ones all are missed in 8 of 100
LEAST_PROBED = 2 * PROBES  # messages
MOST_OFFENDERS = 0.25  # of the probes: with more of them, to try each alone takes fewer calls than to split on


class Refused(NamedTuple):
    """A part that was refused as a whole, which its void submission says, and the result of that."""

    claim: Claim
    result: Result


class Splitter:
    """Submits messages together. Each outcome is a part of the claim and the result of every message in it.

    It has to be written before the next is asked for.
    """

    def __init__(
        self, submitter: Submitter, ledger: Ledger, reserving: Reserving, clock: Callable[[], datetime]
    ) -> None:
        self._submitter = submitter
        self._results = submitter.results
        self._ledger = ledger
        self._reserving = reserving
        self._clock = clock

    def submit(self, claim: Claim, deadline: float) -> Iterator[Outcome]:
        """Submit a claim, and its parts where it was refused as a whole because of some of its messages."""
        refused: list[Refused] = []
        yield from self._call(claim, deadline, refused)
        for whole in refused:
            yield from self._parts(whole.claim, deadline, may_probe=True)

    def split(self, claim: Claim, deadline: float) -> Iterator[Outcome]:
        """Submit the messages of a claim that was refused as a whole, in parts.

        Raises Conflict or TableUnavailable before the first of them, where that cannot be written down.
        """
        yield from self._parts(self._ledger.void(claim), deadline, may_probe=True)

    def _call(self, claim: Claim, deadline: float, refused: list[Refused]) -> Iterator[Outcome]:
        """Submit a claim; where it is to be split it is added to `refused`, and has no outcome yet."""
        claim, result = self._submitter.submit(claim, deadline)
        if result.status != "rejected" or len(claim.messages) == 1 or not is_of_some(claim.submission, result.code):
            yield claim, result
            return
        try:
            refused.append(Refused(self._ledger.void(claim), result))
        except (Conflict, TableUnavailable) as error:  # nothing was sent, so all may come again
            yield claim, self._results.of_code("client:ledger-unavailable", str(error))

    def _parts(self, whole: Claim, deadline: float, *, may_probe: bool) -> Iterator[Outcome]:
        """A void submission stays due until it is settled: what is left in it then was never sent.

        All parts are called before one of them is split on, since they may tell that splitting does not help.
        """
        expired = [row for row in whole.messages if self._submitter.expired(row)]
        if expired:
            yield whole.narrowed_to(expired), self._results.expired("expires_at had passed")
        refused: list[Refused] = []
        for rows in parts([row for row in whole.messages if not self._submitter.expired(row)]):
            yield from self._part(whole.narrowed_to(rows), deadline, refused)
        if may_probe and _may_be_common(refused):
            yield from self._probe(refused, deadline)
            return
        for part in refused:
            yield from self._parts(part.claim, deadline, may_probe=may_probe)

    def _probe(self, refused: Sequence[Refused], deadline: float) -> Iterator[Outcome]:
        """Try a few messages alone: what refuses each of them holds for all, or tells how to find those it is for."""
        alike = 0
        for part in refused:
            for row in probes(part.claim.messages):
                for claim, result in self._part(part.claim.narrowed_to([row]), deadline, []):
                    alike += result.status == "rejected" and result.code == part.result.code
                    yield claim, result
        for part in refused:
            tried = probes(part.claim.messages)
            left = part.claim.narrowed_to([row for row in part.claim.messages if row not in tried])
            if alike == PROBES and lookup(part.result.code or "").part != "phone_number":
                yield left, replace(part.result, by_inference=True)
            elif alike > PROBES * MOST_OFFENDERS:
                yield from self._each_alone(left, deadline)
            else:
                yield from self._parts(left, deadline, may_probe=False)

    def _each_alone(self, whole: Claim, deadline: float) -> Iterator[Outcome]:
        for row in whole.messages:
            yield from self._part(whole.narrowed_to([row]), deadline, [])

    def _part(self, part: Claim, deadline: float, refused: list[Refused]) -> Iterator[Outcome]:
        """Submit messages of a void submission under one of their own."""
        seconds_left = deadline - self._clock().timestamp()
        if seconds_left < LEAST_SECONDS:
            yield part, self._results.of_code(OUT_OF_TIME, "the function has no time left for a call")
            return
        try:
            reservation = self._reserving.keep(part)
            moved = self._ledger.move(part, self._submitter.signing(), seconds_left, reservation)
        except NotNow as reason:
            yield part, self._reserving.refusal(reason, len(part.messages))
        except (Conflict, TableUnavailable) as error:
            yield part, self._results.of_code("client:ledger-unavailable", str(error))
        except CodedError as error:  # there is no key to sign with
            yield part, self._results.of_code(error.code, error.description)
        else:
            if moved:
                yield from self._call(moved, deadline, refused)


def parts(rows: Sequence[MessageRow]) -> list[Sequence[MessageRow]]:
    """The messages in up to four parts of about the same size, in their order."""
    size = -(-len(rows) // PARTS) or 1
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def probes(rows: Sequence[MessageRow]) -> list[MessageRow]:
    """A few messages of a part, by their ids: those are hashes, so that no order of a list decides who is tried."""
    return sorted(rows, key=lambda row: row.message_id)[: PROBES // PARTS]


def _may_be_common(refused: Sequence[Refused]) -> bool:
    """Whether all parts were refused alike, and there are enough messages for probes to tell more than to split on."""
    many = sum(len(part.claim.messages) for part in refused) >= LEAST_PROBED
    return many and len(refused) == PARTS and len({part.result.code for part in refused}) == 1
