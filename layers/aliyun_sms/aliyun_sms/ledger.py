"""What has been claimed, sent and settled: one key, one send."""

from __future__ import annotations

from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from .claim import INTERRUPTED, Claim, Draft, Signing, Standing, bare_row, message_row, moved, new_claim, over, same
from .observability import scrub
from .opening import MOST_WRITES, Opening
from .recording import Recording
from .rows import MessageRow, SubmissionRow, message_key, put, read, signed, submission_key, written
from .table import Conflict, NoTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .result import Origin, Result
    from .table import Table

__all__ = ["INTERRUPTED", "Claim", "Draft", "Ledger", "Signing", "Standing"]


class Ledger:
    """Claims before a call, records after it. Each call raises TableUnavailable, and Conflict where it lost a race."""

    def __init__(
        self, table: Table, *, new_id: Callable[[], str] = lambda: token_hex(16), retention_seconds: int = 30 * 86400
    ) -> None:
        """Rows are kept for the retention after their last change."""
        self.table = table
        self.keeps = not isinstance(table, NoTable)
        self._new_id = new_id
        self._retention = retention_seconds

    def claim(self, drafts: Sequence[Draft], signing: Signing, seconds: float) -> tuple[Claim | None, list[Standing]]:
        """The right to submit these messages together, for as long as the call may take, and what stands in the way.

        No two may have the same key. A released key is claimed anew; what is claimed already is left out.
        """
        wanted = new_claim(drafts, signing, self._new_id(), seconds)
        opening = Opening(self.table, wanted, over)
        claim = opening.write()
        rows = {row.message_id: row for row in wanted.messages}
        return claim, [Standing(row, same(row, rows[row.message_id])) for row in opening.standing]

    def move(self, claim: Claim, signing: Signing, seconds: float) -> Claim | None:
        """The messages of a void submission under one of their own, but for those that somebody else has taken."""
        wanted = moved(claim, signing, self._new_id(), seconds)
        unchanged = {row.message_id: row.version for row in claim.messages}

        def takes(standing: MessageRow | None, row: MessageRow) -> MessageRow | None:
            return row if standing and standing.version == unchanged[row.message_id] else None

        return Opening(self.table, wanted, takes).write()

    def void(self, claim: Claim) -> Claim:
        """Write down that of a submission certainly nothing was carried out, nor ever will be."""
        return Claim(claim.messages, self.write(replace(claim.submission, void=True)))

    def write(self, submission: SubmissionRow) -> SubmissionRow:
        """Write a submission alone."""
        try:
            self.table.put_all([put(submission)])
        except Conflict:
            if self.submission(submission.out_id) != written(submission):  # else the answer to the first write was lost
                raise
        return written(submission)

    def attempt(self, claim: Claim, signing: Signing) -> Claim:
        """Write down the request that is about to be made in the place of one that was certainly not carried out."""
        attempts = claim.submission.attempts + 1
        return Claim(claim.messages, self.write(replace(claim.submission, attempts=attempts, **signed(signing))))

    def record(
        self, claim: Claim, results: Sequence[Result], now: int, look_up_at: int | None = None, *, in_part: bool = False
    ) -> Claim:
        """Write down what became of the messages of a claim: a result for each, in their order.

        `look_up_at` is when an unknown outcome is looked up first; `in_part` says that other messages of the submission
        are still open. What the provider accepted is written over whatever stands. Where a message cannot be written,
        the others are; the submission then stays due, and Conflict or TableUnavailable is raised.
        """
        rows = [self._recorded(row, result, now) for row, result in zip(claim.messages, results, strict=True)]
        submission = claim.submission
        if not in_part and not submission.void:
            submission = self._submission_recorded(claim.submission, results[-1], now, look_up_at)
        return Recording(self.table, Claim(tuple(rows), submission), claim.submission).write()

    def expire(self, draft: Draft, result: Result, now: int) -> Result | Standing:
        """Write down a message that expired before it was submitted, unless its key stands already."""
        row = replace(message_row(draft, now), status="expired", result=result.document(), ttl=self.ttl(now))
        standing = self._close(row, lambda standing: standing.released and same(standing, row))
        return Standing(standing, same(standing, row)) if standing else result

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
        return self.messages([name]).get(name)

    def messages(self, names: Sequence[str]) -> dict[str, MessageRow]:
        """The messages as last written, by their ids."""
        rows = (read(MessageRow, item) for item in self.table.get_all(list(map(message_key, names))).values())
        return {row.message_id: row for row in rows}

    def submission(self, out_id: str) -> SubmissionRow | None:
        """The submission as last written."""
        key = submission_key(out_id)
        item = self.table.get_all([key]).get(key)
        return None if item is None else read(SubmissionRow, item)

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

    def _recorded(self, row: MessageRow, result: Result, now: int) -> MessageRow:
        unknown, queued = result.status == "unknown", result.status == "queued"
        return replace(
            row,
            status=result.status,
            released=result.comes_again,
            result=kept(result),
            document=row.document if unknown or queued else None,
            due_at=_seconds(result, now) if queued else None,
            updated_at=now,
            ttl=None if unknown or queued else self.ttl(now),
        )

    def _submission_recorded(
        self, row: SubmissionRow, result: Result, now: int, look_up_at: int | None
    ) -> SubmissionRow:
        row = replace(row, code=result.code)
        if result.status == "unknown":
            return replace(row, due_at=look_up_at, ttl=None)
        return replace(row, ttl=None if result.status == "queued" else self.ttl(now)).closed()


def _seconds(result: Result, now: int) -> int:
    return int(result.retry_at.timestamp()) + 1 if result.retry_at else now


def kept(result: Result) -> dict[str, Any]:
    """The result as it is kept: without the whole numbers that the provider's text can hold."""
    return replace(result, description=scrub(result.description) if result.description else None).document()
