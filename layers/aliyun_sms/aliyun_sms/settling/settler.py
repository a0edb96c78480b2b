"""One submission whose outcome nobody knows, settled: by evidence, and where there is none, by policy or a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms import observability
from aliyun_sms.errors import CodedError
from aliyun_sms.ledger.claim import Claim
from aliyun_sms.ledger.table import LATEST_WRITE
from aliyun_sms.ledger.usage import NotNow
from aliyun_sms.provider.catalogue import lookup
from aliyun_sms.result import INTERRUPTED
from aliyun_sms.sending.reserving import Reserving
from aliyun_sms.sending.splitter import Splitter
from aliyun_sms.sending.submitter import is_of_some
from aliyun_sms.threads import in_threads

from .looks import LOOKS, next_look, would_show_at
from .outcomes import Outcomes
from .send_records import Found, SendRecords, Unclear

if TYPE_CHECKING:
    from collections.abc import Callable

    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.ledger.submission_row import SubmissionRow
    from aliyun_sms.provider.request import Signing
    from aliyun_sms.result import Result
    from aliyun_sms.sending.submitter import Submitter
    from aliyun_sms.threads import Each

    from .outcomes import Handover

FIRST_RESEND = 100  # seconds: after the second look found nothing
LAST_RESEND = 840  # seconds: a minute before the provider forgets the nonce and refuses the timestamp
TURN = 60  # seconds that one settling may take before another may begin
LONGEST_UNCLEAR = 600  # seconds after the grace period, for send records that could not be read at its end
LEAST_GRACE = 3600  # seconds until the provider's word to call again is taken, where its send records hold nothing
LEAST_LEFT = 15  # seconds that a call is begun with


class Policy(NamedTuple):
    """How long evidence is looked for, and what then: `sends_again` gives up that a message is sent at most once."""

    grace_seconds: int
    sends_again: bool


class Settler:
    """Takes a submission a step further each time it is due.

    A step goes through what may settle it, in this order, and ends where something does: the provider's send records,
    a refusal of the whole call, the identical request made again, the policy. What is left is due at the next look.
    """

    def __init__(
        self,
        ledger: Ledger,
        submitter: Submitter,
        handover: Handover,
        policy: Policy,
        *,
        clock: Callable[[], datetime],
        each: Each = in_threads,
    ) -> None:
        """`each` says how the send records of several recipients are asked for."""
        self._ledger = ledger
        self._submitter = submitter
        self._reserving = Reserving(ledger, submitter.results, clock)
        self._splitter = Splitter(submitter, ledger, self._reserving, clock)
        self._send_records = SendRecords(submitter, clock, each)
        self._outcomes = Outcomes(ledger, submitter.results, handover, clock)
        self._policy = policy
        self._clock = clock

    def settle(self, out_id: str, deadline: float) -> Counter[str]:
        """Take a submission a step further, if it is due; counts its messages by the status they have then."""
        submission = self._ledger.submission(out_id)
        if submission is None or submission.due_at is None or submission.due_at > self._now():
            return Counter(["left"])
        claim = self._open(submission)
        if not claim.messages:
            self._close(submission)
            return Counter(["left"])
        claim = Claim(claim.messages, self._ledger.write(submission.due_again(self._now() + TURN)))
        if submission.void:
            return self._outcomes.write_all(claim, self._submitter.results.lapsed(void=True))
        return self._step(self._without_lapsed(claim), deadline)

    def _close(self, submission: SubmissionRow) -> None:
        """Nothing is left; but of a claim that was cut off, more may be written for a while, and is then found."""
        until = submission.lease_until + LATEST_WRITE
        if submission.is_cut_off and self._now() < until:
            self._ledger.write(submission.due_again(until))
        else:
            self._ledger.close(submission, self._now())

    def _open(self, submission: SubmissionRow) -> Claim:
        """The messages of a submission that are still to be settled by it."""
        rows = self._ledger.messages(submission.message_ids)
        named = [rows[name] for name in submission.message_ids if name in rows]
        return Claim(tuple(row for row in named if row.submission == submission.out_id and row.is_open), submission)

    def _without_lapsed(self, claim: Claim) -> Claim:
        """The claim when what was still being sent is written down as unknown."""
        sending = tuple(row for row in claim.messages if row.status == "sending")
        if not sending:
            return claim
        self._outcomes.write_lapsed(Claim(sending, claim.submission))
        return self._open(claim.submission)

    def _step(self, claim: Claim, deadline: float) -> Counter[str]:
        """One step of settling: send records, refusal, identical request, policy, next look.

        Whether the grace period is over is asked once: a look that began before its end was not the last.
        """
        grace, elapsed = self._policy.grace_seconds, self._elapsed(claim.submission)
        last_look = elapsed >= grace
        claim, unread, statuses = self._without_found(claim, deadline, last_look=last_look)
        if not claim.messages:
            return statuses
        if not unread and self._was_refused_as_a_whole(claim):
            return statuses + self._refused(claim, deadline)
        if self._may_resend(claim, deadline):
            claim, result = self._resend(claim, deadline)
            if result.status == "accepted":
                return statuses + self._outcomes.write_all(claim, result)
        if elapsed >= grace + (LONGEST_UNCLEAR if unread else 0):
            return statuses + self._by_policy(claim, deadline, all_read=not unread)
        if last_look and not self._may_be_sent_later(claim.submission):
            claim, handed_over = self._without_read(claim, unread, deadline)
            statuses += handed_over
        self._look_again(claim, elapsed)
        return statuses + Counter(row.status for row in claim.messages)

    # The provider's send records. What they hold was accepted; that they hold nothing proves nothing.

    def _without_found(self, claim: Claim, deadline: float, *, last_look: bool) -> tuple[Claim, set[str], Counter[str]]:
        """The claim without the messages that are found, the ids of those that could not be looked up, and a count."""
        try:
            found = self._look_up(claim, deadline, last_look=last_look)
        except Unclear:
            return claim, set(claim.submission.message_ids), Counter()
        accepted = [row for row in claim.messages if row.message_id in found.messages]
        left = [row for row in claim.messages if row.message_id not in found.messages]
        submission = claim.submission
        if accepted:
            self._outcomes.accept(claim, accepted)
        if left and found.anybody and not submission.found:
            submission = self._ledger.write(submission.found_for_some())
        return Claim(tuple(left), submission), found.unread, Counter(accepted=len(accepted))

    def _look_up(self, claim: Claim, deadline: float, *, last_look: bool) -> Found:
        """What the send records hold of a claim; raises Unclear where a sample could not be read.

        Each message is looked up by itself only where one of the submission is found, or for the last time.
        """
        submission = claim.submission
        anybody = submission.found or self._send_records.find_any(submission, deadline)
        if not anybody and not last_look:
            return Found(set(), anybody=False, unread=set())
        if anybody and len(submission.message_ids) == 1 and not submission.refused:
            return Found(set(submission.message_ids), anybody=True, unread=set())
        in_time = deadline - LEAST_LEFT  # some is kept for what the answer leads to
        found = self._send_records.look_up(claim.narrowed_to(claim.messages).submission, in_time)
        return found._replace(anybody=anybody or found.anybody)

    # A refusal that may have been of some recipients alone. Nothing found, when it would show: it was of all.

    def _was_refused_as_a_whole(self, claim: Claim) -> bool:
        submission = claim.submission
        return (
            submission.refused
            and not submission.found
            and self._now() >= would_show_at(claim, self._policy.grace_seconds)
        )

    def _refused(self, claim: Claim, deadline: float) -> Counter[str]:
        """Messages that were refused together for what they share are refused; else they are sent in parts."""
        submission = claim.submission
        if len(submission.message_ids) == 1 or not is_of_some(submission, submission.code):
            return self._outcomes.write_all(claim, self._refusal(claim))
        statuses: Counter[str] = Counter()
        for part, result in self._splitter.split(claim, deadline):
            statuses += self._outcomes.write_all(part, result)
        return statuses

    def _refusal(self, claim: Claim) -> Result:
        """The result of the refusal as it was answered at the time of the call."""
        document = claim.messages[0].result or {}
        answered_at = datetime.fromtimestamp(claim.submission.timestamp, UTC)
        description = document.get("description") or ""
        result = self._submitter.results.of_refusal(claim.submission.code or "", description, answered_at)
        return replace(result, request_id=document.get("request_id"))

    # The identical request, made once more. Only OK is conclusive: then the first was never carried out.

    def _may_resend(self, claim: Claim, deadline: float) -> bool:
        """Whether it can still be made: once, in time for the nonce, with the key and token that signed it.

        What was counted for the first request counts for it; but nothing is sent while a person has stopped that.
        Not after an answer that says to call again, which is done once, after the grace period; nor after one that
        was a refusal, or where some messages have been settled already.
        """
        submission = claim.submission
        if submission.resent or submission.refused or submission.found:
            return False
        if len(claim.messages) < len(submission.message_ids) or lookup(submission.code or "").call_again:
            return False
        if not min(FIRST_RESEND, self._policy.grace_seconds / 2) <= self._elapsed(submission) < LAST_RESEND:
            return False
        if self._has_no_time(deadline) or any(map(self._submitter.expired, claim.messages)):
            return False
        return self._would_sign_alike(submission) and not self._reserving.is_stopped(claim)

    def _resend(self, claim: Claim, deadline: float) -> tuple[Claim, Result]:
        """Written down first, so that it is made once; the claim is as it was unless the answer is OK.

        Where its key was refused it was not carried out: it is made again if the secret was corrected meanwhile.
        """
        claim = Claim(claim.messages, self._ledger.write(claim.submission.resent_once()))
        used = self._submitter.credentials.current()
        called, result = self._submitter.call_in_time(claim, deadline)
        if self._submitter.renewed(result.code, used) and self._would_sign_alike(claim.submission):
            called, result = self._submitter.call_in_time(claim, deadline)
        return (called if result.status == "accepted" else claim), result

    # The policy, when the grace period is over: a person, or a new request that gives up at most once.

    def _by_policy(self, claim: Claim, deadline: float, *, all_read: bool) -> Counter[str]:
        """What has expired goes to a person in any case, and before the others are sent.

        The submission is that of the others alone from then on. What there is no time for is due when the turn is over.
        """
        late = [row for row in claim.messages if self._submitter.expired(row)]
        in_time = [row for row in claim.messages if not self._submitter.expired(row)]
        may_send = in_time and self._may_send_once_more(claim.submission, all_read=all_read)
        signing = self._signing() if may_send else None
        if signing is None:
            return self._hand_over(claim, deadline)
        handed_over = self._outcomes.hand_over(late, deadline)
        if handed_over.total() < len(late) or self._has_no_time(deadline):
            return Counter(row.status for row in claim.messages)
        return handed_over + self._send_if_it_may(claim.narrowed_to(in_time), signing, deadline)

    def _send_if_it_may(self, claim: Claim, signing: Signing, deadline: float) -> Counter[str]:
        """A new request takes room of its own in today's caps: the first may have been carried out.

        Where there is none a person decides, since others would take it tomorrow, too; and where all sending is
        stopped, since what waits for that to end may be days old then.
        """
        try:
            self._reserving.take_anew(claim)
        except NotNow:
            return self._hand_over(claim, deadline)
        return self._send_once_more(claim, signing, deadline)

    def _hand_over(self, claim: Claim, deadline: float) -> Counter[str]:
        """Hand all messages of a claim to a person; the submission is closed when all have been."""
        statuses = self._outcomes.hand_over(claim.messages, deadline)
        if statuses.total() == len(claim.messages):
            self._ledger.close(claim.submission, self._now())
        return statuses

    def _may_send_once_more(self, submission: SubmissionRow, *, all_read: bool) -> bool:
        """By the policy, or where the provider answered to call again and its send records could be read."""
        if submission.given_up:
            return False
        call_again = lookup(submission.code or "").call_again and self._policy.grace_seconds >= LEAST_GRACE
        return self._policy.sends_again or (call_again and all_read and not submission.found)

    def _send_once_more(self, claim: Claim, signing: Signing, deadline: float) -> Counter[str]:
        """A new request: at most once is given up, which the ledger and the log say.

        What certainly was not carried out of it is made again at once, as at the doors. Where it stays refused, nothing
        more is known of the first one, whose identical request cannot be made any more.
        """
        given_up = claim.submission.given_up_for(INTERRUPTED)
        claim = self._ledger.attempt(Claim(claim.messages, given_up), signing)
        for row in claim.messages:
            observability.logger.warning("sent once more", extra={"message_id": row.message_id})
        called, result = self._submitter.submit(claim, deadline)
        if result.status in {"accepted", "unknown"}:
            return self._outcomes.write_all(called, result)
        refused = called.submission.answered(given_up.code, refused=False)
        self._ledger.write(refused.not_to_be_resent().due_again(self._now() + LOOKS[0]))
        return Counter(row.status for row in claim.messages)

    # The next look. At the end of the grace period, messages whose send records could be read need not wait for others.

    def _may_be_sent_later(self, submission: SubmissionRow) -> bool:
        """Whether messages may still be sent when all send records have been read."""
        may_split = submission.refused and not submission.found
        return may_split or self._may_send_once_more(submission, all_read=True)

    def _without_read(self, claim: Claim, unread: set[str], deadline: float) -> tuple[Claim, Counter[str]]:
        """The claim when those messages went to a person whose send records were read and hold nothing."""
        read = [row for row in claim.messages if row.message_id not in unread]
        left = tuple(row for row in claim.messages if row.message_id in unread)
        return Claim(left, claim.submission), self._outcomes.hand_over(read, deadline)

    def _look_again(self, claim: Claim, elapsed: int) -> None:
        at = next_look(claim, elapsed, self._policy.grace_seconds, self._now())
        self._ledger.write(claim.submission.due_again(at))

    def _has_no_time(self, deadline: float) -> bool:
        return deadline - self._clock().timestamp() < LEAST_LEFT

    def _signing(self) -> Signing | None:
        try:
            return self._submitter.signing()
        except CodedError:
            return None

    def _would_sign_alike(self, submission: SubmissionRow) -> bool:
        """Whether the request would be the identical one: with the key and token that signed it."""
        signing = self._signing()
        return signing is not None and submission.signed_as(signing)

    def _elapsed(self, submission: SubmissionRow) -> int:
        return self._now() - submission.timestamp

    def _now(self) -> int:
        return int(self._clock().timestamp())
