"""The routes that hold now: the row that a person put, read again each minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from aliyun_sms.errors import SmsError

from .faults import InvalidRoutes
from .read import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .document import Document

KEY = "routes"  # of the row: version, document as JSON text, by whom it was put, and when
A_MINUTE = timedelta(minutes=1)


class Rows(Protocol):
    """What is needed of a table; it raises an SmsError where it does not answer."""

    def get_all(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The rows as last written, by key, without those that are not there."""


class RoutesInForce:
    """Keeps the last document that could be read; `trouble` says why a newer one could not."""

    def __init__(self, table: Rows, clock: Callable[[], datetime]) -> None:
        """Nothing is read before it is asked for."""
        self._table = table
        self._clock = clock
        self._read_at: datetime | None = None
        self._text: str | None = None  # that was read last, whether it could be or not
        self._document: Document | None = None
        self._fault: str | None = None  # of that text
        self.trouble: str | None = None

    def document(self) -> Document | None:
        """The document, not older than a minute where it can be read; none where none ever could."""
        now = self._clock()
        if self._document is None or self._read_at is None or now - self._read_at >= A_MINUTE:
            self._read_at = now
            self._read()
        return self._document

    def read_now(self) -> Document | None:
        """The same, as it stands in the table now: for a person, who may just have put it."""
        self._read()
        return self._document

    def _read(self) -> None:
        try:
            row = self._table.get_all([KEY]).get(KEY)
            if row is not None and row["document"] != self._text:
                self._text, self._fault = row["document"], None
                self._document = read_document(self._text)
            self.trouble = self._fault
        except InvalidRoutes as error:
            self.trouble = self._fault = str(error)
        except SmsError as error:
            self.trouble = str(error)
        except Exception as error:  # noqa: BLE001 - an odd row must not stop what the last good one lets through
            self.trouble = type(error).__name__
