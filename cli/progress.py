"""How far a long run is: a bar for a person at a terminal, else a line now and then."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Display
from rich.text import Text

from cli.screen import console, note, show_text

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES_A_LINE = 100


class Progress(Protocol):
    """Told again and again how far it is; lines of the answer go through it, so that a bar makes room for them."""

    def say_how_far(self, met: int, length: int, moved: int) -> None:
        """So many of about that length are met, and so many of them moved."""

    def tell(self, line: str) -> None:
        """A line of the answer."""


class Lines:
    """For scripts and files."""

    def __init__(self) -> None:
        self._times = 0

    def say_how_far(self, met: int, length: int, moved: int) -> None:
        """A line now and then."""
        self._times += 1
        if self._times % TIMES_A_LINE == 0:
            note(f"{met} of about {length}, {moved} moved")

    def tell(self, line: str) -> None:
        """On stdout."""
        show_text(line)


class Bar:
    """For terminals."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._task = display.add_task("", total=None)

    def say_how_far(self, met: int, length: int, moved: int) -> None:
        """The bar as far as it is."""
        self._display.update(self._task, completed=met, total=max(met, length), description=f"{moved} moved")

    def tell(self, line: str) -> None:
        """Above the bar, or where stdout goes if that is elsewhere."""
        if sys.stdout.isatty():
            self._display.console.print(Text(line), soft_wrap=True)
        else:
            show_text(line)


@contextmanager
def progress(*, as_json: bool) -> Iterator[Progress]:
    """What fits the place where it is shown."""
    if as_json or not sys.stderr.isatty():
        yield Lines()
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Display(*columns, console=console(stderr=True), transient=True, redirect_stdout=False) as display:
        yield Bar(display)
