"""The result of a message: the same JSON object at every door."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from .catalogue import Category
    from .errors import Fault
    from .rows import MessageRow

Status = Literal["queued", "sending", "accepted", "rejected", "unknown", "expired"]
FINAL = {"accepted", "rejected", "expired"}  # unless the key was released
_COMES_AGAIN = {"throttled", "transient", "configuration"}  # categories of what was certainly not sent
Door = Literal["request", "queue", "schedule"]


class Origin(NamedTuple):
    """Where a message came in, and the key it gets where it names none.

    Keys are told apart by `scope`: the caller at the request door, the door for AWS's own events.
    """

    door: Door
    scope: str
    key: str


def message_id(scope: str, key: str) -> str:
    """32 hexadecimal digits, the same for the same scope and key."""
    return sha256(f"{len(scope)}:{scope}{key}".encode(errors="surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message. `retry_at` is when a throttled one can be accepted, as far as that is known."""

    message_id: str
    status: Status
    code: str | None
    description: str | None = field(repr=False)
    category: Category | None
    retryable: bool
    advice: str | None
    request_id: str | None = None
    biz_id: str | None = None
    reference: str | None = field(default=None, repr=False)
    recipients: int = 0
    duplicate: bool = False
    faults: tuple[Fault, ...] = field(default=(), repr=False)
    retry_at: datetime | None = None

    @property
    def comes_again(self) -> bool:
        """Whether nothing was sent and a later try under the same key can succeed."""
        return self.status == "rejected" and self.category in _COMES_AGAIN

    def document(self) -> dict[str, object]:
        """The JSON object that callers get."""
        return {
            "message_id": self.message_id,
            "status": self.status,
            "code": self.code,
            "description": self.description,
            "category": self.category,
            "retryable": self.retryable,
            "advice": self.advice,
            "request_id": self.request_id,
            "biz_id": self.biz_id,
            "reference": self.reference,
            "recipients": self.recipients,
            "duplicate": self.duplicate,
        }

    def retry_after(self, now: datetime) -> int:
        """Whole seconds until another try makes sense, 1 at least."""
        return max(1, math.ceil((self.retry_at - now).total_seconds())) if self.retry_at else 1


def restored(document: Mapping[str, Any] | None, message_id: str, status: str, reference: str | None) -> Result:
    """The result in a document, as that of a duplicate; without one, that of a message whose call is not over."""
    if document is None:
        document = {"code": None, "description": None, "category": None, "retryable": False, "advice": None}
    known = {field.name for field in fields(Result)} - {"faults", "retry_at"}
    given = {name: value for name, value in document.items() if name in known}
    return Result(**{**given, "message_id": message_id, "status": status, "reference": reference, "duplicate": True})


def of_row(result: Result, row: MessageRow, numbers: Mapping[str, Sequence[str]]) -> Result:
    """The result as that of one message; `numbers` are the recipients of its submission by the message's id."""
    recipients = len(numbers.get(row.message_id, []))
    return replace(result, message_id=row.message_id, reference=row.reference, recipients=recipients)
