"""Never the same message twice to one phone, never a firing alert that nobody was sent: in worlds of chance."""

from __future__ import annotations

import pytest

from tests.simulation.alert_house import Parts
from tests.simulation.alerts import run
from tests.simulation.broken_alerts import AmnesicDesk, Dropping, Piling, RetellingDesk, UnfreezingDesk

RUNS = range(300)
CROWDED = 166  # many are told again and again, while the provider takes nothing for an hour
HALF_A_DAY = 12 * 3600
BROKEN = [
    (Parts(desk=UnfreezingDesk), "firing too often"),
    (Parts(desk=AmnesicDesk), "firing too often"),
    (Parts(deliveries=Dropping), "lost"),
    (Parts(desk=RetellingDesk), "twice to one phone"),
]


@pytest.mark.parametrize("seed", RUNS)
def test_whatever_breaks_who_is_on_duty_is_told_once_of_an_alarm_and_of_its_recovery(seed: int) -> None:
    assert run(seed).broken == []


def test_a_seed_makes_the_same_run_again() -> None:
    assert [run(seed) for seed in range(10)] == [run(seed) for seed in range(10)]


@pytest.mark.parametrize(("parts", "fault"), BROKEN)
def test_a_door_that_is_broken_is_seen(parts: Parts, fault: str) -> None:
    assert any(fault in each for seed in RUNS for each in run(seed, parts).broken)


def test_a_door_that_freezes_more_than_a_row_takes_is_seen() -> None:
    assert run(CROWDED, longest=HALF_A_DAY).broken == []
    assert run(CROWDED, Parts(freezing=Piling), longest=HALF_A_DAY).broken == ["never quiet"]
