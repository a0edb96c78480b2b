"""The core broken on purpose, to show that the simulation would see it."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aliyun_sms.ledger.claim import Claim, new_claim
from aliyun_sms.ledger.ledger import Ledger
from aliyun_sms.ledger.rows import to_put
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.ledger.usage import NO_LIMITS, LimitReached, Reservation, UsageRow, day_of, given_back
from aliyun_sms.sending.submitter import MOST_ATTEMPTS, Submitter
from aliyun_sms.settling.due import Settling
from aliyun_sms.settling.parked import Parked
from aliyun_sms.settling.settler import Settler

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aliyun_sms.ledger.claim import Duplicate
    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.ledger.submission_row import SubmissionRow
    from aliyun_sms.ledger.table import Table
    from aliyun_sms.message.incoming import IncomingMessage
    from aliyun_sms.provider.answer import Answer
    from aliyun_sms.provider.credentials import Credentials
    from aliyun_sms.provider.request import Signing
    from aliyun_sms.result import Result


class Unclaimed(Ledger):
    """Takes whatever stands in the way of a claim for its own."""

    def claim(
        self,
        messages: Sequence[IncomingMessage],
        signing: Signing,
        seconds: float,
        reservation: Reservation | None = None,
    ) -> tuple[Claim, list[Duplicate]]:
        claim = new_claim(messages, signing, self._new_id(), seconds, reservation)
        for row in claim.messages:
            standing = self.message(row.message_id)
            self.table.put_all([to_put(replace(row, version=standing.version if standing else 0))])
        rows = self.messages(claim.submission.message_ids)
        return Claim(tuple(rows.values()), self.write(claim.submission)), []

    def claim_each(
        self,
        messages: Sequence[IncomingMessage],
        signing: Callable[[], Signing],
        seconds: float,
        reservation: Reservation | None = None,
    ) -> tuple[list[Claim], list[Duplicate]]:
        return [self.claim([incoming], signing(), seconds, reservation)[0] for incoming in messages], []


class Hurried(UsageRow):
    """Looks whether there is room, and counts afterwards."""

    def reserve(self, recipients: int, now: float, caller: str | None = None, limit: int | None = None) -> Reservation:
        standing, most = self.read(), self.limits.stack
        room = most - standing.of_day(day_of(now))
        if most and room < recipients:
            raise LimitReached("DailyRecipientLimit", most, room)
        return UsageRow(self._table, NO_LIMITS).reserve(recipients, now, caller, limit)


class Racing(Ledger):
    """Counts by a read and a write that knows nothing of it."""

    def __init__(self, table: Table, **given: Any) -> None:
        super().__init__(table, **given)
        self.usage = Hurried(table, NO_LIMITS)


class Generous(Ledger):
    """Gives back what was reserved for a message of which nobody knows whether it was sent."""

    def write_results(
        self, claim: Claim, results: Sequence[Result], now: int, look_up_at: int | None = None, *, in_part: bool = False
    ) -> None:
        super().write_results(claim, results, now, look_up_at, in_part=in_part)
        self._give_back(claim, results, "unknown")

    def _give_back(self, claim: Claim, results: Sequence[Result], status: str) -> None:
        for row, result in zip(claim.messages, results, strict=True):
            if row.reservation and result.status == status and (count := given_back([row.reservation])):
                with suppress(Conflict):
                    self.table.count(count)


class Repeating(Generous):
    """Gives back by a write that botocore repeats, and that nothing marks."""

    def _give_back(self, claim: Claim, results: Sequence[Result], status: str) -> None:
        del status
        super()._give_back(claim, results, "rejected")


class Deaf(Settler):
    """Makes identical requests while a person has stopped all sending."""

    def _may_resend(self, claim: Claim, deadline: float) -> bool:
        self._reserving.is_stopped = lambda claim: not claim  # type: ignore[method-assign]
        return super()._may_resend(claim, deadline)


class Forgetful(Ledger):
    """Lets the rows go of messages whose letters are still about."""

    def renew(self, name: str, now: int) -> None:
        del name, now


class Forgoing(Ledger):
    """Says that messages wait, and does not write it down."""

    def park(self, messages: Sequence[IncomingMessage], results: Sequence[Result], now: int) -> list[Duplicate]:
        del messages, results, now
        return []


class Hoarding(Ledger):
    """Keeps the submission of a message that waits for as long as that may wait."""

    def write_results(
        self, claim: Claim, results: Sequence[Result], now: int, look_up_at: int | None = None, *, in_part: bool = False
    ) -> None:
        super().write_results(claim, results, now, look_up_at, in_part=in_part)
        if results[-1].status == "queued" and (submission := self.submission(claim.submission.out_id)):
            self.write(replace(submission, ttl=None))


class Blind(Submitter):
    """Makes a new request where the outcome of the first is unknown."""

    def _again_at_once(self, result: Result, attempts: int, used: Credentials) -> bool:
        again = super()._again_at_once(result, attempts, used)
        return again or (result.status == "unknown" and attempts < MOST_ATTEMPTS)


class Stale(Submitter):
    """Never reads the secret again."""

    def renewed(self, code: str | None, used: Credentials) -> bool:
        del code, used
        return False


class Trusting(Submitter):
    """Takes every refusal for one of the whole call."""

    def _is_perhaps_of_some(self, row: SubmissionRow, answer: Answer) -> bool:
        del row, answer
        return False


class Careless(Submitter):
    """Does not ask whether the message has expired."""

    def expired(self, message: MessageRow) -> bool:
        del message
        return False


class Hasty(Settler):
    """Takes an empty answer of the provider's send records for proof that nothing was sent."""

    def _may_send_once_more(self, submission: SubmissionRow, *, all_read: bool) -> bool:
        return all_read and not submission.given_up


class Silent(Settler):
    """Lets go of what it cannot settle, and tells nobody."""

    def _hand_over(self, claim: Claim, deadline: float) -> Counter[str]:
        del deadline
        self._ledger.close(claim.submission, self._now())
        return Counter(row.status for row in claim.messages)


class Orphaning(Settler):
    """Sends the others once more though there was no time to hand over all that had expired."""

    def _by_policy(self, claim: Claim, deadline: float, *, all_read: bool) -> Counter[str]:
        late = [row for row in claim.messages if self._submitter.expired(row)]
        left = claim.narrowed_to([row for row in claim.messages if row not in late])
        signing = self._submitter.signing()
        if not left.messages or not self._may_send_once_more(claim.submission, all_read=all_read):
            return super()._by_policy(claim, deadline, all_read=all_read)
        return self._outcomes.hand_over(late, deadline) + self._send_once_more(left, signing, deadline)


class Sampling(Settler):
    """Takes all messages of a submission for accepted where one is found."""

    def _without_found(self, claim: Claim, deadline: float, *, last_look: bool) -> tuple[Claim, set[str], Counter[str]]:
        left, unread, statuses = super()._without_found(claim, deadline, last_look=last_look)
        if statuses["accepted"] and left.messages:
            statuses += self._outcomes.write_all(left, self._submitter.results.of_code("OK", ""))
            left = Claim((), left.submission)
        return left, unread, statuses


class TooEarly(Parked):
    """Puts a message back into the queue before its key is released."""

    def _put_back(self, row: MessageRow) -> str:
        with suppress(ConnectionError, Conflict, TableUnavailable):
            self._handover.put_back(row)
            self._ledger.table.put_all([to_put(replace(row, released=True, due_at=None))])
        return row.status


class Eager(Settling):
    """Has parked messages put back too early."""

    def parked(self) -> Parked:
        return TooEarly(self._ledger, self._sender, self._handover, clock=self._clock, each=self._each)
