"""The report on made-up figures: what is reached, what fits, and where it is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.bench.figures import Figure, Grid, Section
from tests.bench.measuring import interleaved, medians
from tests.bench.places import PAGE
from tests.bench.report import BEGIN, END, figures_grid, grids, markdown, page_part, terminal, write_json, write_page

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = "cold start, schedule, ledger and secret: CPU, .pyc on both sides"
SECTION = Section(
    "signing",
    [Figure(LONGEST, 0.5512, 0.6), Figure("sends/s", 2.4, 2.5, "at least"), Figure("calls", 10_000, 10)],
    [Grid("Signing", ["", "CPU µs"], [["ours", "9.5"], ["official SDK", "100.0"]])],
    {"1 number": {"ours": {"cpu_us": [9.0, 10.0]}}},
)


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        (Figure("ratio", 0.40, 0.40), True),
        (Figure("ratio", 0.41, 0.40), False),
        (Figure("rate", 2.5, 2.5, "at least"), True),
        (Figure("rate", 2.4, 2.5, "at least"), False),
    ],
)
def test_a_figure_is_reached_at_its_target(figure: Figure, reached: bool) -> None:  # noqa: FBT001 - a case
    assert figure.reached is reached


def test_every_figure_is_shown_beside_its_target() -> None:
    assert figures_grid([SECTION]).rows == [
        [LONGEST, "0.551", "at most 0.6", "yes"],
        ["sends/s", "2.400", "at least 2.5", "no"],
        ["calls", "10,000", "at most 10", "no"],
    ]


def test_the_longest_line_fits_a_terminal_of_a_hundred_columns() -> None:
    assert max(map(len, terminal(figures_grid([SECTION])).splitlines())) <= 100


def test_columns_are_aligned() -> None:
    assert terminal(SECTION.grids[0]).splitlines() == [
        "Signing",
        "",
        "              CPU µs",
        "────────────  ──────",
        "ours             9.5",
        "official SDK   100.0",
    ]


def test_a_table_on_the_page_is_markdown() -> None:
    assert markdown(SECTION.grids[0]).splitlines()[2:] == [
        "|  | CPU µs |",
        "| --- | ---: |",
        "| ours | 9.5 |",
        "| official SDK | 100.0 |",
    ]


def test_the_page_is_changed_between_its_markers_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    part = page_part({"processor": "one"}, [SECTION])

    write_page(page, part)

    assert page.read_text("utf-8") == f"before\n{BEGIN}\n\n{part}\n{END}\nafter\n"
    assert [grid.title in part for grid in [figures_grid([SECTION]), *grids([SECTION])]] == [True, True]
    assert "performance/signing.svg" in part


def test_a_page_without_markers_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing marked", "utf-8")

    with pytest.raises(ValueError, match="no place marked"):
        write_page(page, "part")
    assert page.read_text("utf-8") == "nothing marked"


def test_the_page_that_is_written_has_its_markers() -> None:
    text = PAGE.read_text("utf-8")

    assert text.index(BEGIN) < text.index(END)


def test_the_json_file_has_targets_and_every_reading(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    write_json(path, {"processor": "one"}, [SECTION])

    document = json.loads(path.read_text("utf-8"))
    assert document["figures"][1] == {
        "name": "sends/s",
        "measured": 2.4,
        "target": 2.5,
        "bound": "at least",
        "reached": False,
    }
    assert document["readings"]["signing"]["1 number"]["ours"]["cpu_us"] == [9.0, 10.0]


def test_subjects_take_turns_and_the_middle_counts(capsys: pytest.CaptureFixture[str]) -> None:
    turns: list[str] = []

    def reading(name: str, *values: float) -> dict[str, float]:
        turns.append(name)
        return {"cpu": values[turns.count(name) - 1]}

    found = interleaved(3, {"a": lambda: reading("a", 1, 9, 2), "b": lambda: reading("b", 5, 5, 5)}, "turns")

    assert turns == ["a", "b"] * 3
    assert medians(found) == {"a": {"cpu": 2}, "b": {"cpu": 5}}
    assert capsys.readouterr().out == "  turns, 3 rounds: 1 2 3\n"
