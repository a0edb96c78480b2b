"""What the provider throttles: while that lasts, as far as this function knows, it is not asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms.provider.catalogue import lookup

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aliyun_sms.ledger.submission_row import SubmissionRow
    from aliyun_sms.result import Result

    Recipient = tuple[str, str, str]

LONGEST_FOR_ALL = 8  # seconds, where the provider names no time; they double from one on
LONGEST_FOR_ONE = 60  # seconds: a recipient's limit may open before the time that its text lets us reckon
FOR_ONE = 5  # seconds, where it names none
MOST_REMEMBERED = 10_000  # recipients


class Shut(NamedTuple):
    """The code that calls are refused with, and until when."""

    code: str
    until: datetime


class Throttling:
    """Remembers which calls were throttled: all, or those to one recipient with one signature and template.

    Several threads may use it: at worst one of them makes a call more.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._all: Shut | None = None
        self._times = 0  # in a row that calls were throttled for all
        self._recipients: dict[Recipient, Shut] = {}

    def shut(self, submission: SubmissionRow) -> Shut | None:
        """Why a submission would be refused if it were submitted now, if that is known."""
        recipient = _recipient(submission)
        shut = (self._all, self._recipients.get(recipient) if recipient else None)
        return next((each for each in shut if each and self._clock() < each.until), None)

    def learn(self, submission: SubmissionRow, result: Result) -> None:
        """Remember what an answer says of those to come."""
        recipient, code = _recipient(submission), result.code or ""
        if result.status == "accepted":
            self._times = 0
        elif result.category == "throttled" and not lookup(code).per_recipient:
            self._shut_for_all(code, result.retry_at)
        elif result.category == "throttled" and recipient:
            self._shut_for_one(recipient, code, result.retry_at)

    def _shut_for_all(self, code: str, until: datetime | None) -> None:
        now = self._clock()
        if self._all and now < self._all.until:  # the call was on its way before
            return
        seconds = min(2**self._times, LONGEST_FOR_ALL)
        self._times += 1
        self._all = Shut(code, until or now + timedelta(seconds=seconds))

    def _shut_for_one(self, recipient: Recipient, code: str, until: datetime | None) -> None:
        now = self._clock()
        until = min(until or now + timedelta(seconds=FOR_ONE), now + timedelta(seconds=LONGEST_FOR_ONE))
        if len(self._recipients) >= MOST_REMEMBERED:
            self._recipients = {}
        self._recipients[recipient] = Shut(code, until)


def _recipient(submission: SubmissionRow) -> Recipient | None:
    """Whom a submission is to, with what tells the provider's limits apart; none where there are several."""
    if len(submission.recipients) > 1:
        return None
    return submission.recipients[0], submission.sign_names[0], submission.template_code
