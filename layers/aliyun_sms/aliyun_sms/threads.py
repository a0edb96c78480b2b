"""Small pools of threads, none of which outlives the call that needs it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

THREADS = 10  # as many as botocore keeps connections open for
AT_ONCE = 20  # where each waits for the provider alone: as many as are written down together


class Each(Protocol):
    """How something is done for each of several items."""

    def __call__(self, action: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
        """The results in the order of the items."""


class Threads(Protocol):
    """How several items are done at once."""

    def __call__(self, most: int) -> AbstractContextManager[Each]:
        """Up to so many of them, in one round after another."""


def in_threads(action: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """The results in the order of the items, which are begun in it; what one raises is raised when all are done."""
    with threads(THREADS) as each:
        return each(action, items)


@contextmanager
def threads(most: int) -> Iterator[Each]:
    """So many threads, which are started when they are needed: one item alone needs none."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - costs a cold start a millisecond

    with ThreadPoolExecutor(most) as pool:

        def each(action: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
            items = list(items)
            return [action(item) for item in items] if len(items) <= 1 else list(pool.map(action, items))

        yield each
