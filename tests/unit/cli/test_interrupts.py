"""Ctrl-C waits for what must not be left half done, once."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from cli.interrupts import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def press(times: int, done: list[int]) -> None:
    with uninterrupted():
        for time in range(times):
            signal.raise_signal(signal.SIGINT)
            done.append(time)


def test_it_waits_until_the_block_is_done() -> None:
    done: list[int] = []

    with pytest.raises(KeyboardInterrupt):
        press(1, done)

    assert done == [0]


def test_a_second_one_does_not_wait() -> None:
    done: list[int] = []

    with pytest.raises(KeyboardInterrupt):
        press(3, done)

    assert done == [0]


def test_where_it_is_ignored_it_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    done: list[int] = []

    press(2, done)

    assert done == [0, 1]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_afterwards_it_comes_at_once_again() -> None:
    with uninterrupted():
        pass

    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
