"""What the ledger needs of a table: whole rows, written all or none, each on the condition of its version."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from aliyun_sms.errors import SmsError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

Item = dict[str, Any]

# Seconds after a write was begun that it can still be done, whatever became of who began it: AWS takes no request that
# was signed over five minutes ago, and clocks may be apart as much. Source: docs.aws.amazon.com, IAM User Guide,
# AWS Signature Version 4 for API requests.
LATEST_WRITE = 600


class Conflict(SmsError):
    """Another write was first; nothing of this one was done. `places` are those of the rows that it wrote."""

    def __init__(self, text: str, places: Iterable[int] = ()) -> None:
        super().__init__(text)
        self.places = frozenset(places)


class TableUnavailable(SmsError):
    """The table did not answer, or not clearly: the write may or may not have been done."""


class TooMuch(TableUnavailable):
    """The table was asked for more than it could do; nothing of this write was done."""


@dataclass(frozen=True, slots=True, repr=False)
class Put:
    """A whole row to write. `version` is that of the row it replaces; 0 where there must be none."""

    item: Item
    version: int


class Count(NamedTuple):
    """Numbers to add to those of one row, which may be many writers' at once: its version stays.

    It is done where members stand as in `where`, none of `absent` is there, and the numbers in `at_most` are there and
    no larger. A number that is not there counts from 0.
    """

    key: str
    add: Mapping[str, int]
    where: Mapping[str, str]
    at_most: Mapping[str, int] = MappingProxyType({})
    absent: Collection[str] = ()


class Table(Protocol):
    """What the ledger needs of a table. Each call raises TableUnavailable where it fails."""

    most_puts: int  # rows that can be written together, with a count

    def get_all(self, keys: Sequence[str]) -> dict[str, Item]:
        """The rows as last written, by key, without those that are not there."""

    def put_all(self, puts: Sequence[Put], count: Count | None = None) -> None:
        """Write all rows or none, the count with them; raises Conflict where a version is not as given.

        The count's place is the one after the rows; its row is none of them.
        """

    def count(self, count: Count) -> None:
        """Count; raises Conflict where the row does not stand as said. What fails may have been counted."""

    def due(self, shard: str, until: int, most: int, after: tuple[str, int] | None = None) -> dict[str, int]:
        """Keys of the rows in a shard that are due by then, and since when, the earliest first.

        `after` is the last of those that are known already.
        """


class NoTable:
    """A table that keeps nothing: the deployment runs without the ledger and its guarantees."""

    most_puts = 100

    def get_all(self, keys: Sequence[str]) -> dict[str, Item]:  # noqa: ARG002 - as in Table
        """Nothing."""
        return {}

    def put_all(self, puts: Sequence[Put], count: Count | None = None) -> None:
        """Forget them."""

    def count(self, count: Count) -> None:
        """Forget it."""

    def due(
        self,
        shard: str,  # noqa: ARG002 - as in Table
        until: int,  # noqa: ARG002 - the same
        most: int,  # noqa: ARG002 - the same
        after: tuple[str, int] | None = None,  # noqa: ARG002 - the same
    ) -> dict[str, int]:
        """Nothing."""
        return {}
