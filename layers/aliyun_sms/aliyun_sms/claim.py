"""The right to submit a message, what stands in its way, and the rows that both are written as."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .catalogue import lookup
from .fingerprint import fingerprint
from .result import Result, message_id, restored
from .rows import MessageRow, SubmissionRow, signed

if TYPE_CHECKING:
    from .credentials import Credentials
    from .message import Message
    from .request import Stamp
    from .result import Origin

LEASE_MARGIN = 20  # seconds beyond the time that a function has for its call: by then it is surely gone
INTERRUPTED = "client:interrupted"


@dataclass(frozen=True, slots=True)
class Signing:
    """What a request is signed with."""

    credentials: Credentials
    stamp: Stamp
    version: int


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to submit a message, as it stands in the ledger."""

    message: MessageRow
    submission: SubmissionRow


@dataclass(frozen=True, slots=True)
class Standing:
    """A key that is claimed already, and what became of it. `same` is whether it was for the same payload."""

    message: MessageRow
    same: bool

    def result(self, now: int) -> Result:
        """What the message's own result was, as that of a duplicate."""
        row = self.message
        if row.status != "sending" or now < row.lease_until:
            return restored(row.result, row.message_id, row.status, row.reference)
        result = restored(None, row.message_id, "unknown", row.reference)
        return replace(result, code=INTERRUPTED, category=lookup(INTERRUPTED).category)


def new_claim(message: Message, origin: Origin, signing: Signing, out_id: str, seconds: float) -> Claim:
    """A claim for as long as the call may take; how long its rows are kept is set when they are written."""
    now = signing.stamp.seconds
    until = now + int(seconds) + LEASE_MARGIN
    row = message_row(message, origin, now)
    document = {**message.document(), "idempotency_key": row.key}
    row = replace(row, submission=out_id, lease_until=until, document=document)
    submission = SubmissionRow(
        out_id=out_id,
        message_id=row.message_id,
        recipients=list(message.phone_numbers),
        sign_name=message.sign_name,
        template_code=message.template_code,
        template_param=message.template_param,
        sms_up_extend_code=message.sms_up_extend_code,
        lease_until=until,
        submitted_at=now,
        due_at=until,  # so that a claim whose function was killed is found
        **signed(signing),
    )
    return Claim(row, submission)


def message_row(message: Message, origin: Origin, now: int) -> MessageRow:
    """The row of a message that nothing has become of yet."""
    row = bare_row(origin, message.idempotency_key or origin.key, now)
    expires_at = int(message.expires_at.timestamp()) if message.expires_at else None
    return replace(row, fingerprint=fingerprint(message), reference=message.reference, expires_at=expires_at)


def bare_row(origin: Origin, key: str, now: int) -> MessageRow:
    """The row of what may be no message at all."""
    return MessageRow(
        message_id=message_id(origin.scope, key),
        scope=origin.scope,
        key=key,
        door=origin.door,
        status="sending",
        created_at=now,
        updated_at=now,
    )


def same(row: MessageRow, message: Message) -> bool:
    """Whether the key was used for this payload, or for nothing that could be read."""
    return row.fingerprint in {None, fingerprint(message)}


def over(claim: Claim, standing: MessageRow | None) -> Claim:
    """The claim in the place of a released one."""
    if standing is None:
        return claim
    return replace(claim, message=replace(claim.message, version=standing.version, created_at=standing.created_at))
