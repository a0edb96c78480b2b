"""A heartbeat that is expected: its silence is an alert, and its coming back the recovery."""

from __future__ import annotations

import pytest

from tests.workbench.alert_desk import LISI, WANGWU, AlertDesk, routes

ROUTE = {"matchers": ['name="Watchdog"'], "contacts": ["wangwu"], "heartbeat_minutes": 10}


@pytest.fixture
def desk() -> AlertDesk:
    return AlertDesk(routes(ROUTE))


def test_a_heartbeat_that_comes_is_told_to_nobody(desk: AlertDesk) -> None:
    for _ in range(30):
        desk.fires("Watchdog")
        desk.passes(1)

    assert desk.told == []


def test_its_silence_is_told_once_and_so_is_that_it_has_come_back(desk: AlertDesk) -> None:
    desk.fires("Watchdog")
    desk.passes(9)
    assert desk.told == []

    desk.passes(30)
    assert desk.told == [(WANGWU, "route a", "firing")]

    desk.fires("Watchdog")
    desk.passes(5)
    assert desk.told[1:] == [(WANGWU, "route a", "resolved")]


def test_one_that_comes_too_late_is_not_heard_and_ends_no_silence(desk: AlertDesk) -> None:
    desk.fires("Watchdog")
    desk.passes(9)
    desk.fires("Watchdog", at=-600)
    desk.passes(2)
    assert desk.told == [(WANGWU, "route a", "firing")]

    desk.fires("Watchdog", at=-600)
    assert len(desk.told) == 1

    desk.fires("Watchdog", at=-500)
    desk.passes(1)
    assert desk.told[1:] == [(WANGWU, "route a", "resolved")]

    desk.passes(2)
    assert desk.told[2:] == [(WANGWU, "route a", "firing")]  # ten minutes after it was published, not after it came


def test_one_that_never_came_is_silent_from_when_it_was_expected(desk: AlertDesk) -> None:
    desk.passes(10)
    assert desk.told == []

    desk.passes(3)

    assert desk.told == [(WANGWU, "route a", "firing")]


def test_other_alerts_are_no_heartbeat(desk: AlertDesk) -> None:
    desk.fires("Watchdog")
    desk.passes(8)
    desk.fires("disk")
    desk.passes(4)

    assert sorted(desk.told) == [(WANGWU, "route a", "firing"), (LISI, "disk", "firing")]
