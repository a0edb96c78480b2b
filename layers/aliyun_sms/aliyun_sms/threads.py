"""A small pool of threads, none of which outlives the call that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

THREADS = 10  # as many as botocore keeps connections open for


class Each(Protocol):
    """How something is done for each of several items."""

    def __call__(self, action: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
        """The results in the order of the items."""


def in_threads(action: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """The results in the order of the items, which are begun in it; what one raises is raised when all are done."""
    items = list(items)
    if len(items) <= 1:
        return [action(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - costs a cold start a millisecond

    with ThreadPoolExecutor(min(THREADS, len(items))) as pool:
        return list(pool.map(action, items))
