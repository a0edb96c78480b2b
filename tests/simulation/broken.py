"""The core broken on purpose, to show that the simulation would see it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aliyun_sms.claim import new_claim
from aliyun_sms.ledger import Claim, Ledger
from aliyun_sms.rows import put
from aliyun_sms.sender import Sender
from aliyun_sms.settle import Settler
from aliyun_sms.split import Splitter
from aliyun_sms.submission import MOST_ATTEMPTS, Submitter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aliyun_sms.answer import Answer
    from aliyun_sms.credentials import Credentials
    from aliyun_sms.ledger import Draft, Signing, Standing
    from aliyun_sms.result import Result
    from aliyun_sms.rows import MessageRow, SubmissionRow


class Unclaimed(Ledger):
    """Takes whatever stands in the way of a claim for its own."""

    def claim(self, drafts: Sequence[Draft], signing: Signing, seconds: float) -> tuple[Claim, list[Standing]]:
        claim = new_claim(drafts, signing, self._new_id(), seconds)
        for row in claim.messages:
            standing = self.message(row.message_id)
            self.table.put_all([put(replace(row, version=standing.version if standing else 0))])
        rows = self.messages(claim.submission.message_ids)
        return Claim(tuple(rows.values()), self.write(claim.submission)), []


class Blind(Submitter):
    """Makes a new request where the outcome of the first is unknown."""

    def _again_at_once(self, result: Result, attempts: int, used: Credentials) -> bool:
        again = super()._again_at_once(result, attempts, used)
        return again or (result.status == "unknown" and attempts < MOST_ATTEMPTS)


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


class _With(Sender):
    """With another submitter."""

    submitter_kind: type[Submitter]

    def __init__(self, client: Any, credentials: Any, ledger: Ledger, **given: Any) -> None:
        super().__init__(client, credentials, ledger, **given)
        self.submitter = self.submitter_kind(client, credentials, ledger, **given)
        self._splitter = Splitter(self.submitter, ledger, given["clock"])


class Blindly(_With):
    """Sends again blindly."""

    submitter_kind = Blind


class Trustingly(_With):
    """Believes that a refusal is of all."""

    submitter_kind = Trusting


class Carelessly(_With):
    """Sends what has expired."""

    submitter_kind = Careless


class Hasty(Settler):
    """Takes an empty answer of the provider's records for proof that nothing was sent."""

    def _may_send_once_more(self, submission: SubmissionRow, *, clear: bool) -> bool:
        return clear and not submission.given_up


class Silent(Settler):
    """Lets go of what it cannot settle, and tells nobody."""

    def _held(self, claim: Claim, deadline: float) -> Counter[str]:
        del deadline
        self._close(claim.submission)
        return Counter(row.status for row in claim.messages)


class Sampling(Settler):
    """Takes all messages of a submission for accepted where one is found."""

    def _without_held(self, claim: Claim, deadline: float, *, thorough: bool) -> tuple[Claim, set[str], int]:
        left, unread, held = super()._without_held(claim, deadline, thorough=thorough)
        if held and left.messages:
            held += sum(self._outcomes.record_all(left, self._submitter.result("OK", "")).values())
            left = Claim((), left.submission)
        return left, unread, held


class Eager(Settler):
    """Puts a message back into the queue before its key is released."""

    def _put_back(self, name: str) -> str:
        message = self._ledger.message(name)
        if message is None or message.due_at is None or message.due_at > self._now():
            return "left"
        self._handover.put_back(message)
        self._ledger.table.put_all([put(replace(message, released=True, due_at=None))])
        return message.status
