"""What has been claimed, sent and settled: one key, one send."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .claim import INTERRUPTED, Claim, Signing, Standing, bare_row, message_row, new_claim, over, same
from .observability import scrub
from .rows import MessageRow, SubmissionRow, message_key, put, read, signed, submission_key, written
from .table import Conflict, NoTable, TableUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from .message import Message
    from .result import Origin, Result
    from .table import Table

__all__ = ["INTERRUPTED", "Claim", "Ledger", "Signing", "Standing"]

MOST_WRITES = 3  # of one row, while others write it too or the table does not answer


class Ledger:
    """Claims before a call, records after it. Each call raises TableUnavailable, and Conflict where it lost a race."""

    def __init__(
        self, table: Table, *, new_id: Callable[[], str] = lambda: uuid4().hex, retention_seconds: int = 30 * 86400
    ) -> None:
        """Rows are kept for the retention after their last change."""
        self.table = table
        self.keeps = not isinstance(table, NoTable)
        self._new_id = new_id
        self._retention = retention_seconds

    def claim(self, message: Message, origin: Origin, signing: Signing, seconds: float) -> Claim | Standing:
        """The right to submit, for as long as the call may take, or what stands in its way.

        A released key is claimed anew.
        """
        claim = new_claim(message, origin, signing, self._new_id(), seconds)
        for _ in range(MOST_WRITES):
            lost: Conflict | TableUnavailable
            try:
                return self._put(claim)
            except (Conflict, TableUnavailable) as error:
                lost = error
            standing = self.message(claim.message.message_id)
            if standing and standing.submission == claim.submission.out_id:  # written, though the answer was lost
                return Claim(standing, written(claim.submission))
            if standing and not (standing.released and same(standing, message)):
                return Standing(standing, same(standing, message))
            claim = over(claim, standing)
        raise lost

    def attempt(self, claim: Claim, signing: Signing) -> Claim:
        """Write down the request that is about to be made in the place of one that was certainly not carried out."""
        attempts = claim.submission.attempts + 1
        submission = replace(claim.submission, attempts=attempts, **signed(signing))
        try:
            self.table.put_all([put(submission)])
        except Conflict:
            if self.submission(submission.out_id) != written(submission):  # else the answer to the first write was lost
                raise
        return Claim(claim.message, written(submission))

    def record(self, claim: Claim, result: Result, now: int, look_up_at: int | None = None) -> Claim:
        """Write down what became of the call. `look_up_at` is when an unknown outcome is looked up first.

        What the provider accepted is written over what others have written meanwhile, since it is certain.
        """
        for _ in range(MOST_WRITES):
            recorded = self._recorded(claim, result, now, look_up_at)
            lost: Conflict | TableUnavailable
            try:
                return self._put(recorded)
            except TableUnavailable as error:
                lost = error
            except Conflict as error:
                lost, standing = error, self._standing(claim)
                if _holds(standing.message, recorded.message):
                    return standing
                if result.status != "accepted":
                    raise
                claim = standing
        raise lost

    def expire(self, message: Message, origin: Origin, result: Result, now: int) -> Result | Standing:
        """Write down a message that expired before it was submitted, unless its key stands already."""
        row = message_row(message, origin, now)
        row = replace(row, status="expired", result=result.document(), ttl=self.ttl(now))
        standing = self._close(row, lambda standing: standing.released and same(standing, message))
        return Standing(standing, same(standing, message)) if standing else result

    def refuse(self, result: Result, origin: Origin, key: str, now: int) -> Result:
        """Write down what is no message. Its key may be claimed by a valid one: nothing was ever sent under it."""
        row, document = bare_row(origin, key, now), result.document()
        row = replace(row, status=result.status, result=document, released=True, ttl=self.ttl(now))
        standing = self._close(row, lambda _: False)
        return replace(result, duplicate=bool(standing and standing.result == row.result))

    def ttl(self, now: int) -> int:
        """When a row is deleted for which nothing more is to be done."""
        return now + self._retention

    def message(self, name: str) -> MessageRow | None:
        """The message as last written."""
        item = self.table.get(message_key(name))
        return None if item is None else read(MessageRow, item)

    def submission(self, out_id: str) -> SubmissionRow | None:
        """The submission as last written."""
        item = self.table.get(submission_key(out_id))
        return None if item is None else read(SubmissionRow, item)

    def _put(self, claim: Claim) -> Claim:
        self.table.put_all([put(claim.message), put(claim.submission)])
        return Claim(written(claim.message), written(claim.submission))

    def _close(self, row: MessageRow, may_replace: Callable[[MessageRow], bool]) -> MessageRow | None:
        """Write a message that needs no submission; gives the one that stands in its way instead."""
        standing = None
        for _ in range(MOST_WRITES):
            try:
                self.table.put_all([put(row)])
            except Conflict:
                standing = self.message(row.message_id)
            else:
                return None
            if standing and not may_replace(standing):
                return standing
            row = replace(row, version=standing.version if standing else 0)
        return standing

    def _standing(self, claim: Claim) -> Claim:
        """The rows of a claim as they stand now; raises Conflict where the key was claimed anew."""
        message, submission = self.message(claim.message.message_id), self.submission(claim.submission.out_id)
        if message is None or submission is None or message.submission != submission.out_id:
            raise Conflict("another claim stands")
        return Claim(message, submission)

    def _recorded(self, claim: Claim, result: Result, now: int, look_up_at: int | None) -> Claim:
        unknown, queued = result.status == "unknown", result.status == "queued"
        ttl = None if unknown or queued else self.ttl(now)
        message = replace(
            claim.message,
            status=result.status,
            released=result.comes_again,
            result=kept(result),
            document=claim.message.document if unknown or queued else None,
            due_at=_seconds(result) if queued else None,
            updated_at=now,
            ttl=ttl,
        )
        submission = replace(claim.submission, code=result.code, due_at=look_up_at, ttl=ttl)
        return Claim(message, submission if unknown else submission.closed())


def _holds(standing: MessageRow, recorded: MessageRow) -> bool:
    """Whether it was written, though the answer was lost, or by somebody else who had it from the provider too."""
    return standing.result == recorded.result or standing.status == recorded.status == "accepted"


def _seconds(result: Result) -> int | None:
    return int(result.retry_at.timestamp()) + 1 if result.retry_at else None


def kept(result: Result) -> dict[str, Any]:
    """The result as it is kept: without the whole numbers that the provider's text can hold."""
    return replace(result, description=scrub(result.description) if result.description else None).document()
