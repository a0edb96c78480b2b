"""A terminal on paper: what a person at one sees, colours and all, as a picture that loads nothing from elsewhere."""

from __future__ import annotations

import re
from html import escape, unescape
from io import StringIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

COLUMNS = 80
CELL = 12.2  # as wide as rich draws one
ENVIRONMENT = {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
OF_WHO_RUNS_IT = ("COLORTERM", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
SPACE = "\xa0"  # as rich draws one
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{
font: {char_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
{chrome}
<g class="{unique_id}-matrix" transform="translate({terminal_x}, {terminal_y})">
{backgrounds}{matrix}</g>
</svg>
"""
DRAWN = re.compile(r'<text (class="[^"]*") x="([^"]*)" (y="[^"]*") [^>]* clip-path=[^>]*>([^<]*)</text>')


class Terminal(StringIO):
    """What stdout and stderr are to a person: one screen."""

    def isatty(self) -> bool:
        """Or nothing would have a colour."""
        return True

    def picture(self, title: str) -> str:
        """All that was shown, as an SVG."""
        console = Console(file=StringIO(), record=True, width=COLUMNS, highlight=False)
        console.print(Text.from_ansi(self.getvalue().rstrip()))
        svg = console.export_svg(title=title, code_format=SVG, unique_id=title.replace(" ", "-"))
        return DRAWN.sub(_in_its_cells, svg)


def _in_its_cells(drawn: re.Match[str]) -> str:
    """A text without the spaces around it, which some viewers lose, as wide as its cells: Chinese takes two each."""
    style, x, y, escaped = drawn.groups()
    text = unescape(escaped).rstrip()
    shown = text.lstrip(SPACE)
    left, width = float(x) + (len(text) - len(shown)) * CELL, cell_len(shown) * CELL
    drawn_again = escape(shown).replace(SPACE, "&#160;")
    return f'<text {style} x="{left:g}" {y} textLength="{width:g}">{drawn_again}</text>\n' if shown else ""
