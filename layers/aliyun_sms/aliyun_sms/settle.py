"""Settles what nobody knows: by evidence, and where there is none, by a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from . import observability
from .catalogue import lookup
from .errors import CodedError
from .evidence import Records
from .ledger import INTERRUPTED, Claim
from .result import Result, restored
from .rows import SHARDS, put, shard, signed, written
from .table import Conflict, TableUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from .client import SmsClient
    from .evidence import Evidence
    from .ledger import Ledger, Signing
    from .rows import MessageRow, SubmissionRow
    from .submission import Submitter

LOOKS = (30, 120, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400)  # seconds after the call, then the grace period's end
FIRST_RESEND = 100  # seconds: after the second look found nothing
LAST_RESEND = 840  # seconds: a minute before the provider forgets the nonce and refuses the timestamp
TURN = 60  # seconds that one settling may take before another may begin
LONGEST_UNCLEAR = 600  # seconds after the grace period, for records that could not be read at its end
LEAST_GRACE = 3600  # seconds until the provider's word to call again is taken, where its records hold nothing
SOON = 5  # seconds until records are asked again that could not be read
LEAST_LEFT = 15  # seconds that a call is begun with
MOST_AT_ONCE = 100


class Handover(Protocol):
    """Where a message goes that the ledger lets go of."""

    def put_back(self, message: MessageRow) -> None:
        """Into the queue, to be sent."""

    def hand_over(self, message: MessageRow, result: Result) -> None:
        """To a person, through the dead-letter queue."""


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
    ) -> None:
        """`sends_again` is the policy `resend`: it gives up that a message is sent at most once."""
        self._ledger = ledger
        self._submitter = submitter
        self._records = Records(client, clock)
        self._handover = handover
        self._clock = clock
        self._grace = int(grace_seconds)
        self._sends_again = sends_again

    def settle_due(self, deadline: float) -> Counter[str]:
        """Settle what is due, as far as the time goes; counts messages by the status they came to."""
        statuses: Counter[str] = Counter()
        try:
            for key in self._due():
                if deadline - self._clock().timestamp() < TURN / 2:
                    break
                statuses[self.settle(key, deadline)] += 1
        except TableUnavailable as error:
            observability.defect(error, "nothing more can be read")
        return statuses

    def settle(self, key: str, deadline: float) -> str:
        """Take one row a step further; gives its message's status."""
        kind, _, name = key.partition("#")
        try:
            return self._put_back(name) if kind == "message" else self._settle(name, deadline)
        except (Conflict, TableUnavailable) as error:
            observability.logger.warning("left for the next time", extra={"key": key, "error": type(error).__name__})
            return "left"
        except Exception as error:  # noqa: BLE001 - one odd row must not keep the others from being settled
            observability.defect(error)
            return "left"

    def _due(self) -> Iterator[str]:
        """Each minute another shard is the first, so that none is always the last."""
        now = self._now()
        for number in range(SHARDS):
            yield from self._ledger.table.due(shard((number + now // TURN) % SHARDS), now, MOST_AT_ONCE)

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

    def _settle(self, out_id: str, deadline: float) -> str:
        submission = self._ledger.submission(out_id)
        if submission is None or submission.due_at is None or submission.due_at > self._now():
            return "left"
        message = self._ledger.message(submission.message_id)
        if message is None or message.submission != out_id:
            self._ledger.table.put_all([put(replace(submission.closed(), ttl=self._ledger.ttl(self._now())))])
            return "left"
        claim = Claim(message, self._written(replace(submission, due_at=self._now() + TURN)))
        if message.status == "sending":
            claim = self._record(claim, self._submitter.interrupted(), self._now() + TURN)
        return self._by_evidence(claim, deadline)

    def _written(self, submission: SubmissionRow) -> SubmissionRow:
        self._ledger.table.put_all([put(submission)])
        return written(submission)

    def _by_evidence(self, claim: Claim, deadline: float) -> str:
        evidence = self._records.look_up(claim.submission, deadline)
        if evidence == "found":
            return self._accepted(claim, self._submitter.result("OK", "found in the provider's records"))
        if self._may_resend(claim, deadline):
            claim, result = self._resend(claim, deadline)
            if result.status == "accepted":
                return self._accepted(claim, result)
        elapsed = self._elapsed(claim.submission)
        if elapsed >= self._grace + (LONGEST_UNCLEAR if evidence == "unclear" else 0):
            return self._by_policy(claim, evidence, deadline)
        later = (look for look in (*LOOKS, self._grace) if elapsed < look <= self._grace)
        look = min(later, default=elapsed + SOON)
        self._written(replace(claim.submission, due_at=claim.submission.timestamp + look))
        return claim.message.status

    def _may_resend(self, claim: Claim, deadline: float) -> bool:
        """Whether the identical request can still be made: once, in time, with the key and token that signed it.

        Not after an answer that says to call again, which is done once, after the grace period; nor after one that
        may have been of some recipients alone.
        """
        submission, elapsed = claim.submission, self._elapsed(claim.submission)
        if submission.resent or not min(FIRST_RESEND, self._grace / 2) <= elapsed < LAST_RESEND:
            return False
        if self._submitter.expired(claim.message) or deadline - self._clock().timestamp() < LEAST_LEFT:
            return False
        entry = lookup(submission.code or "")
        return not entry.call_again and not entry.per_recipient and self._same_key(submission)

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
        claim = Claim(claim.message, self._written(replace(claim.submission, resent=True)))
        return claim, self._submitter.call_in_time(claim, deadline)

    def _by_policy(self, claim: Claim, evidence: Evidence, deadline: float) -> str:
        signing = self._signing() if self._may_send_once_more(claim, evidence) else None
        if signing is None:
            return self._held(claim)
        if deadline - self._clock().timestamp() < LEAST_LEFT:
            return claim.message.status  # due again when the turn is over
        return self._send_once_more(claim, signing, deadline)

    def _held(self, claim: Claim) -> str:
        """The person first: what is handed over twice is read twice."""
        self._handover.hand_over(claim.message, self._standing(claim))
        now, ttl = self._now(), self._ledger.ttl(self._now())
        held = replace(claim.message, held_at=now, document=None, updated_at=now, ttl=ttl)
        self._ledger.table.put_all([put(held), put(replace(claim.submission.closed(), ttl=ttl))])
        return held.status

    def _may_send_once_more(self, claim: Claim, evidence: Evidence) -> bool:
        """By the policy, or where the provider answered to call again and its records could be read."""
        if claim.submission.given_up or self._submitter.expired(claim.message):
            return False
        call_again = lookup(claim.submission.code or "").call_again and self._grace >= LEAST_GRACE
        return self._sends_again or (call_again and evidence == "not found")

    def _send_once_more(self, claim: Claim, signing: Signing, deadline: float) -> str:
        """A new request: at most once is given up, which the ledger and the log say."""
        submission = replace(claim.submission, given_up=True, resent=False, code=INTERRUPTED)
        claim = self._ledger.attempt(Claim(claim.message, submission), signing)
        observability.logger.warning("sent once more", extra={"message_id": claim.message.message_id})
        result = self._submitter.call_in_time(claim, deadline)
        if result.status == "accepted":
            return self._accepted(claim, result)
        if result.status != "unknown":  # refused: of the first request nothing more is known
            claim, result = replace(claim, submission=replace(claim.submission, resent=True)), self._standing(claim)
        self._record(claim, result, self._now() + LOOKS[0])
        return "unknown"

    def _accepted(self, claim: Claim, result: Result) -> str:
        self._record(claim, result, None)
        return result.status

    def _record(self, claim: Claim, result: Result, look_up_at: int | None) -> Claim:
        row = claim.message
        recipients = len(claim.submission.recipients)
        result = replace(result, message_id=row.message_id, reference=row.reference, recipients=recipients)
        recorded = self._ledger.record(claim, result, self._now(), look_up_at)
        observability.settled(result, row.door)
        return recorded

    def _standing(self, claim: Claim) -> Result:
        row = claim.message
        return replace(restored(row.result, row.message_id, row.status, row.reference), duplicate=False)

    def _elapsed(self, submission: SubmissionRow) -> int:
        return self._now() - submission.timestamp

    def _now(self) -> int:
        return int(self._clock().timestamp())
