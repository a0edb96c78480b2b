"""What was found, as tables for a terminal and for a page, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.bench.figures import Grid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.bench.figures import Section

BEGIN, END = "<!-- make bench writes from here -->", "<!-- to here -->"
SMALL = 10  # numbers from here on are shown without decimals
PLOTS = {
    "cold_start": "CPU of cold starts by door",
    "signing": "CPU of one signature by the shape of the call",
    "warm_sends": "CPU of warm sends over TLS",
    "queue_function": "CPU per message by the number of messages",
}


def figures_grid(sections: Sequence[Section]) -> Grid:
    """The figures beside their targets."""
    figures = [figure for section in sections for figure in section.figures]
    rows = [
        [each.name, _measured(each.measured), f"{each.bound} {each.target:,g}", "yes" if each.reached else "no"]
        for each in figures
    ]
    return Grid("Figures to reach", ["ours to the other's, or as named", "measured", "target", "reached"], rows)


def grids(sections: Sequence[Section]) -> list[Grid]:
    """What was measured in detail."""
    return [grid for section in sections for grid in section.grids]


def terminal(grid: Grid) -> str:
    """A table in columns: the first to the left, numbers to the right."""
    lines = [grid.head, *grid.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(grid.head))]
    shown = [
        "  ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(cells))
        for cells in (list(zip(line, widths, strict=True)) for line in lines)
    ]
    rule = "  ".join("─" * width for width in widths)
    return "\n".join([grid.title, "", shown[0].rstrip(), rule, *(line.rstrip() for line in shown[1:]), ""])


def markdown(grid: Grid) -> str:
    """The same for a page."""
    rule = ["---", *["---:"] * (len(grid.head) - 1)]
    lines = [f"| {' | '.join(cells)} |" for cells in (grid.head, rule, *grid.rows)]
    return "\n".join([f"### {grid.title}", "", *lines, ""])


def page_part(machine: Mapping[str, str], sections: Sequence[Section]) -> str:
    """What `make bench` writes into the page: the machine, the figures, the plots, all tables."""
    on = f"Measured on: {', '.join(f'{name} {value}' for name, value in machine.items())}.\n"
    plots = [f"![{PLOTS[each.name]}](performance/{each.name}.svg)\n" for each in sections if each.name in PLOTS]
    return "\n".join([on, markdown(figures_grid(sections)), *plots, *map(markdown, grids(sections))])


def write_page(page: Path, part: str) -> None:
    """Put the part between the page's two markers."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{page.name} has no place marked for it")
    page.write_text(f"{before}{BEGIN}\n\n{part}\n{END}{after}", "utf-8")


def write_json(path: Path, machine: Mapping[str, str], sections: Sequence[Section]) -> None:
    """The figures with their targets, and every reading of every round."""
    figures = [{**asdict(figure), "reached": figure.reached} for each in sections for figure in each.figures]
    raw = {section.name: section.raw for section in sections}
    document = {"machine": dict(machine), "figures": figures, "readings": raw}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n", "utf-8")


def _measured(value: float) -> str:
    return f"{value:.3f}" if value < SMALL else f"{value:,.0f}"
