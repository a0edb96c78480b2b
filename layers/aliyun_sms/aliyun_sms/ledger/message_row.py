"""The row of a message, and what may become of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import ImpossibleTransition
from aliyun_sms.privacy import scrub

if TYPE_CHECKING:
    from collections.abc import Container

    from aliyun_sms.result import Result

NOT_SENT = {"rejected", "queued", "expired"}  # statuses of what certainly was not

# What somebody who has a message in this status may make of it. With any other, only a new claim of its key goes on.
STATUSES_AFTER = {
    "sending": {"accepted", "rejected", "queued", "unknown", "expired"},
    "unknown": {"accepted", "rejected", "queued", "unknown", "expired"},
}


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
    reservation: dict[str, Any] | None = None  # of its recipients, as long as some may have been sent to
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
            released=result.releases_key,
            result=scrubbed.document(),
            document=self.document if waits else None,
            reservation=None if result.status in NOT_SENT else self.reservation,
            due_at=_parked_until(result, now) if result.status == "queued" else None,
            updated_at=now,
            ttl=None if waits else ttl,
        )

    def released_at(self, now: int, due_at: int) -> MessageRow:
        """The row of a parked message whose key may be claimed anew, due again in case it does not reach the queue."""
        self._may_become("released", {"released"} if self.status == "queued" else set())
        return replace(self, released=True, due_at=due_at, updated_at=now)

    def in_the_queue(self, ttl: int) -> MessageRow:
        """The row of a released message that the queue has again: it needs no row, since nothing was sent for it."""
        self._may_become("in the queue", {"in the queue"} if self.released else set())
        return replace(self, due_at=None, ttl=ttl)

    def held(self, now: int, ttl: int) -> MessageRow:
        """The row of a message that a person has now, because its outcome stayed unknown."""
        self._may_become("held", {"held"} if self.is_open else set())
        return replace(self, held_at=now, document=None, updated_at=now, ttl=ttl)

    def renewed(self, ttl: int) -> MessageRow:
        """The row with a later end, so that it outlives a letter of its message; an open one has no end yet."""
        return self if self.ttl is None else replace(self, ttl=max(self.ttl, ttl))

    def _may_become(self, next_one: str, possible: Container[str]) -> None:
        if next_one not in possible:
            raise ImpossibleTransition(f"a message that is {self.status} cannot become {next_one}")


def _parked_until(result: Result, now: int) -> int:
    return (int(result.retry_at.timestamp()) if result.retry_at else now) + 1  # not in the run that parks it
