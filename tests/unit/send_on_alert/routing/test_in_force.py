"""The document in force: read once a minute, and the last good one stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.ledger.table import TableUnavailable
from routing.in_force import KEY, RoutesInForce
from tests.workbench.clock import Clock
from tests.workbench.fake_table import FakeTable
from tests.workbench.routes import DOCUMENT, document

if TYPE_CHECKING:
    from collections.abc import Sequence


class CountingTable(FakeTable):
    """Counts its reads, and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.is_away = False

    def get_all(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        self.reads += 1
        if self.is_away:
            raise TableUnavailable("away")
        return super().get_all(keys)

    def put(self, text: str) -> None:
        self.items[KEY] = {"pk": KEY, "version": 1, "document": text, "by": "somebody", "at": 0}


@pytest.fixture
def table() -> CountingTable:
    return CountingTable()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def routes(table: CountingTable, clock: Clock) -> RoutesInForce:
    return RoutesInForce(table, clock)


def default(routes: RoutesInForce) -> str | None:
    """Whom the document in force has as its default."""
    there = routes.document()
    return there.default.contacts[0] if there and there.default else None


def with_default(name: str) -> str:
    return json.dumps(document(default={"contacts": [name]}))


def test_without_a_row_there_is_none(routes: RoutesInForce) -> None:
    assert routes.document() is None
    assert routes.trouble is None


def test_a_change_is_in_force_after_a_minute(table: CountingTable, clock: Clock, routes: RoutesInForce) -> None:
    table.put(with_default("li.si"))
    assert default(routes) == "li.si"

    table.put(with_default("wang.wu"))
    clock.passes(59)
    assert default(routes) == "li.si"

    clock.passes(1)
    assert default(routes) == "wang.wu"
    assert table.reads == 2


def test_a_person_who_asks_has_it_as_it_stands_in_the_table(table: CountingTable, routes: RoutesInForce) -> None:
    table.put(with_default("li.si"))
    assert default(routes) == "li.si"

    table.put(with_default("wang.wu"))

    there = routes.read_now()
    assert there is not None
    assert there.default is not None
    assert there.default.contacts == ("wang.wu",)


def test_the_first_document_is_in_force_at_once(table: CountingTable, routes: RoutesInForce) -> None:
    assert routes.document() is None

    table.put(with_default("li.si"))

    assert default(routes) == "li.si"


@pytest.mark.parametrize(
    "text", ["{", "{}", json.dumps(document(routes=[{"name": "x"}])), json.dumps({**DOCUMENT, "later": 1})]
)
def test_a_row_that_cannot_be_read_leaves_the_last_good_one(
    table: CountingTable, clock: Clock, routes: RoutesInForce, text: str
) -> None:
    table.put(with_default("li.si"))
    routes.document()

    table.put(text)
    clock.passes(60)

    assert default(routes) == "li.si"
    assert routes.trouble


def test_a_table_that_is_away_leaves_it_too(table: CountingTable, clock: Clock, routes: RoutesInForce) -> None:
    table.put(with_default("li.si"))
    routes.document()

    table.is_away = True
    clock.passes(60)

    assert (default(routes), routes.trouble) == ("li.si", "away")
    table.is_away = False
    clock.passes(60)
    assert (default(routes), routes.trouble) == ("li.si", None)


def test_what_is_wrong_with_a_row_stays_so_until_there_is_another(
    table: CountingTable, clock: Clock, routes: RoutesInForce
) -> None:
    table.put("{")
    routes.document()
    clock.passes(60)

    assert routes.document() is None
    assert routes.trouble


def test_the_trouble_is_over_with_a_good_one(table: CountingTable, clock: Clock, routes: RoutesInForce) -> None:
    table.put("{")
    assert routes.document() is None
    assert routes.trouble

    table.put(with_default("wang.wu"))
    clock.passes(60)

    assert default(routes) == "wang.wu"
    assert not routes.trouble


def test_a_row_of_another_kind_is_a_trouble_of_its_kind_alone(table: CountingTable, routes: RoutesInForce) -> None:
    table.items[KEY] = {"pk": KEY, "version": 1}

    assert routes.document() is None
    assert routes.trouble == "KeyError"
