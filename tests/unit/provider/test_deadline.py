"""What is left of a call's time, at each point of it, by a clock that tests set."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from aliyun_sms.provider.deadline import Deadline


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock that deadlines read; it shows what `now` is."""
    clock = SimpleNamespace(now=100.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr("aliyun_sms.provider.deadline.time", clock)
    return clock


def test_all_that_connecting_takes_is_of_one_time(clock: SimpleNamespace) -> None:
    deadline = Deadline(connect=3.0, read=10.0)
    clock.now += 2.0
    copy = deadline.clone()
    copy.start_connect()

    assert (deadline.connect_timeout, copy.connect_timeout) == (1.0, 1.0)


def test_nothing_is_left_of_a_time_that_is_over(clock: SimpleNamespace) -> None:
    deadline = Deadline(connect=3.0, read=10.0)
    clock.now += 4.0

    assert deadline.connect_timeout == 0.0


def test_request_and_answer_have_their_time_from_when_the_connection_stands(clock: SimpleNamespace) -> None:
    deadline = Deadline(connect=3.0, read=10.0)
    clock.now += 2.0
    of_answer = deadline.of_answer()
    clock.now += 4.0

    assert (of_answer.connect_timeout, of_answer.read_timeout) == (6.0, 6.0)


def test_the_seconds_that_are_left_bound_both_together(clock: SimpleNamespace) -> None:
    deadline = Deadline(connect=3.0, read=10.0, seconds_left=5.0)
    clock.now += 2.0

    assert (deadline.connect_timeout, deadline.of_answer().read_timeout) == (1.0, 3.0)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("seconds_left", "to_connect"), [(2.5, 1.5), (1.0, 0.0)])
def test_connecting_leaves_the_second_that_an_answer_needs(seconds_left: float, to_connect: float) -> None:
    assert Deadline(connect=3.0, read=10.0, seconds_left=seconds_left).connect_timeout == to_connect
