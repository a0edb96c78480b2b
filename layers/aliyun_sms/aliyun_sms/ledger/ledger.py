"""What has been claimed, sent and settled: one key, one send."""

from __future__ import annotations

from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING

from .claim import (
    Claim,
    Duplicate,
    bare_row,
    message_row,
    moved,
    new_claim,
    of_row,
    over_what_went_back,
    replacement,
    same_payload,
    unless_claimed,
)
from .message_row import MessageRow
from .rows import SHARDS, from_item, message_key, shard, submission_key, to_put, written
from .submission_row import SubmissionRow
from .table import Conflict, NoTable, TableUnavailable
from .usage import NO_LIMITS, Limits, UsageRow
from .write_claim import ClaimWriter
from .write_messages import MessageWriter
from .write_results import ResultWriter
from .write_together import write_together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aliyun_sms.message.incoming import IncomingMessage, Unreadable
    from aliyun_sms.provider.request import Signing
    from aliyun_sms.result import Result

    from .table import Table
    from .usage import Reservation

MOST_AT_ONCE = 100  # of what is due, in one answer of the table
MOST_ALONE = 20  # messages that are claimed together and submitted alone: so many may a killed function leave unknown
MINUTE = 60


class Ledger:
    """Claims before a call, results after it, and what settling comes to. Times are seconds since 1970.

    Each call raises TableUnavailable, and Conflict where it lost a race.
    """

    def __init__(
        self,
        table: Table,
        *,
        new_id: Callable[[], str] = lambda: token_hex(16),
        retention_seconds: int = 30 * 86400,
        limits: Limits = NO_LIMITS,
    ) -> None:
        """Rows are kept for the retention after their last change. `usage` counts recipients against the limits."""
        self.table = table
        self.usage = UsageRow(table, limits)
        self.keeps = not isinstance(table, NoTable)
        self._new_id = new_id
        self._retention = retention_seconds

    @property
    def most_alone(self) -> int:
        """Messages that can be claimed together, each to be submitted alone."""
        return min(MOST_ALONE, self.table.most_puts // 2)

    def claim(
        self,
        messages: Sequence[IncomingMessage],
        signing: Signing,
        seconds: float,
        reservation: Reservation | None = None,
    ) -> tuple[Claim | None, list[Duplicate]]:
        """The right to submit these messages together, for as long as the call may take, and what stands in the way.

        No two may have the same key. A released key is claimed anew, whatever for; what is claimed already is left out.
        `reservation` is what the recipients of all are counted in.
        """
        wanted = new_claim(messages, signing, self._new_id(), seconds, reservation)
        writer = ClaimWriter(wanted, replacement)
        claim = writer.write(self.table)
        return claim, _duplicates(writer.standing, messages)

    def claim_each(
        self,
        messages: Sequence[IncomingMessage],
        signing: Callable[[], Signing],
        seconds: float,
        reservation: Reservation | None = None,
    ) -> tuple[list[Claim], list[Duplicate]]:
        """As `claim`, but each message is submitted alone: one transaction writes all claims, `most_alone` at most."""
        wanted = [new_claim([each], signing(), self._new_id(), seconds, reservation) for each in messages]
        writers = [ClaimWriter(claim, replacement) for claim in wanted]
        if lost := write_together(self.table, writers):
            raise lost
        claims = [writer.claim for writer in writers if writer.claim]
        return claims, _duplicates([row for writer in writers for row in writer.standing], messages)

    def move(
        self, claim: Claim, signing: Signing, seconds: float, reservation: Reservation | None = None
    ) -> Claim | None:
        """The messages of a void submission under one of their own, but for those that somebody else has taken.

        `reservation` is what they are counted in, where that is another than before.
        """
        wanted = moved(claim, signing, self._new_id(), seconds, reservation)
        unchanged = {row.message_id: row.version for row in claim.messages}

        def if_unchanged(standing: MessageRow | None, row: MessageRow) -> MessageRow | None:
            return row if standing and standing.version == unchanged[row.message_id] else None

        return ClaimWriter(wanted, if_unchanged).write(self.table)

    def attempt(self, claim: Claim, signing: Signing) -> Claim:
        """Write down the request that is about to be made in the place of the last one.

        That was certainly not carried out, or was given up.
        """
        return Claim(claim.messages, self.write(claim.submission.attempted(signing)))

    def void(self, claim: Claim) -> Claim:
        """Write down that of a submission certainly nothing was carried out, nor ever will be."""
        return Claim(claim.messages, self.write(claim.submission.voided()))

    def write(self, submission: SubmissionRow) -> SubmissionRow:
        """Write a submission alone, as its next version."""
        try:
            self.table.put_all([to_put(submission)])
        except Conflict:
            if self.submission(submission.out_id) != written(submission):  # else the answer to the first write was lost
                raise
        return written(submission)

    def write_results(
        self, claim: Claim, results: Sequence[Result], now: int, look_up_at: int | None = None, *, in_part: bool = False
    ) -> None:
        """Write down what became of the messages of a claim: a result for each, in their order.

        `look_up_at` is when an unknown outcome is looked up first; `in_part` says that other messages of the submission
        are still open. What the provider accepted is written over whatever stands. Where a message cannot be written,
        the others are; the submission then stays due, and Conflict or TableUnavailable is raised.
        """
        self._result_writer(claim, results, now, look_up_at, in_part=in_part).write(self.table)

    def write_each(
        self, outcomes: Sequence[tuple[Claim, Sequence[Result]]], now: int, look_up_at: int
    ) -> list[Conflict | TableUnavailable | None]:
        """As `write_results` of several claims of one message each, in one transaction; gives why one is not written.

        It raises nothing, since the others may be.
        """
        writers = [self._result_writer(claim, results, now, look_up_at) for claim, results in outcomes]
        lost = write_together(self.table, writers)
        return [writer.lost or (lost if writer.puts() else None) for writer in writers]

    def _result_writer(
        self, claim: Claim, results: Sequence[Result], now: int, look_up_at: int | None, *, in_part: bool = False
    ) -> ResultWriter:
        ttl = self._ttl(now)
        rows = [row.with_result(result, now, ttl) for row, result in zip(claim.messages, results, strict=True)]
        submission = claim.submission
        if not in_part and not submission.void:
            submission = self._with_last_result(submission, results[-1], now, look_up_at)
        return ResultWriter(Claim(tuple(rows), submission), claim)

    def write_lapsed(self, claim: Claim, result: Result, now: int) -> list[Result]:
        """Write lapsed messages down with this result, so that a late function cannot release their keys any more.

        The results are in the messages' order.
        """
        submission = claim.submission
        if submission.void:
            submission = self.write(submission)  # from now on nobody can complete it
        numbers = submission.numbers()
        results = [of_row(result, row, numbers) for row in claim.messages]
        self.write_results(Claim(claim.messages, submission), results, now, in_part=True)
        return results

    def expire(self, incoming: IncomingMessage, result: Result, now: int) -> Result | Duplicate:
        """Write down a message that expired before it was submitted, unless its key is claimed already."""
        row = message_row(incoming, now).with_result(result, now, self._ttl(now))
        for standing in MessageWriter([row], replacement).write(self.table):
            return Duplicate(standing, same_payload(standing, incoming.message))
        return result

    def park(self, messages: Sequence[IncomingMessage], results: Sequence[Result], now: int) -> list[Duplicate]:
        """Write down that messages wait to go into the queue, which `results` say; gives what stands in their way.

        They have no submission. No two may have the same key; what is claimed already stays as it is.
        """
        ttl = self._ttl(now)
        pairs = zip(messages, results, strict=True)
        rows = [message_row(incoming, now).with_result(result, now, ttl) for incoming, result in pairs]
        return _duplicates(MessageWriter(rows, replacement).write(self.table), messages)

    def refuse(self, unreadable: Unreadable, result: Result, now: int) -> Result:
        """Write down what is no message. Its key may be claimed by a valid one: nothing was ever sent under it.

        What waited is refused if it came out of the queue again and may not be sent any more.
        """
        row = replace(bare_row(unreadable, now).with_result(result, now, self._ttl(now)), released=True)
        standing = MessageWriter([row], over_what_went_back).write(self.table)
        return replace(result, duplicate=any(each.result == row.result for each in standing))

    def due(self, now: int) -> Iterator[dict[str, int]]:
        """Keys of the rows that are due, and since when, in pages of up to 100, each shard's earliest first.

        Each minute another shard is the first, so that none is always the last.
        """
        for number in range(SHARDS):
            after: tuple[str, int] | None = None
            while page := self.table.due(shard((number + now // MINUTE) % SHARDS), now, MOST_AT_ONCE, after):
                yield page
                after = list(page.items())[-1]

    def release(self, message: MessageRow, now: int, due_at: int) -> MessageRow:
        """Let the key of a parked message be claimed anew; it is due again in case it does not reach the queue."""
        return self._write_message(message.released_at(now, due_at))

    def leave_in_the_queue(self, message: MessageRow, now: int) -> None:
        """A released message is in the queue again, so nothing more is due for it."""
        self._write_message(message.in_the_queue(self._ttl(now)))

    def hold(self, message: MessageRow, now: int) -> None:
        """A person has the message now."""
        self._write_message(message.held(now, self._ttl(now)))

    def renew(self, name: str, now: int) -> None:
        """A letter of this message is about to be added, and may be moved back: its row, if it has one, outlives it.

        Where another wrote the row meanwhile, it is newer than this; where it was deleted, it is there again.
        """
        row = self.message(name)
        renewed = row.renewed(self._ttl(now)) if row else None
        if renewed and renewed != row:
            MessageWriter([renewed], unless_claimed).write(self.table)

    def close(self, submission: SubmissionRow, now: int) -> None:
        """Nothing more is to be done for a submission."""
        self.write(submission.closed(self._ttl(now)))

    def duplicates(self, messages: Sequence[IncomingMessage]) -> list[Duplicate]:
        """What stands in the way of a claim of messages, without claiming any."""
        standing = self.messages([incoming.message_id for incoming in messages])
        return _duplicates([row for row in standing.values() if not row.released], messages)

    def message(self, name: str) -> MessageRow | None:
        """The message as last written."""
        return self.messages([name]).get(name)

    def messages(self, names: Sequence[str]) -> dict[str, MessageRow]:
        """The messages as last written, by their ids."""
        items = self.table.get_all([message_key(name) for name in names]).values()
        return {row.message_id: row for row in (from_item(MessageRow, item) for item in items)}

    def submission(self, out_id: str) -> SubmissionRow | None:
        """The submission as last written."""
        key = submission_key(out_id)
        item = self.table.get_all([key]).get(key)
        return None if item is None else from_item(SubmissionRow, item)

    def _write_message(self, row: MessageRow) -> MessageRow:
        self.table.put_all([to_put(row)])
        return written(row)

    def _with_last_result(self, row: SubmissionRow, result: Result, now: int, look_up_at: int | None) -> SubmissionRow:
        row = row.answered(result.code, refused=row.refused)
        if result.status == "unknown":
            return row.due_again(look_up_at)
        return row.closed(self._ttl(now))

    def _ttl(self, now: int) -> int:
        """When a row is deleted for which nothing more is to be done."""
        return now + self._retention


def _duplicates(standing: Sequence[MessageRow], messages: Sequence[IncomingMessage]) -> list[Duplicate]:
    given = {incoming.message_id: incoming.message for incoming in messages}
    return [Duplicate(row, same_payload(row, given[row.message_id])) for row in standing]
