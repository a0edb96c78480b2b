"""The right to submit messages, what stands in its way, and the rows that both are written as."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.message.fingerprint import fingerprint, is_fingerprint_of
from aliyun_sms.message.incoming import OUTSIDE_THE_CAPS
from aliyun_sms.provider.catalogue import lookup
from aliyun_sms.result import INTERRUPTED, Result, restored

from .message_row import MessageRow
from .submission_row import SubmissionRow, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aliyun_sms.message.incoming import IncomingMessage, Unreadable
    from aliyun_sms.message.message import Message
    from aliyun_sms.provider.request import Signing

    from .usage import Reservation

LEASE_MARGIN = 20  # seconds beyond the time that a function has for its call: by then it is surely gone


class Claim(NamedTuple):
    """The right to submit messages together, as it stands in the ledger. They are in the submission's order."""

    messages: tuple[MessageRow, ...]
    submission: SubmissionRow

    def narrowed_to(self, messages: Sequence[MessageRow]) -> Claim:
        """The same for these of its messages alone."""
        return Claim(tuple(messages), self.submission.narrowed_to({row.message_id for row in messages}))


class Duplicate(NamedTuple):
    """A message whose key was claimed before; `same_payload` is whether that was for the same message."""

    message: MessageRow
    same_payload: bool

    def result(self, now: int) -> Result:
        """What became of the message that has the key."""
        row = self.message
        if not row.is_lapsed(now):
            result = restored(row.result, row.message_id, row.status, row.reference)
            return replace(result, held=row.held_at is not None)
        result = restored(None, row.message_id, "unknown", row.reference)
        return replace(result, code=INTERRUPTED, category=lookup(INTERRUPTED).category)


def new_claim(
    messages: Sequence[IncomingMessage],
    signing: Signing,
    out_id: str,
    seconds: float,
    reservation: Reservation | None = None,
) -> Claim:
    """A claim for as long as the call may take, to be written. `reservation` is what their recipients are counted in.

    Messages of which not all have the same signature, values and extend code make a SendBatchSms.
    """
    submission = _new_submission(messages, signing, out_id, seconds)
    return Claim(tuple(_claimed(message, submission, reservation) for message in messages), submission)


def _new_submission(
    messages: Sequence[IncomingMessage], signing: Signing, out_id: str, seconds: float
) -> SubmissionRow:
    now = signing.stamp.seconds
    lease_until = now + int(seconds) + LEASE_MARGIN
    first = messages[0].message
    contents = [each.message.content for each in messages]
    if len(set(contents)) == 1:
        contents = contents[:1]
    sign_names, params, codes = (list(column) for column in zip(*contents, strict=True))
    return SubmissionRow(
        out_id=out_id,
        message_ids=[each.message_id for each in messages],
        counts=[len(each.message.phone_numbers) for each in messages],
        recipients=[number for each in messages for number in each.message.phone_numbers],
        sign_names=sign_names,
        template_code=first.template_code,
        template_params=None if first.template_param is None else [param or "{}" for param in params],
        extend_codes=None if first.sms_up_extend_code is None else [code or "" for code in codes],
        lease_until=lease_until,
        submitted_at=now,
        due_at=lease_until,  # so that a claim whose function was killed is found
        **signed(signing),
    )


def _claimed(message: IncomingMessage, submission: SubmissionRow, reservation: Reservation | None) -> MessageRow:
    row = message_row(message, submission.submitted_at)
    reserved = _anew(row, reservation, len(message.message.phone_numbers))
    return replace(row, submission=submission.out_id, lease_until=submission.lease_until, reservation=reserved)


def moved(claim: Claim, signing: Signing, out_id: str, seconds: float, reservation: Reservation | None = None) -> Claim:
    """The messages of a void submission under a new one, for as long as its call may take, to be written."""
    now = signing.stamp.seconds
    lease_until = now + int(seconds) + LEASE_MARGIN
    times: dict[str, Any] = {"submitted_at": now, "lease_until": lease_until, "due_at": lease_until}
    renewed = replace(claim.submission, out_id=out_id, version=0, attempts=1, **times, **signed(signing))
    counts = dict(zip(claim.submission.message_ids, claim.submission.counts, strict=True))
    rows = (
        replace(
            row,
            submission=out_id,
            status="sending",
            result=None,
            reservation=_anew(row, reservation, counts[row.message_id]),
            lease_until=lease_until,
            updated_at=now,
        )
        for row in claim.messages
    )
    return Claim(tuple(rows), replace(renewed, void=False, refused=False, code=None))


def _anew(row: MessageRow, reservation: Reservation | None, recipients: int) -> dict[str, Any] | None:
    """What a message is counted in from now on; None is what it was counted in."""
    if reservation is None or row.scope in OUTSIDE_THE_CAPS:
        return row.reservation
    return reservation.of(recipients)


def message_row(incoming: IncomingMessage, now: int) -> MessageRow:
    """The row of a message that nothing has become of yet."""
    message, row = incoming.message, bare_row(incoming, now)
    expires_at = int(message.expires_at.timestamp()) if message.expires_at else None
    return replace(
        row,
        fingerprint=fingerprint(message),
        reference=message.reference,
        document={**message.document(), "idempotency_key": row.key},
        expires_at=expires_at,
    )


def bare_row(incoming: IncomingMessage | Unreadable, now: int) -> MessageRow:
    """The row of what may be no message at all."""
    return MessageRow(
        message_id=incoming.message_id,
        scope=incoming.origin.scope,
        key=incoming.key,
        door=incoming.origin.door,
        status="sending",
        created_at=now,
        updated_at=now,
    )


def of_row(result: Result, row: MessageRow, numbers: Mapping[str, Sequence[str]]) -> Result:
    """The result as that of one message; `numbers` are the recipients of its submission by the message's id."""
    recipients = len(numbers.get(row.message_id, []))
    return replace(result, message_id=row.message_id, reference=row.reference, recipients=recipients)


def same_payload(row: MessageRow, message: Message) -> bool:
    """Whether a row is of this message; one without a fingerprint, which was no message, is of any."""
    return row.fingerprint is None or is_fingerprint_of(message, row.fingerprint)


def replacement(standing: MessageRow | None, row: MessageRow) -> MessageRow | None:
    """The row to write over what stands under its key, or None if that must stay.

    Only a released key is claimed anew, whatever for: nothing was sent under it.
    """
    if standing is None:
        return replace(row, version=0)
    if not standing.released:
        return None
    return replace(row, version=standing.version, created_at=standing.created_at)


def over_what_went_back(standing: MessageRow | None, row: MessageRow) -> MessageRow | None:
    """The row to write where none stands under its key, or that of a message which waits no more but in the queue."""
    went_back = standing is not None and standing.status == "queued" and standing.released and standing.due_at is None
    return replacement(standing, row) if went_back else unless_claimed(standing, row)


def unless_claimed(standing: MessageRow | None, row: MessageRow) -> MessageRow | None:
    """The row to write where none stands any more under its key, or None if one does, which must stay."""
    return replace(row, version=0) if standing is None else None
