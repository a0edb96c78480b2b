"""Settles what nobody knows: by evidence, and where there is none, by a person."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from . import observability
from .catalogue import lookup
from .errors import CodedError
from .evidence import Held, Records, Unclear
from .ledger import INTERRUPTED, Claim
from .outcomes import LOOK_AGAIN, Outcomes
from .rows import SHARDS, put, shard, signed, written
from .split import Splitter
from .submission import is_of_some
from .table import Conflict, TableUnavailable
from .threads import THREADS, in_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .client import SmsClient
    from .ledger import Ledger, Signing
    from .outcomes import Handover
    from .result import Result
    from .rows import MessageRow, SubmissionRow
    from .submission import Submitter
    from .threads import Each

# Seconds after the call, until the grace period ends, which is when the last look is.
LOOKS = (LOOK_AGAIN, 120, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400)
FIRST_RESEND = 100  # seconds: after the second look found nothing
LAST_RESEND = 840  # seconds: a minute before the provider forgets the nonce and refuses the timestamp
TURN = 60  # seconds that one settling may take before another may begin
LONGEST_UNCLEAR = 600  # seconds after the grace period, for records that could not be read at its end
VISIBLE = 120  # seconds after which what was sent in spite of a refusal would show in the provider's records
LEAST_GRACE = 3600  # seconds until the provider's word to call again is taken, where its records hold nothing
SOON = 5  # seconds until records are asked again that could not be read
LEAST_LEFT = 15  # seconds that a call is begun with
MOST_AT_ONCE = 100


class Settler:
    """Settles due rows. Whatever it is interrupted in, another settles on from what is written."""

    def __init__(  # noqa: PLR0913 - what the outside world is made of
        self,
        ledger: Ledger,
        submitter: Submitter,
        client: SmsClient,
        handover: Handover,
        *,
        clock: Callable[[], datetime],
        grace_seconds: float,
        sends_again: bool,
        each: Each = in_threads,
    ) -> None:
        """`sends_again` is the policy `resend`: it gives up that a message is sent at most once."""
        self._ledger = ledger
        self._submitter = submitter
        self._splitter = Splitter(submitter, ledger, clock)
        self._records = Records(client, clock, each)
        self._each = each
        self._handover = handover
        self._outcomes = Outcomes(ledger, submitter, handover, clock)
        self._clock = clock
        self._grace = int(grace_seconds)
        self._sends_again = sends_again

    def settle_due(self, deadline: float) -> Counter[str]:
        """Settle what is due, as far as the time goes; counts messages by the status they came to."""
        statuses: Counter[str] = Counter()
        try:
            due = self._due()
            while (keys := list(islice(due, THREADS))) and deadline - self._clock().timestamp() >= TURN / 2:
                for came_to in self._each(partial(self.settle, deadline=deadline), keys):
                    statuses += came_to
        except TableUnavailable as error:
            observability.defect(error, "nothing more can be read")
        return statuses

    def settle(self, key: str, deadline: float) -> Counter[str]:
        """Take one row a step further; counts its messages by the status they have then."""
        kind, _, name = key.partition("#")
        try:
            return Counter([self._put_back(name)]) if kind == "message" else self._settle(name, deadline)
        except (Conflict, TableUnavailable) as error:
            observability.logger.warning("left for the next time", extra={"key": key, "error": type(error).__name__})
        except Exception as error:  # noqa: BLE001 - one odd row must not keep the others from being settled
            observability.defect(error)
        return Counter(["left"])

    def _due(self) -> Iterator[str]:
        """Each minute another shard is the first, so that none is always the last."""
        now = self._now()
        for number in range(SHARDS):
            seen: set[str] = set()  # the index lags behind: what was settled a moment ago can be in it still
            while True:
                keys = self._ledger.table.due(shard((number + now // TURN) % SHARDS), now, MOST_AT_ONCE)
                new = [key for key in keys if key not in seen]
                yield from new
                if not new or len(keys) < MOST_AT_ONCE:
                    break
                seen.update(new)

    def _put_back(self, name: str) -> str:
        """The key is released first, or the queue could find it claimed; what is put back twice is claimed once."""
        message = self._ledger.message(name)
        if message is None or message.due_at is None or message.due_at > self._now():
            return "left"
        released = replace(message, released=True, due_at=self._now() + TURN, updated_at=self._now())
        self._ledger.table.put_all([put(released)])
        self._handover.put_back(message)
        self._ledger.table.put_all([put(replace(written(released), due_at=None))])
        return message.status

    def _settle(self, out_id: str, deadline: float) -> Counter[str]:
        submission = self._ledger.submission(out_id)
        if submission is None or submission.due_at is None or submission.due_at > self._now():
            return Counter(["left"])
        claim = self._open(submission)
        if not claim.messages:
            self._close(submission)
            return Counter(["left"])
        claim = Claim(claim.messages, self._ledger.write(replace(submission, due_at=self._now() + TURN)))
        if submission.void:
            return self._outcomes.record_all(claim, self._submitter.not_carried_out())
        return self._by_evidence(self._interrupted(claim), deadline)

    def _open(self, submission: SubmissionRow) -> Claim:
        """The messages of a submission that are still to be settled by it."""
        rows = self._ledger.messages(submission.message_ids)
        named = (rows[name] for name in submission.message_ids if name in rows)
        return Claim(tuple(row for row in named if row.submission == submission.out_id and _is_open(row)), submission)

    def _close(self, submission: SubmissionRow) -> None:
        self._ledger.write(replace(submission.closed(), ttl=self._ledger.ttl(self._now())))

    def _interrupted(self, claim: Claim) -> Claim:
        """What was still being sent is written down as unknown, so that whoever had it cannot release the key."""
        sending = [row for row in claim.messages if row.status == "sending"]
        if not sending:
            return claim
        interrupted = [self._submitter.interrupted()] * len(sending)
        self._outcomes.record(Claim(tuple(sending), claim.submission), interrupted, in_part=True)
        return self._open(claim.submission)

    def _by_evidence(self, claim: Claim, deadline: float) -> Counter[str]:
        elapsed, statuses = self._elapsed(claim.submission), Counter[str]()
        unread = set(claim.submission.message_ids)
        with suppress(Unclear):
            claim, unread, accepted = self._without_held(claim, deadline, thorough=elapsed >= self._grace)
            statuses["accepted"] = accepted
        if not claim.messages:
            return statuses
        if not unread and self._was_whole(claim):
            return statuses + self._refused(claim, deadline)
        if self._may_resend(claim, deadline):
            claim, result = self._resend(claim, deadline)
            if result.status == "accepted":
                return statuses + self._outcomes.record_all(claim, result)
        if elapsed >= self._grace + (LONGEST_UNCLEAR if unread else 0):
            return statuses + self._by_policy(claim, deadline, clear=not unread)
        if elapsed >= self._grace and not self._may_be_sent(claim.submission):
            read = [row for row in claim.messages if row.message_id not in unread]
            statuses += self._outcomes.hand_over(read, deadline)
            claim = Claim(tuple(row for row in claim.messages if row.message_id in unread), claim.submission)
        later = (look for look in (*LOOKS, self._grace) if elapsed < look <= self._grace)
        look = min(later, default=elapsed + SOON)
        self._ledger.write(replace(claim.submission, due_at=claim.submission.timestamp + look))
        return statuses + Counter(row.status for row in claim.messages)

    def _may_be_sent(self, submission: SubmissionRow) -> bool:
        """Whether its messages may still be sent when all records have been read."""
        may_split = submission.refused and not submission.found
        return may_split or self._may_send_once_more(submission, clear=True)

    def _without_held(self, claim: Claim, deadline: float, *, thorough: bool) -> tuple[Claim, set[str], int]:
        """The claim without the messages that the provider's records hold.

        Also those whose records could not be read, and how many are held; raises Unclear where a sample could not be.

        Each is looked up only where the submission is found for some, or for the last time.
        """
        submission = claim.submission
        found = submission.found or self._records.holds_any(submission, deadline)
        if not found and not thorough:
            return claim, set(), 0
        if found and len(submission.message_ids) == 1 and not submission.refused:
            names, any_found, unread = Held(set(submission.message_ids), anybody=True, unread=set())
        else:
            in_time = deadline - LEAST_LEFT  # some is kept for what the answer leads to
            names, any_found, unread = self._records.held(claim.of(claim.messages).submission, in_time)
        held = [row for row in claim.messages if row.message_id in names]
        left = [row for row in claim.messages if row.message_id not in names]
        if held:
            result = self._submitter.result("OK", "found in the provider's records")
            self._outcomes.record(Claim(tuple(held), submission), [result] * len(held), in_part=bool(left))
        if left and (found or any_found) and not submission.found:
            submission = self._ledger.write(replace(submission, found=True))
        return Claim(tuple(left), submission), unread, len(held)

    def _was_whole(self, claim: Claim) -> bool:
        """Whether a refusal was of all recipients: by now one that was sent to would show."""
        submission = claim.submission
        visible = min(VISIBLE, self._grace / 2)
        return submission.refused and not submission.found and self._elapsed(submission) >= visible

    def _refused(self, claim: Claim, deadline: float) -> Counter[str]:
        """What becomes of the messages of a submission that was refused as a whole."""
        submission = claim.submission
        if len(submission.message_ids) == 1 or not is_of_some(submission, submission.code):
            document = claim.messages[0].result or {}
            at = datetime.fromtimestamp(submission.timestamp, UTC)
            result = self._submitter.refusal(submission.code or "", document.get("description") or "", at)
            return self._outcomes.record_all(claim, replace(result, request_id=document.get("request_id")))
        statuses: Counter[str] = Counter()
        for part, result in self._splitter.split(claim, deadline):
            statuses += self._outcomes.record_all(part, result)
        return statuses

    def _may_resend(self, claim: Claim, deadline: float) -> bool:
        """Whether the identical request can still be made: once, in time, with the key and token that signed it.

        Not after an answer that says to call again, which is done once, after the grace period; nor after one that
        was a refusal, or where some messages have been settled already.
        """
        submission, elapsed = claim.submission, self._elapsed(claim.submission)
        if submission.resent or not min(FIRST_RESEND, self._grace / 2) <= elapsed < LAST_RESEND:
            return False
        if any(map(self._submitter.expired, claim.messages)) or deadline - self._clock().timestamp() < LEAST_LEFT:
            return False
        if submission.refused or submission.found or len(claim.messages) < len(submission.message_ids):
            return False
        return not lookup(submission.code or "").call_again and self._same_key(submission)

    def _same_key(self, submission: SubmissionRow) -> bool:
        signing = self._signing()
        return signing is not None and signed(signing) == signed(signing) | {
            "access_key_id": submission.access_key_id,
            "token_digest": submission.token_digest,
            "signature_version": submission.signature_version,
        }

    def _signing(self) -> Signing | None:
        try:
            return self._submitter.signing()
        except CodedError:
            return None

    def _resend(self, claim: Claim, deadline: float) -> tuple[Claim, Result]:
        """Written down first, so that it is made once. Only OK is conclusive: the first was never carried out."""
        claim = Claim(claim.messages, self._ledger.write(replace(claim.submission, resent=True)))
        called, result = self._submitter.call_in_time(claim, deadline)
        return (called if result.status == "accepted" else claim), result

    def _by_policy(self, claim: Claim, deadline: float, *, clear: bool) -> Counter[str]:
        """What has expired goes to a person in any case."""
        late = [row for row in claim.messages if self._submitter.expired(row)]
        in_time = [row for row in claim.messages if not self._submitter.expired(row)]
        signing = self._signing() if in_time and self._may_send_once_more(claim.submission, clear=clear) else None
        if signing is None:
            return self._held(claim, deadline)
        if deadline - self._clock().timestamp() < LEAST_LEFT:
            return Counter(row.status for row in claim.messages)  # due again when the turn is over
        return self._outcomes.hand_over(late, deadline) + self._send_once_more(claim.of(in_time), signing, deadline)

    def _held(self, claim: Claim, deadline: float) -> Counter[str]:
        statuses = self._outcomes.hand_over(claim.messages, deadline)
        if statuses.total() == len(claim.messages):
            self._close(claim.submission)
        return statuses

    def _may_send_once_more(self, submission: SubmissionRow, *, clear: bool) -> bool:
        """By the policy, or where the provider answered to call again and its records could be read."""
        if submission.given_up:
            return False
        call_again = lookup(submission.code or "").call_again and self._grace >= LEAST_GRACE
        return self._sends_again or (call_again and clear and not submission.found)

    def _send_once_more(self, claim: Claim, signing: Signing, deadline: float) -> Counter[str]:
        """A new request: at most once is given up, which the ledger and the log say."""
        submission = replace(
            claim.submission, given_up=True, resent=False, refused=False, found=False, code=INTERRUPTED
        )
        claim = self._ledger.attempt(Claim(claim.messages, submission), signing)
        for row in claim.messages:
            observability.logger.warning("sent once more", extra={"message_id": row.message_id})
        called, result = self._submitter.call_in_time(claim, deadline)
        if result.status in {"accepted", "unknown"}:
            return self._outcomes.record_all(called, result)
        # It was refused: of the first request nothing more is known.
        self._ledger.write(replace(claim.submission, resent=True, due_at=self._now() + LOOKS[0]))
        return Counter(row.status for row in claim.messages)

    def _elapsed(self, submission: SubmissionRow) -> int:
        return self._now() - submission.timestamp

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _is_open(row: MessageRow) -> bool:
    return row.status in {"sending", "unknown"} and row.held_at is None
