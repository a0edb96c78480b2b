"""The two kinds of row in the ledger, the message and the submission that carries it, and what may become of them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from hashlib import sha256
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

from aliyun_sms.errors import SmsError
from aliyun_sms.privacy import scrub

from .table import Put

if TYPE_CHECKING:
    from collections.abc import Container

    from aliyun_sms.provider.request import Signing
    from aliyun_sms.result import Result

    from .table import Item

SHARDS = 8  # of the index of what is due: at 1,000 writes a second each, 8,000 unknown outcomes a second

# What a message may become, by its status. Whatever is not named stays as it is, until its key is claimed anew.
STATUSES_AFTER = {
    "sending": {"accepted", "rejected", "queued", "unknown", "expired"},
    "unknown": {"accepted", "rejected", "queued", "unknown", "expired"},
}
# What rules out each change of a submission.
NEVER_AFTER = {
    "attempted": ("void", "refused", "found", "resent"),
    "answered": ("void",),
    "voided": ("found",),
    "found": ("void",),
    "resent": ("void", "refused", "found", "resent"),
    "given up": ("void", "given_up"),
}

_Value = TypeVar("_Value")
_Row = TypeVar("_Row", "MessageRow", "SubmissionRow")


class ImpossibleTransition(SmsError):
    """A defect: a row was to become what it cannot become."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MessageRow:
    """One message under its key. Times are seconds since 1970.

    `document` is the message itself, kept only while it may have to be sent or handed to a person.
    """

    message_id: str
    version: int = 0
    scope: str
    key: str
    door: str
    status: str
    released: bool = False  # nothing was sent: the key may be claimed anew
    fingerprint: str | None = None  # none where it was no message
    reference: str | None = None
    submission: str | None = None
    lease_until: int = 0
    result: dict[str, Any] | None = None
    document: dict[str, Any] | None = None
    expires_at: int | None = None
    created_at: int
    updated_at: int
    held_at: int | None = None  # handed to a person
    due_at: int | None = None  # where it is parked: when it goes back into the queue
    ttl: int | None = None  # none as long as anything is still to be done for it

    @property
    def is_open(self) -> bool:
        """Whether its outcome is still to be settled."""
        return self.status in {"sending", "unknown"} and self.held_at is None

    def is_lapsed(self, now: int) -> bool:
        """Whether whoever was sending it is gone."""
        return self.status == "sending" and now >= self.lease_until

    def with_result(self, result: Result, now: int, ttl: int) -> MessageRow:
        """The row with what became of the message. `ttl` is for one for which nothing more is to be done."""
        self._may_become(result.status, STATUSES_AFTER.get(self.status, set()))
        waits = result.status in {"unknown", "queued"}
        scrubbed = replace(result, description=scrub(result.description) if result.description else None)
        return replace(
            self,
            status=result.status,
            released=result.comes_again,
            result=scrubbed.document(),
            document=self.document if waits else None,
            due_at=_parked_until(result, now) if result.status == "queued" else None,
            updated_at=now,
            ttl=None if waits else ttl,
        )

    def released_at(self, now: int, due_at: int) -> MessageRow:
        """The row of a parked message whose key may be claimed anew, due again in case it does not reach the queue."""
        self._may_become("released", {"released"} if self.status == "queued" else set())
        return replace(self, released=True, due_at=due_at, updated_at=now)

    def in_the_queue(self) -> MessageRow:
        """The row of a released message that the queue has again."""
        self._may_become("in the queue", {"in the queue"} if self.released else set())
        return replace(self, due_at=None)

    def held(self, now: int, ttl: int) -> MessageRow:
        """The row of a message that a person has now, because its outcome stayed unknown."""
        self._may_become("held", {"held"} if self.is_open else set())
        return replace(self, held_at=now, document=None, updated_at=now, ttl=ttl)

    def _may_become(self, next_one: str, possible: Container[str]) -> None:
        if next_one not in possible:
            raise ImpossibleTransition(f"a message that is {self.status} cannot become {next_one}")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SubmissionRow:
    """One call of SendSms or SendBatchSms, with all that is needed to make the identical request again.

    `recipients` are those of all its messages, in their order; `counts` says how many are each one's. Signature, values
    and extend code are one for all messages, or one for each: then it is a SendBatchSms.
    Never a signature, a secret or a token. Recipients and values go when the outcome is known.
    """

    out_id: str
    version: int = 0
    message_ids: list[str]
    counts: list[int]
    recipients: list[str]
    sign_names: list[str]
    template_code: str
    template_params: list[str] | None = None
    extend_codes: list[str] | None = None
    nonce: str
    timestamp: int
    access_key_id: str
    token_digest: str | None = None
    signature_version: int
    attempts: int = 1
    void: bool = False  # certainly nothing is carried out under it: it is not complete, or was refused as a whole
    refused: bool = False  # the answer was a refusal, perhaps of some recipients alone
    found: bool = False  # some of its messages are in the provider's records of sends
    resent: bool = False  # the identical request was made again
    given_up: bool = False  # a new request was made though the outcome was unknown
    code: str | None = None  # of the last answer
    lease_until: int
    submitted_at: int
    due_at: int | None = None  # when its outcome is looked up
    ttl: int | None = None  # none as long as anything is still to be done for it

    @property
    def is_batch(self) -> bool:
        """Whether it is a call of SendBatchSms."""
        return len(self.sign_names) > 1

    def numbers(self) -> dict[str, list[str]]:
        """The recipients of each message, by its id."""
        places = zip(self.message_ids, self.counts, accumulate(self.counts), strict=True)
        return {message_id: self.recipients[end - count : end] for message_id, count, end in places}

    def for_each_number(self, values: list[_Value]) -> list[_Value]:
        """What is given for each message, for each of its recipients."""
        return [value for value, count in zip(values, self.counts, strict=True) for _ in range(count)]

    def narrowed_to(self, message_ids: Container[str]) -> SubmissionRow:
        """This submission with the given messages of it alone, in its order."""
        kept = [place for place, message_id in enumerate(self.message_ids) if message_id in message_ids]
        if len(kept) == len(self.message_ids):
            return self
        numbers = self.numbers()
        ids = [self.message_ids[place] for place in kept]

        def each(values: list[str]) -> list[str]:
            return [values[place] for place in kept] if self.is_batch else values

        return replace(
            self,
            message_ids=ids,
            counts=[self.counts[place] for place in kept],
            recipients=[number for message_id in ids for number in numbers[message_id]],
            sign_names=each(self.sign_names),
            template_params=None if self.template_params is None else each(self.template_params),
            extend_codes=None if self.extend_codes is None else each(self.extend_codes),
        )

    def signed_as(self, signing: Signing) -> bool:
        """Whether the same key, token and signature version signed its last request."""
        now = signed(signing)
        return all(getattr(self, name) == now[name] for name in ("access_key_id", "token_digest", "signature_version"))

    def attempted(self, signing: Signing) -> SubmissionRow:
        """With another request in the place of one that certainly was not carried out."""
        self._never_after("attempted")
        return replace(self, attempts=self.attempts + 1, **signed(signing))

    def answered(self, code: str | None, *, refused: bool) -> SubmissionRow:
        """With the code of its answer; `refused` where that was a refusal, perhaps of some recipients alone."""
        self._never_after("answered")
        return replace(self, code=code, refused=refused)

    def voided(self) -> SubmissionRow:
        """As one under which nothing was carried out, nor ever will be."""
        self._never_after("voided")
        return replace(self, void=True)

    def found_for_some(self) -> SubmissionRow:
        """As one of which the provider's records of sends hold some messages."""
        self._never_after("found")
        return replace(self, found=True)

    def resent_once(self) -> SubmissionRow:
        """As one whose identical request was made again."""
        self._never_after("resent")
        return replace(self, resent=True)

    def given_up_for(self, code: str) -> SubmissionRow:
        """As one that a new request takes the place of, though its outcome is unknown: `code` says why."""
        self._never_after("given up")
        return replace(self, given_up=True, resent=False, refused=False, found=False, code=code)

    def not_to_be_resent(self) -> SubmissionRow:
        """As one whose identical request must not be made: the last one was refused, and is not the unknown one."""
        return replace(self, resent=True)

    def due_again(self, at: int | None) -> SubmissionRow:
        """As one whose outcome is looked up at that time."""
        return replace(self, due_at=at, ttl=None)

    def closed(self, ttl: int | None) -> SubmissionRow:
        """The row when nothing more is to be done for it, without anybody's number or values."""
        return replace(
            self,
            message_ids=[],
            counts=[],
            recipients=[],
            sign_names=self.sign_names[:1],
            template_params=None,
            extend_codes=None,
            due_at=None,
            ttl=ttl,
        )

    def _never_after(self, change: str) -> None:
        if any(getattr(self, flag) for flag in NEVER_AFTER[change]):
            raise ImpossibleTransition(f"a submission cannot be {change} after what became of it")


def signed(signing: Signing) -> dict[str, Any]:
    """The fields of a submission that tell how its last request was signed."""
    return {
        "nonce": signing.stamp.nonce,
        "timestamp": signing.stamp.seconds,
        "access_key_id": signing.credentials.access_key_id,
        "token_digest": signing.credentials.token_digest,
        "signature_version": signing.version,
    }


def message_key(message_id: str) -> str:
    """The table's key of a message."""
    return f"message#{message_id}"


def submission_key(out_id: str) -> str:
    """The table's key of a submission."""
    return f"submission#{out_id}"


def shard(number: int) -> str:
    """The name of one shard of the index of what is due."""
    return f"due#{number}"


def to_put(row: MessageRow | SubmissionRow) -> Put:
    """A conditional write that replaces this row by its next version, refused if another wrote it since."""
    name = row.message_id if isinstance(row, MessageRow) else row.out_id
    key = message_key(name) if isinstance(row, MessageRow) else submission_key(name)
    item: Item = {field.name: getattr(row, field.name) for field in fields(row)}
    item |= {"pk": key, "version": row.version + 1}
    if row.due_at is not None:
        item["due_shard"] = shard(sha256(name.encode()).digest()[0] % SHARDS)
    return Put({name: value for name, value in item.items() if value is not None}, row.version)


def from_item(kind: type[_Row], item: Item) -> _Row:
    """The row in an item of the table; what a later version of the software added is passed over."""
    names = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in item.items() if name in names})


def written(row: _Row) -> _Row:
    """The row as it stands in the table after it was put."""
    return replace(row, version=row.version + 1)


def _parked_until(result: Result, now: int) -> int:
    return int(result.retry_at.timestamp()) + 1 if result.retry_at else now
