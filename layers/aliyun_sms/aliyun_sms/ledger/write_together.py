"""Writes rows of several claims in one transaction, again and again while others write some of them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from aliyun_sms import observability

from .table import Conflict, TableUnavailable
from .usage import given_back

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .table import Count, Item, Put, Table

MOST_WRITES = 3  # of a row, while others write it too or the table does not answer


class Part(Protocol):
    """Rows that are written all or none."""

    def puts(self) -> list[Put]:
        """They, as they are to be written now; none when nothing is left to write."""

    def gives_back(self) -> list[Mapping[str, Any]]:
        """The reservations of those among them that certainly were not sent."""

    def wrote(self) -> None:
        """They are written."""

    def look_again(self, asked: Sequence[str], items: Mapping[str, Item]) -> None:
        """They could not be written, or the answer was lost: `items` are the rows that stand under the keys asked."""


def write_together(table: Table, parts: Sequence[Part]) -> Conflict | TableUnavailable | None:
    """Write parts in one transaction, without those that find that they must not be; gives what kept the rest.

    Reservations are given back in it, so that it is done once; but all functions write their row, and what became of a
    message must be written. So the last try goes without: what is not given back counts until the day is over.
    """
    lost: Conflict | TableUnavailable | None = None
    tries_left, may_count = MOST_WRITES, True
    while tries_left:
        left = [(part, puts) for part in parts if (puts := part.puts())]
        if not left:
            return None
        tries_left -= 1
        reservations = list(chain.from_iterable(part.gives_back() for part, _ in left))
        count = given_back(reservations) if may_count and tries_left else None
        try:
            _put(table, left, count)
        except (Conflict, TableUnavailable) as error:
            lost = error
        else:
            if may_count and reservations and not count:
                observability.count_not_given_back(len(reservations))
            return None
        if may_count and isinstance(lost, Conflict) and lost.places == {sum(len(puts) for _, puts in left)}:
            tries_left, may_count = tries_left + 1, False  # their day is over, so there is nothing to give back
            continue
        try:
            _look_again(table, left, lost)
        except TableUnavailable as error:
            lost = error
    return lost if any(part.puts() for part in parts) else None


def _put(table: Table, left: Sequence[tuple[Part, list[Put]]], count: Count | None) -> None:
    table.put_all([put for _, puts in left for put in puts], count)
    for part, _ in left:
        part.wrote()


def _look_again(table: Table, left: Sequence[tuple[Part, list[Put]]], lost: Conflict | TableUnavailable) -> None:
    asked = _in_the_way([put for _, puts in left for put in puts], lost)
    items = table.get_all(asked)
    for part, _ in left:
        part.look_again(asked, items)


def _in_the_way(puts: Sequence[Put], lost: Conflict | TableUnavailable) -> list[str]:
    """The keys of the rows that kept others from being written: all, where it is not known which."""
    places = lost.places if isinstance(lost, Conflict) else ()
    return [put.item["pk"] for place, put in enumerate(puts) if not places or place in places]
