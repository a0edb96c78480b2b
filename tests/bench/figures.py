"""The figures to reach, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Bound = Literal["at most", "at least"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the table. A ratio is ours over the other's in the same run."""

    name: str
    measured: float
    target: float
    bound: Bound = "at most"

    @property
    def reached(self) -> bool:
        """Whether it is as good as it is to be."""
        return self.measured <= self.target if self.bound == "at most" else self.measured >= self.target


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of what was measured: the cells are text already."""

    title: str
    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """What one part of the benchmark found. `raw` is for the JSON file and the plots."""

    name: str
    figures: list[Figure] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured: the default, or just enough to see that it works."""

    rounds: int
    quick: bool
