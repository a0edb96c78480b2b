"""The core broken on purpose, to show that the simulation would see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aliyun_sms.claim import new_claim
from aliyun_sms.ledger import Claim, Ledger
from aliyun_sms.rows import put
from aliyun_sms.sender import Sender
from aliyun_sms.settle import Settler
from aliyun_sms.submission import MOST_ATTEMPTS, Submitter

if TYPE_CHECKING:
    from aliyun_sms.evidence import Evidence
    from aliyun_sms.ledger import Signing
    from aliyun_sms.message import Message
    from aliyun_sms.result import Origin, Result
    from aliyun_sms.rows import MessageRow


class Unclaimed(Ledger):
    """Takes whatever stands in the way of a claim for its own."""

    def claim(self, message: Message, origin: Origin, signing: Signing, seconds: float) -> Claim:
        claim = new_claim(message, origin, signing, self._new_id(), seconds)
        standing = self.message(claim.message.message_id)
        row = replace(claim.message, version=standing.version if standing else 0)
        return self._put(Claim(row, claim.submission))


class Blind(Submitter):
    """Makes a new request where the outcome of the first is unknown."""

    def _again_at_once(self, result: Result, attempts: int) -> bool:
        return (result.status == "unknown" and attempts < MOST_ATTEMPTS) or super()._again_at_once(result, attempts)


class Blindly(Sender):
    """With a submitter that sends again blindly."""

    def __init__(self, client: Any, credentials: Any, ledger: Ledger, **given: Any) -> None:
        super().__init__(client, credentials, ledger, **given)
        self.submitter = Blind(client, credentials, ledger, **given)


class Hasty(Settler):
    """Takes an empty answer of the provider's records for proof that nothing was sent."""

    def _may_send_once_more(self, claim: Claim, evidence: Evidence) -> bool:
        return evidence == "not found" and not claim.submission.given_up


class Careless(Submitter):
    """Does not ask whether the message has expired."""

    def expired(self, message: MessageRow) -> bool:
        del message
        return False


class Carelessly(Sender):
    """With a submitter that sends what has expired."""

    def __init__(self, client: Any, credentials: Any, ledger: Ledger, **given: Any) -> None:
        super().__init__(client, credentials, ledger, **given)
        self.submitter = Careless(client, credentials, ledger, **given)


class Silent(Settler):
    """Lets go of what it cannot settle, and tells nobody."""

    def _held(self, claim: Claim) -> str:
        self._written(claim.submission.closed())
        return claim.message.status


class Eager(Settler):
    """Puts a message back into the queue before its key is released."""

    def _put_back(self, name: str) -> str:
        message = self._ledger.message(name)
        if message is None or message.due_at is None or message.due_at > self._now():
            return "left"
        self._handover.put_back(message)
        self._ledger.table.put_all([put(replace(message, released=True, due_at=None))])
        return message.status
