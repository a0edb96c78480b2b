"""What the provider's send records say of a submission: the evidence that settles it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms import observability
from aliyun_sms.errors import CodedError
from aliyun_sms.provider.catalogue import lookup
from aliyun_sms.provider.frequency_limits import CHINA
from aliyun_sms.provider.sends import sends
from aliyun_sms.result import OUT_OF_TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from aliyun_sms.ledger.submission_row import SubmissionRow
    from aliyun_sms.provider.answer import SendDetail
    from aliyun_sms.sending.submitter import Submitter
    from aliyun_sms.threads import Each

SAMPLE = 3  # recipients that are looked up: one call is accepted or refused for all of its numbers alike
REFUSED_SAMPLE = 20  # after a refusal that may have been of some alone
MOST_READS = 3  # of one recipient's send records, at each look
SLACK = timedelta(minutes=20)  # around the time of a call, for its date in the provider's records


class Unclear(Exception):
    """The send records could not be read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def stays(self) -> bool:
        """Whether they cannot be read again at once, nor anybody else's, before a person does something about it."""
        entry = lookup(self.code)
        return entry.category == "configuration" and not entry.at_once


class Found(NamedTuple):
    """What the send records hold of a submission.

    Which messages, whether it is there for anybody, and the messages whose records could not be read.
    """

    messages: set[str]
    anybody: bool
    unread: set[str]


class SendRecords:
    """The provider's records of sends, by QuerySendDetails."""

    def __init__(self, submitter: Submitter, clock: Callable[[], datetime], each: Each) -> None:
        """They are asked for by the submitter's client, with its key."""
        self._submitter = submitter
        self._clock = clock
        self._each = each

    def find_any(self, submission: SubmissionRow, deadline: float) -> bool:
        """Whether they hold a submission, by its OutId, for a sample of its recipients.

        That they do not is no proof: they may lag behind. Raises Unclear where none is found and one could not be read.
        """
        unread: list[Unclear] = []
        for number in sample(submission.recipients, REFUSED_SAMPLE if submission.refused else SAMPLE):
            answer = self._find(submission, number, deadline)
            if answer is True:
                return True
            unread += [answer] if isinstance(answer, Unclear) else []
            if unread and unread[-1].stays:
                break
        _tell(submission, unread)
        if unread:
            raise unread[-1]
        return False

    def look_up(self, submission: SubmissionRow, deadline: float) -> Found:
        """What they hold of a submission, each message looked up by itself.

        One with several recipients was accepted if one of a sample is found; after a refusal, all must be.
        """
        numbers = submission.numbers().items()
        asked = {name: each if submission.refused else sample(each, SAMPLE) for name, each in numbers}
        flat = [number for each in asked.values() for number in each]
        answers = self._each(lambda number: self._find(submission, number, deadline), flat)
        found = {number for number, answer in zip(flat, answers, strict=True) if answer is True}
        unread = {number: answer for number, answer in zip(flat, answers, strict=True) if isinstance(answer, Unclear)}
        _tell(submission, unread.values())
        enough = all if submission.refused else any
        messages = {name for name, each in asked.items() if enough(number in found for number in each)}
        doubtful = {name for name, each in asked.items() if not unread.keys().isdisjoint(each)}
        return Found(messages, bool(found), doubtful - messages)

    def _find(self, submission: SubmissionRow, number: str, deadline: float) -> bool | Unclear:
        """Whether they hold the submission for one number, or why they could not be read."""
        unclear = Unclear(OUT_OF_TIME)
        for _ in range(MOST_READS):
            try:
                used = self._submitter.credentials.current()
                return self._list(submission, number, deadline)
            except CodedError as error:  # there is no key to sign with
                return Unclear(error.code)
            except Unclear as error:
                unclear = error
            if unclear.stays and not self._submitter.renewed(unclear.code, used):
                break
        return unclear

    def _list(self, submission: SubmissionRow, number: str, deadline: float) -> bool:
        """The same; raises Unclear."""
        found = (detail for date in dates(submission) for detail in self._sends(number, date, deadline))
        return any(detail.out_id == submission.out_id for detail in found)

    def _sends(self, number: str, date: str, deadline: float) -> Iterator[SendDetail]:
        """What was sent to one number on one day; raises Unclear."""
        try:
            yield from sends(self._submitter.client, number, date, lambda: deadline - self._clock().timestamp())
        except CodedError as error:
            raise Unclear(error.code) from None


def _tell(submission: SubmissionRow, unread: Iterable[Unclear]) -> None:
    """That the time ran out says nothing of the records: they are read on in the next turn."""
    codes = Counter(unclear.code for unclear in unread if unclear.code != OUT_OF_TIME)
    if codes:
        observability.log_unread(submission.out_id, codes)


def sample(numbers: Sequence[str], most: int) -> Sequence[str]:
    """So many of them, evenly spread: all where there are no more."""
    if len(numbers) <= most:
        return numbers
    return [numbers[place * (len(numbers) - 1) // (most - 1)] for place in range(most)]


def dates(submission: SubmissionRow) -> list[str]:
    """The days, in UTC+8, under which the provider may have filed its first call and its last."""
    called = (datetime.fromtimestamp(at, CHINA) for at in (submission.submitted_at, submission.timestamp))
    return sorted({f"{at + slack:%Y%m%d}" for at in called for slack in (-SLACK, timedelta(), SLACK)})
