"""What the provider's records say of a submission."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from .catalogue import lookup
from .errors import CodedError
from .limits import CHINA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .answer import SendDetail
    from .client import SmsClient
    from .rows import SubmissionRow

Evidence = Literal["found", "not found", "unclear"]

SAMPLE = 3  # recipients that are looked up: one call is accepted or refused for all of its numbers alike
MOST_LOOKED_UP = 50  # recipients, where a refusal may have been of some alone
PAGE = 50  # sends on a page, as many as the provider gives
MOST_PAGES = 20
SLACK = timedelta(minutes=20)  # around the time of a call, for its date in the provider's records


class Unclear(Exception):
    """The records could not be read."""


class Records:
    """The provider's records of sends, by QuerySendDetails."""

    def __init__(self, client: SmsClient, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock

    def look_up(self, submission: SubmissionRow, deadline: float) -> Evidence:
        """Whether they hold the submission, by its OutId. That they do not is no proof: they may lag behind.

        After a refusal that may have been of some recipients alone, all must be found.
        """
        in_part = lookup(submission.code or "").per_recipient
        numbers = submission.recipients[: MOST_LOOKED_UP if in_part else SAMPLE]
        try:
            found = (self._holds(submission, number, deadline) for number in numbers)
            if not (all(found) if in_part else any(found)):
                return "not found"
        except Unclear:
            return "unclear"
        return "found" if not in_part or len(numbers) == len(submission.recipients) else "unclear"

    def _holds(self, submission: SubmissionRow, number: str, deadline: float) -> bool:
        return any(
            detail.out_id == submission.out_id
            for date in dates(submission)
            for detail in self._sends(number, date, deadline)
        )

    def _sends(self, number: str, date: str, deadline: float) -> Iterator[SendDetail]:
        """What was sent to one number on one day; raises Unclear."""
        seen = 0
        for current_page in range(1, MOST_PAGES + 1):
            try:
                page = self._client.query_send_details(
                    number,
                    date,
                    page_size=PAGE,
                    current_page=current_page,
                    seconds_left=deadline - self._clock().timestamp(),
                )
            except CodedError as error:
                raise Unclear(error.code) from None
            if page.code != "OK":
                raise Unclear(page.code)
            yield from page.details
            seen += len(page.details)
            if seen >= page.total_count or not page.details:
                break
        if seen < page.total_count:  # it counts more than it lists
            raise Unclear("incomplete")


def dates(submission: SubmissionRow) -> list[str]:
    """The days, in UTC+8, under which the provider may have filed its first call and its last."""
    called = (datetime.fromtimestamp(at, CHINA) for at in (submission.submitted_at, submission.timestamp))
    return sorted({f"{at + slack:%Y%m%d}" for at in called for slack in (-SLACK, timedelta(), SLACK)})
