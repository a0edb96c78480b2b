"""A table for a terminal, in which Chinese characters are two columns wide."""

from __future__ import annotations

import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    """Lay out rows whose cells may hold several lines, each broken at its column's width."""
    rule = "─┼─".join("─" * width for width in widths)
    parts = [_row(head, widths)]
    for row in rows:
        parts += [rule, _row(row, widths)]
    return "\n".join(parts)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    broken = [list(_broken(cell, width)) for cell, width in zip(cells, widths, strict=True)]
    lines = zip_longest(*broken, fillvalue="")
    return "\n".join(" │ ".join(map(_padded, line, widths)).rstrip() for line in lines)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _broken(cell: str, width: int) -> Iterator[str]:
    for line in cell.splitlines():
        part = ""
        for character in line:
            if columns(part + character) > width:
                full, space, rest = part.rpartition(" ")
                yield full if space else part
                part = rest if space else ""
            part += character
        yield part
