"""The right to submit a message, what stands in its way, and the rows that both are written as."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from .catalogue import lookup
from .fingerprint import fingerprint
from .result import Result, message_id, restored
from .rows import MessageRow, SubmissionRow, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .credentials import Credentials
    from .message import Message
    from .request import Stamp
    from .result import Origin

LEASE_MARGIN = 20  # seconds beyond the time that a function has for its call: by then it is surely gone
INTERRUPTED = "client:interrupted"


class Signing(NamedTuple):
    """What a request is signed with."""

    credentials: Credentials
    stamp: Stamp
    version: int


class Draft(NamedTuple):
    """A message that is about to be submitted, and where it came in."""

    message: Message
    origin: Origin

    @property
    def key(self) -> str:
        """The key that it names, or else that of where it came in."""
        return self.message.idempotency_key or self.origin.key

    @property
    def message_id(self) -> str:
        """The id of its row."""
        return message_id(self.origin.scope, self.key)


class Claim(NamedTuple):
    """The right to submit messages together, as it stands in the ledger. They are in the submission's order."""

    messages: tuple[MessageRow, ...]
    submission: SubmissionRow

    def of(self, messages: Sequence[MessageRow]) -> Claim:
        """The same for these of its messages alone."""
        return Claim(tuple(messages), self.submission.of({row.message_id for row in messages}))


class Standing(NamedTuple):
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


def new_claim(drafts: Sequence[Draft], signing: Signing, out_id: str, seconds: float) -> Claim:
    """A claim for as long as the call may take; how long its rows are kept is set when they are written.

    Messages of which not all have the same signature, values and extend code make a SendBatchSms.
    """
    now = signing.stamp.seconds
    until = now + int(seconds) + LEASE_MARGIN
    messages = [draft.message for draft in drafts]
    first, each = messages[0], [message.content for message in messages]
    if len(set(each)) == 1:
        each = each[:1]
    submission = SubmissionRow(
        out_id=out_id,
        message_ids=[draft.message_id for draft in drafts],
        counts=[len(message.phone_numbers) for message in messages],
        recipients=[number for message in messages for number in message.phone_numbers],
        sign_names=[sign_name for sign_name, _, _ in each],
        template_code=first.template_code,
        template_params=[param or "{}" for _, param, _ in each] if first.template_param is not None else None,
        extend_codes=[code or "" for _, _, code in each] if first.sms_up_extend_code is not None else None,
        lease_until=until,
        submitted_at=now,
        due_at=until,  # so that a claim whose function was killed is found
        **signed(signing),
    )
    return Claim(tuple(_claimed(draft, submission) for draft in drafts), submission)


def _claimed(draft: Draft, submission: SubmissionRow) -> MessageRow:
    row = message_row(draft, submission.submitted_at)
    document = {**draft.message.document(), "idempotency_key": row.key}
    return replace(row, submission=submission.out_id, lease_until=submission.lease_until, document=document)


def moved(claim: Claim, signing: Signing, out_id: str, seconds: float) -> Claim:
    """The messages of a claim under a new submission, for as long as its call may take."""
    now = signing.stamp.seconds
    until = now + int(seconds) + LEASE_MARGIN
    times: dict[str, Any] = {"submitted_at": now, "lease_until": until, "due_at": until}
    stamped = replace(claim.submission, out_id=out_id, version=0, attempts=1, **times, **signed(signing))
    rows = (
        replace(row, submission=out_id, status="sending", result=None, lease_until=until, updated_at=now)
        for row in claim.messages
    )
    return Claim(tuple(rows), replace(stamped, void=False, refused=False, code=None))


def message_row(draft: Draft, now: int) -> MessageRow:
    """The row of a message that nothing has become of yet."""
    message, row = draft.message, bare_row(draft.origin, draft.key, now)
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


def same(standing: MessageRow, row: MessageRow) -> bool:
    """Whether the key was used for this payload, or for nothing that could be read."""
    return standing.fingerprint in {None, row.fingerprint}


def over(standing: MessageRow | None, row: MessageRow) -> MessageRow | None:
    """The row in the place of a released one; None where what stands there stays."""
    if standing is None:
        return row
    if not (standing.released and same(standing, row)):
        return None
    return replace(row, version=standing.version, created_at=standing.created_at)
