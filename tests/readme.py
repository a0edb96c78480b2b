"""The README as tests read it: its sections, and the code blocks in them."""

from __future__ import annotations

import re
from itertools import dropwhile, takewhile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")

_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def section(heading: str) -> str:
    """The text under a heading, up to the next one; the first screen is under the title."""
    headings = list(_HEADING.finditer(re.sub(r"```.*?```", lambda block: "·" * len(block[0]), TEXT, flags=re.DOTALL)))
    position = next(index for index, found in enumerate(headings) if found[1] == heading)
    end = headings[position + 1].start() if position + 1 < len(headings) else len(TEXT)
    return TEXT[headings[position].end() : end]


def blocks(language: str, text: str = TEXT) -> list[str]:
    """The fenced blocks of a language, in their order."""
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """The cells of the first table in a text, without its head."""
    lines = dropwhile(lambda line: not line.startswith("|"), text.splitlines())
    table = list(takewhile(lambda line: line.startswith("|"), lines))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def names(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)
