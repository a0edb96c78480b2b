"""Room for messages in today's caps, taken before they are claimed; and whether anything may be sent at all."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms import observability
from aliyun_sms.errors import Fault
from aliyun_sms.ledger.claim import Duplicate
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.ledger.usage import LimitReached, NotNow, Reservation, Stopped, day_of, next_day
from aliyun_sms.message.incoming import OUTSIDE_THE_CAPS
from aliyun_sms.result import DAILY_LIMIT, STOPPED, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.claim import Claim
    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.message.incoming import IncomingMessage, Origin
    from aliyun_sms.result import Results

    OwnLimit = Callable[[Origin], int | None]

WHILE_STOPPED = timedelta(minutes=1)  # until another try makes sense


class Reserved(NamedTuple):
    """The messages that there is room for, in their order, and what they are counted in.

    Of the others, those whose keys stand already are `duplicates`; `refused` are the results of the rest, by their ids.
    """

    messages: Sequence[IncomingMessage]
    reservation: Reservation | None
    duplicates: list[Duplicate]
    refused: dict[str, Result]


class Reserving:
    """Takes room in today's caps. Raises TableUnavailable, and then some may have been taken for nothing."""

    def __init__(
        self, ledger: Ledger, results: Results, clock: Callable[[], datetime], own_limit: OwnLimit = lambda _: None
    ) -> None:
        """`own_limit` gives the cap of a caller who has one of its own."""
        self._own_limit = own_limit
        self._ledger = ledger
        self._usage = ledger.usage
        self._results = results
        self._clock = clock

    def reserve(self, messages: Sequence[IncomingMessage]) -> Reserved:
        """Take room for messages that came in together, or for the first of them that there is room for.

        Those of a door that has a cap of its own need none.
        """
        left = [incoming for incoming in messages if incoming.origin.scope not in OUTSIDE_THE_CAPS]
        outside = [incoming for incoming in messages if incoming.origin.scope in OUTSIDE_THE_CAPS]
        reservation, duplicates, refused = None, list[Duplicate](), dict[str, Result]()
        while left and reservation is None:
            try:
                reservation = self._reserved(left)
            except NotNow as reason:
                left, others = _parted(left, reason.room)
                standing = self._ledger.duplicates(others)
                duplicates += standing
                refused |= self._refused(others, standing, reason)
        return Reserved([*outside, *left], reservation, duplicates, refused)

    def give_back(self, reserved: Reserved, duplicates: Sequence[Duplicate]) -> None:
        """Give back what was taken for messages that turned out to be duplicates, if the table takes it."""
        names = {duplicate.message.message_id for duplicate in duplicates}
        counted = [each for each in reserved.messages if each.origin.scope not in OUTSIDE_THE_CAPS]
        recipients = _recipients([each for each in counted if each.message_id in names])
        if reserved.reservation and recipients:
            with suppress(Conflict, TableUnavailable):  # it then counts until the day is over
                self._usage.give_back(reserved.reservation, recipients)

    def is_stopped(self, claim: Claim) -> bool:
        """Whether a person has stopped what these messages are."""
        counted = any(row.scope not in OUTSIDE_THE_CAPS for row in claim.messages)
        return counted and self._usage.read().stopped is not None

    def take_anew(self, claim: Claim) -> Reservation | None:
        """Room for messages of a claim that are sent by a new request, if they need any; raises NotNow."""
        counted = [row for row in claim.messages if row.scope not in OUTSIDE_THE_CAPS]
        if not counted:
            return None
        numbers, row = claim.submission.numbers(), counted[0]
        recipients = sum(len(numbers[row.message_id]) for row in counted)
        return self._usage.reserve(recipients, self._now(), row.scope if row.door == "request" else None)

    def keep(self, claim: Claim) -> Reservation | None:
        """What counts for messages of a claim that were certainly not sent, and may be now: None is what they have.

        What they have of another day is as nothing. Raises NotNow.
        """
        counted = [row for row in claim.messages if row.scope not in OUTSIDE_THE_CAPS]
        if not counted:
            return None
        self._usage.read().raise_if_stopped()
        today = day_of(self._now())
        is_todays = all(row.reservation and row.reservation["day"] == today for row in counted)
        return None if is_todays else self.take_anew(claim)

    def refusal(self, reason: NotNow, messages: int) -> Result:
        """The result of messages that may not be sent now; those over a cap are counted for an alarm."""
        now = self._clock()
        if isinstance(reason, LimitReached):
            observability.count_over_limit(messages)
        if isinstance(reason, Stopped):
            return replace(self._results.of_code(STOPPED, str(reason)), retry_at=now + WHILE_STOPPED)
        return replace(self._results.of_code(DAILY_LIMIT, str(reason)), retry_at=next_day(now.timestamp()))

    def _reserved(self, messages: Sequence[IncomingMessage]) -> Reservation:
        origin = messages[0].origin
        caller = origin.scope if origin.door == "request" else None
        return self._usage.reserve(_recipients(messages), self._now(), caller, self._own_limit(origin))

    def _refused(
        self, messages: Sequence[IncomingMessage], standing: Sequence[Duplicate], reason: NotNow
    ) -> dict[str, Result]:
        """The result of each but the duplicates."""
        names = {duplicate.message.message_id for duplicate in standing}
        others = [each for each in messages if each.message_id not in names]
        refusal = self.refusal(reason, len(others))
        return {each.message_id: self._never(each, reason) or refusal for each in others}

    def _never(self, incoming: IncomingMessage, reason: NotNow) -> Result | None:
        """The result of a message that no day has room for: at the stack's own cap it would be no message at all."""
        recipients = len(incoming.message.phone_numbers)
        if not isinstance(reason, LimitReached) or recipients <= reason.limit:
            return None
        fault = Fault("phone_numbers", f"has {recipients} numbers, and {reason.name} allows {reason.limit} a day")
        result = self._results.of_code("client:invalid-message", str(fault))
        return replace(result, faults=(fault,), fault_count=1)

    def _now(self) -> float:
        return self._clock().timestamp()


def _recipients(messages: Sequence[IncomingMessage]) -> int:
    return sum(len(incoming.message.phone_numbers) for incoming in messages)


def _parted(messages: Sequence[IncomingMessage], room: int) -> tuple[list[IncomingMessage], list[IncomingMessage]]:
    """The messages that there is room for, the first of them first, and the others."""
    fitting: list[IncomingMessage] = []
    others: list[IncomingMessage] = []
    for incoming in messages:
        fits = len(incoming.message.phone_numbers) <= room
        room -= len(incoming.message.phone_numbers) if fits else 0
        (fitting if fits else others).append(incoming)
    return fitting, others
