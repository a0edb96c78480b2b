"""The two kinds of row in the ledger: the message and the submission that carries it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from .fingerprint import token_digest
from .table import Put

if TYPE_CHECKING:
    from .claim import Signing
    from .table import Item

SHARDS = 8  # of the index of what is due: at 1,000 writes a second each, 8,000 unknown outcomes a second

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
    """One call of SendSms, with all that is needed to make the identical request again.

    Never a signature, a secret or a token. `recipients` and the values go when the outcome is known.
    """

    out_id: str
    version: int = 0
    message_id: str
    recipients: list[str]
    sign_name: str
    template_code: str
    template_param: str | None = None
    sms_up_extend_code: str | None = None
    nonce: str
    timestamp: int
    access_key_id: str
    token_digest: str | None = None
    signature_version: int
    attempts: int = 1
    resent: bool = False  # the identical request was made again
    given_up: bool = False  # a new request was made though the outcome was unknown
    code: str | None = None  # of the last answer
    lease_until: int
    submitted_at: int
    due_at: int | None = None  # when its outcome is looked up
    ttl: int | None = None  # none as long as anything is still to be done for it

    def closed(self) -> SubmissionRow:
        """The row when nothing more is to be done for it, without anybody's number or values."""
        return replace(self, recipients=[], template_param=None, due_at=None)


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
