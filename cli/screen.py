"""What is shown: answers on stdout, everything else on stderr. Colour is for terminals alone, as rich sees to."""

from __future__ import annotations

import json
import sys
from functools import partial
from getpass import getpass
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE
from rich.console import Console
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from cli.errors import MISUSED, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

MARKS = {"ok": ("ok", "green"), "fault": ("!!", "bold red"), "not checked": ("--", "yellow")}
WIDE = 10_000  # columns of what is no terminal: a script's lines are not broken
INDENT = 2  # columns
ENDED = "the input ended: nothing was done"


def speak_anywhere() -> None:
    """Let a terminal that knows no Chinese show question marks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def console(*, stderr: bool = False) -> Console:
    """Where tables go."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, highlight=False, markup=False, width=None if stream.isatty() else WIDE)


def show_json(document: Any) -> None:
    """A document for a script."""
    print(json.dumps(document, ensure_ascii=False, indent=2), flush=True)


def show_facts(facts: Mapping[str, object]) -> None:
    """Names and what they are, a line for each that is something."""
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        if value not in (None, ""):
            lines = str(value).replace("\n", "\n" + " " * (width + 2))
            console().print(Text(f"{name:<{width}}  ", "bold").append(lines, "none"), soft_wrap=True)


def show_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """A table that fits the terminal; a line where it has no rows."""
    table = Table(*(Column(name, overflow="fold") for name in head), box=SIMPLE, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table if table.rows else Text(empty))


def show_finding(state: str, about: str, says: str) -> None:
    """A line of a check-up, broken to the terminal under its own column."""
    mark, style = MARKS[state]
    table = Table(box=None, show_header=False, pad_edge=False)
    for width in (len("  ok"), len("dead letters ")):
        table.add_column(min_width=width)
    table.add_column(overflow="fold")
    table.add_row(Text(mark, style), Text(about, "bold"), Text(says))
    console().print(table)


def show_text(line: str, style: str = "none") -> None:
    """A line of an answer."""
    console().print(Text(line, style), soft_wrap=True)


def show_paragraph(text: str) -> None:
    """A text of an answer, indented, and broken where the terminal ends."""
    console().print(Padding(Text(text), (0, 0, 0, INDENT), expand=False))


def note(line: str, style: str = "dim") -> None:
    """A line beside the answer."""
    console(stderr=True).print(Text(line, style), soft_wrap=True)


def complain(line: str) -> None:
    """What went wrong, and what to do."""
    console(stderr=True).print(Text("sms: ", "bold red").append(line, "none"), soft_wrap=True)


def ask_line(prompt: str) -> str:
    """What a person types."""
    return _typed(partial(console(stderr=True).input, prompt, markup=False))


def ask_secret(prompt: str) -> str:
    """What a person types, which is not shown."""
    return _typed(partial(getpass, prompt))


def _typed(ask: Callable[[], str]) -> str:
    """An answer; raises what a person is told who ends the input in its place."""
    try:
        return ask()
    except EOFError:
        note("")  # or the next line stands behind the question
        raise Told(ENDED) from None


def confirm(question: str, *, yes: bool, otherwise: str) -> None:
    """Go on only if a person says yes, or said so before; `otherwise` is what then was not done."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Told(f"{question} There is nobody to ask: say --yes", MISUSED)
    if not _ask(question):
        raise Told(otherwise)


def _ask(question: str) -> bool:
    return ask_line(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def ask_for(question: str) -> str:
    """What a person types, without the spaces around it."""
    return ask_line(f"{question} ").strip()
