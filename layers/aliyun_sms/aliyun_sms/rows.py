"""The two kinds of row in the ledger: the message and the submission that carries it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from hashlib import sha256
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

from .fingerprint import token_digest
from .table import Put

if TYPE_CHECKING:
    from collections.abc import Container

    from .claim import Signing
    from .table import Item

SHARDS = 8  # of the index of what is due: at 1,000 writes a second each, 8,000 unknown outcomes a second

_Value = TypeVar("_Value")
_Row = TypeVar("_Row", "MessageRow", "SubmissionRow")


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
    found: bool = False  # some of its messages are in the provider's records
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

    def of(self, message_ids: Container[str]) -> SubmissionRow:
        """The same for these of its messages alone."""
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

    def closed(self) -> SubmissionRow:
        """The row when nothing more is to be done for it, without anybody's number or values."""
        empty = replace(self, message_ids=[], counts=[], recipients=[], template_params=None, due_at=None)
        return replace(empty, sign_names=self.sign_names[:1], extend_codes=None)


def signed(signing: Signing) -> dict[str, Any]:
    """The fields of a submission that tell how its last request was signed."""
    return {
        "nonce": signing.stamp.nonce,
        "timestamp": signing.stamp.seconds,
        "access_key_id": signing.credentials.access_key_id,
        "token_digest": token_digest(signing.credentials),
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


def put(row: MessageRow | SubmissionRow) -> Put:
    """The row as the next version of itself."""
    name = row.message_id if isinstance(row, MessageRow) else row.out_id
    key = message_key(name) if isinstance(row, MessageRow) else submission_key(name)
    item: Item = {field.name: getattr(row, field.name) for field in fields(row)}
    item |= {"pk": key, "version": row.version + 1}
    if row.due_at is not None:
        item["due_shard"] = shard(sha256(name.encode()).digest()[0] % SHARDS)
    return Put({name: value for name, value in item.items() if value is not None}, row.version)


def read(kind: type[_Row], item: Item) -> _Row:
    """The row in an item; what a later version of the software added is passed over."""
    names = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in item.items() if name in names})


def written(row: _Row) -> _Row:
    """The row as it stands in the table after it was put."""
    return replace(row, version=row.version + 1)
