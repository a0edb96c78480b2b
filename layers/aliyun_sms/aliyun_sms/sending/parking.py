"""Messages that no door brings again by itself: they wait in the ledger, and settling puts them into the queue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aliyun_sms import observability
from aliyun_sms.result import DAILY_LIMIT, STOPPED

from .waiting import must_be_parked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.message.incoming import IncomingMessage
    from aliyun_sms.result import Result, Results

    from .duplicates import Duplicates


class Parking:
    """Parks what the schedule door could not send: only a whole run comes again, and where nothing of it was sent.

    SQS brings back each record of the queue door, so only what may not be sent for long is parked there; and at the
    request door a caller tries again.
    """

    def __init__(self, ledger: Ledger, results: Results, duplicates: Duplicates, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._results = results
        self._duplicates = duplicates
        self._clock = clock

    def park(self, messages: Sequence[IncomingMessage], results: Sequence[Result]) -> list[Result]:
        """The results, with those of the messages that wait now; no two may have the same key.

        Raises nothing: what cannot be written down keeps its result, by which the door knows that it was not sent.
        """
        waiting = [(each, result) for each, result in zip(messages, results, strict=True) if self._waits(each, result)]
        try:
            parked = self._parked(waiting) if waiting else {}
        except Exception as error:  # noqa: BLE001 - the door must answer, and others may have been sent
            observability.defect(error, "not left to the queue")
            return list(results)
        return [parked.get(result.message_id, result) for result in results]

    def _waits(self, incoming: IncomingMessage, result: Result) -> bool:
        comes_again_itself = incoming.origin.door == "queue" and result.code not in {DAILY_LIMIT, STOPPED}
        if not self._ledger.keeps or comes_again_itself:
            return False
        return must_be_parked(result, incoming.origin, result.retry_after(self._clock()))

    def _parked(self, waiting: Sequence[tuple[IncomingMessage, Result]]) -> dict[str, Result]:
        """The result of each by its message's id; of what somebody else has taken meanwhile, that of the other."""
        messages = [incoming for incoming, _ in waiting]
        results = [self._parked_one(incoming, result) for incoming, result in waiting]
        standing = self._ledger.park(messages, results, int(self._clock().timestamp()))
        return {result.message_id: result for result in results} | self._duplicates.results(standing)

    def _parked_one(self, incoming: IncomingMessage, result: Result) -> Result:
        expires_at = incoming.message.expires_at
        now = self._clock().timestamp()
        parked = self._results.parked(result, now, expires_at.timestamp() if expires_at else None)
        return replace(parked, message_id=result.message_id, reference=result.reference, recipients=result.recipients)
