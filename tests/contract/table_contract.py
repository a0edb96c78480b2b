"""What the ledger relies on in a table: run on the fake one, on moto's and on the emulator's."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from aliyun_sms.ledger.table import Conflict, Count, Put

if TYPE_CHECKING:
    from aliyun_sms.ledger.table import Item, Table


def row(version: int, key: str | None = None, **fields: object) -> Put:
    """A row as the next version of the one that it replaces."""
    return Put({"pk": key or uuid4().hex, "version": version + 1, **fields}, version)


def row_of(table: Table, key: str) -> Item | None:
    return table.get_all([key]).get(key)


class TableContract:
    """A subclass gives the fixture `table`. Keys and shards are new in each test, so it need not be empty."""

    def test_there_is_no_row_before_it_is_put(self, table: Table) -> None:
        assert row_of(table, uuid4().hex) is None

    def test_a_row_is_read_as_it_was_put(self, table: Table) -> None:
        result = {"code": "OK", "retryable": False, "recipients": 2, "advice": None}
        put = row(0, text="号码", number=7, empty="", yes=True, numbers=["1", "2"], none=[], result=result)

        table.put_all([put])

        read = row_of(table, put.item["pk"])
        assert read == put.item
        assert type((read or {})["number"]) is int

    def test_a_row_that_was_read_can_be_changed_without_changing_the_table(self, table: Table) -> None:
        put = row(0, numbers=["1"])
        table.put_all([put])
        (row_of(table, put.item["pk"]) or {})["numbers"].append("2")

        assert row_of(table, put.item["pk"]) == put.item

    def test_a_row_is_put_only_where_there_is_none(self, table: Table) -> None:
        put = row(0, text="first")
        table.put_all([put])

        with pytest.raises(Conflict):
            table.put_all([row(0, put.item["pk"], text="second")])
        assert row_of(table, put.item["pk"]) == put.item

    def test_a_row_is_replaced_whole_by_its_next_version(self, table: Table) -> None:
        put = row(0, text="first", more="more")
        table.put_all([put])
        following = row(1, put.item["pk"], text="second")
        table.put_all([following])

        assert row_of(table, put.item["pk"]) == following.item

    @pytest.mark.parametrize("version", [1, 3])
    def test_a_row_of_another_version_is_not_replaced(self, table: Table, version: int) -> None:
        put = row(0)
        following = row(1, put.item["pk"])
        table.put_all([put])
        table.put_all([following])

        with pytest.raises(Conflict):
            table.put_all([row(version, put.item["pk"])])
        assert row_of(table, put.item["pk"]) == following.item

    def test_a_row_that_is_not_there_is_not_replaced(self, table: Table) -> None:
        with pytest.raises(Conflict):
            table.put_all([row(1)])

    def test_several_rows_are_put_together(self, table: Table) -> None:
        first, second = row(0), row(0)
        table.put_all([first, second])
        table.put_all([row(1, first.item["pk"]), row(1, second.item["pk"])])

        assert [(row_of(table, put.item["pk"]) or {})["version"] for put in (first, second)] == [2, 2]

    @pytest.mark.parametrize("place", [0, 1])
    def test_of_several_rows_none_is_put_where_one_conflicts(self, table: Table, place: int) -> None:
        standing, other = row(0), row(0)
        table.put_all([standing])
        both = [other]
        both.insert(place, row(0, standing.item["pk"]))

        with pytest.raises(Conflict):
            table.put_all(both)
        assert row_of(table, other.item["pk"]) is None
        assert row_of(table, standing.item["pk"]) == standing.item

    @pytest.mark.parametrize("many", [2, 100, 101, 250])
    def test_several_rows_are_read_as_they_were_put(self, table: Table, many: int) -> None:
        puts = [row(0, number=number) for number in range(many)]
        for start in range(0, many, table.most_puts):
            table.put_all(puts[start : start + table.most_puts])

        assert table.get_all([put.item["pk"] for put in puts]) == {put.item["pk"]: put.item for put in puts}

    def test_no_keys_give_no_rows(self, table: Table) -> None:
        assert table.get_all([]) == {}

    @pytest.mark.parametrize("many", [1, 3, 120])
    def test_keys_of_no_rows_are_left_out(self, table: Table, many: int) -> None:
        put = row(0)
        table.put_all([put])
        key, missing = put.item["pk"], [uuid4().hex for _ in range(many)]

        assert table.get_all(missing) == {}
        assert table.get_all([*missing, key, *missing]) == {key: put.item}

    @pytest.mark.parametrize("times", [2, 3, 101])
    def test_a_key_that_is_given_several_times_gives_one_row(self, table: Table, times: int) -> None:
        put = row(0)
        table.put_all([put])

        assert table.get_all([put.item["pk"]] * times) == {put.item["pk"]: put.item}

    def test_of_several_rows_each_is_read_as_last_written(self, table: Table) -> None:
        first, second = row(0), row(0)
        table.put_all([first, second])
        changed = row(1, first.item["pk"], text="changed")
        table.put_all([changed])

        assert table.get_all([first.item["pk"], second.item["pk"]]) == {
            first.item["pk"]: changed.item,
            second.item["pk"]: second.item,
        }

    def test_as_many_rows_are_put_together_as_the_table_says(self, table: Table) -> None:
        puts = [row(0) for _ in range(table.most_puts)]
        table.put_all(puts)

        assert len(table.get_all([put.item["pk"] for put in puts])) == table.most_puts

    @pytest.mark.parametrize("places", [[0], [3], [1, 2], [0, 1, 2, 3]])
    def test_a_conflict_names_the_places_of_the_rows_that_stand_in_the_way(
        self, table: Table, places: list[int]
    ) -> None:
        puts = [row(0) for _ in range(4)]
        table.put_all([puts[place] for place in places])

        with pytest.raises(Conflict) as raised:
            table.put_all(puts)
        assert raised.value.places == set(places)
        assert set(table.get_all([put.item["pk"] for put in puts])) == {puts[place].item["pk"] for place in places}

    def test_what_is_due_in_a_shard_is_listed_the_earliest_first(self, table: Table) -> None:
        shard = uuid4().hex
        late, early, not_yet = (due(shard, at) for at in (20, 5, 21))
        table.put_all([late, early])
        table.put_all([not_yet, due(uuid4().hex, 1)])

        assert list(table.due(shard, 20, 100).items()) == [(early.item["pk"], 5), (late.item["pk"], 20)]

    def test_as_many_are_listed_as_are_asked_for(self, table: Table) -> None:
        shard = uuid4().hex
        puts = [due(shard, at) for at in (30, 10, 20)]
        table.put_all(puts)

        assert list(table.due(shard, 100, 2)) == [puts[1].item["pk"], puts[2].item["pk"]]

    def test_a_list_goes_on_after_what_is_known_also_where_that_is_due_no_more(self, table: Table) -> None:
        shard = uuid4().hex
        puts = [due(shard, at) for at in (10, 20, 20, 30, 40)]
        table.put_all(puts)
        first = table.due(shard, 30, 2)
        known = list(first.items())[-1]
        table.put_all([row(1, known[0])])

        assert [*first, *table.due(shard, 30, 2, known)] == sorted(
            (put.item["pk"] for put in puts[:4]), key=[*first, *table.due(shard, 30, 9, known)].index
        )
        assert table.due(shard, 30, 2, list(table.due(shard, 30, 2, known).items())[-1]) == {}

    def test_what_is_no_longer_due_is_not_listed(self, table: Table) -> None:
        shard = uuid4().hex
        put = due(shard, 10)
        table.put_all([put])
        table.put_all([row(1, put.item["pk"])])

        assert table.due(shard, 100, 100) == {}

    def test_what_is_due_at_another_time_is_listed_by_that(self, table: Table) -> None:
        shard = uuid4().hex
        put = due(shard, 10)
        table.put_all([put])
        table.put_all([row(1, put.item["pk"], due_shard=shard, due_at=50)])

        assert table.due(shard, 49, 100) == {}
        assert table.due(shard, 50, 100) == {put.item["pk"]: 50}

    def test_a_shard_in_which_nothing_is_due_is_empty(self, table: Table) -> None:
        assert table.due(uuid4().hex, 100, 100) == {}

    def test_numbers_are_added_to_those_of_a_row_whose_version_stays(self, table: Table) -> None:
        put = row(0, day="today", one=1, text="text")
        table.put_all([put])

        table.count(Count(put.item["pk"], {"one": 2, "a #new: one": 3}, {"day": "today"}))

        assert row_of(table, put.item["pk"]) == {**put.item, "one": 3, "a #new: one": 3}

    @pytest.mark.parametrize(
        "count",
        [
            Count("", {"one": 1}, {"day": "tomorrow"}),
            Count("", {"one": 1}, {"night": "today"}),
            Count("", {"one": 1}, {"day": "today"}, {"one": 4}),
            Count("", {"one": 1}, {"day": "today"}, {"one": -1}),
            Count("", {"one": 1}, {"day": "today"}, {"another": 4}),
            Count("", {"one": 1}, {"day": "today"}, {}, ["one"]),
        ],
    )
    def test_nothing_is_added_where_a_row_does_not_stand_as_said(self, table: Table, count: Count) -> None:
        put = row(0, day="today", one=5)
        table.put_all([put])
        other = row(0)

        with pytest.raises(Conflict):
            table.count(count._replace(key=put.item["pk"]))
        with pytest.raises(Conflict) as raised:
            table.put_all([other], count._replace(key=put.item["pk"]))
        assert raised.value.places == {1}
        assert row_of(table, put.item["pk"]) == put.item
        assert row_of(table, other.item["pk"]) is None

    def test_nothing_is_added_to_a_row_that_is_not_there(self, table: Table) -> None:
        key = uuid4().hex

        with pytest.raises(Conflict):
            table.count(Count(key, {"one": 1}, {"day": "today"}))
        assert row_of(table, key) is None

    def test_a_number_is_added_up_to_what_is_said(self, table: Table) -> None:
        put = row(0, day="today", one=5)
        table.put_all([put])

        table.count(Count(put.item["pk"], {"one": 1}, {"day": "today"}, {"one": 5}, ["stopped"]))

        assert (row_of(table, put.item["pk"]) or {})["one"] == 6

    def test_rows_are_put_and_numbers_taken_away_together(self, table: Table) -> None:
        counted, other = row(0, day="today", one=5), row(0)
        table.put_all([counted])

        table.put_all([other], Count(counted.item["pk"], {"one": -2}, {"day": "today"}))

        assert (row_of(table, counted.item["pk"]) or {})["one"] == 3
        assert row_of(table, other.item["pk"]) == other.item

    def test_of_rows_of_which_one_conflicts_nothing_is_counted(self, table: Table) -> None:
        counted, standing = row(0, day="today", one=5), row(0)
        table.put_all([counted, standing])

        with pytest.raises(Conflict) as raised:
            table.put_all([row(0, standing.item["pk"])], Count(counted.item["pk"], {"one": -2}, {"day": "today"}))
        assert raised.value.places == {0}
        assert row_of(table, counted.item["pk"]) == counted.item

    def test_numbers_are_taken_away_alone(self, table: Table) -> None:
        counted = row(0, day="today", one=5)
        table.put_all([counted])

        table.put_all([], Count(counted.item["pk"], {"one": -2}, {"day": "today"}))

        assert (row_of(table, counted.item["pk"]) or {})["one"] == 3

    def test_as_many_rows_as_the_table_says_are_put_together_with_a_count(self, table: Table) -> None:
        counted = row(0, day="today", one=5)
        table.put_all([counted])
        puts = [row(0) for _ in range(table.most_puts)]

        table.put_all(puts, Count(counted.item["pk"], {"one": 1}, {"day": "today"}))

        assert len(table.get_all([put.item["pk"] for put in puts])) == table.most_puts


def due(shard: str, at: int) -> Put:
    """A row that is due."""
    return row(0, due_shard=shard, due_at=at)
