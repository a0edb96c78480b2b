"""What the provider has sent to a number, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aliyun_sms.errors import CodedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .answer import SendDetail, SendDetails

PAGE = 50  # sends on a page, as many as the provider gives
MOST_PAGES = 20


class _Client(Protocol):
    def query_send_details(
        self, phone_number: str, send_date: str, *, page_size: int, current_page: int, seconds_left: float | None
    ) -> SendDetails: ...


class Unread(CodedError):
    """The provider's records could not be read; `code` says why."""


def sends(client: _Client, number: str, date: str, seconds_left: Callable[[], float]) -> Iterator[SendDetail]:
    """What was sent to one number on one day, yyyyMMdd in UTC+8, of the last 30; at most 1,000 sends.

    Raises Unread, or what the client raises, perhaps after some of them.
    """
    seen = 0
    for current_page in range(1, MOST_PAGES + 1):
        page = client.query_send_details(
            number, date, page_size=PAGE, current_page=current_page, seconds_left=seconds_left()
        )
        if page.code != "OK":
            raise Unread(page.code, "the provider refused to show what it has sent")
        yield from page.details
        seen += len(page.details)
        if seen >= page.total_count or not page.details:
            break
    if seen < page.total_count:
        raise Unread("client:incomplete-records", "the provider counts more sends than it lists")
