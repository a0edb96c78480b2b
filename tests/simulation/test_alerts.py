"""Never the same message twice to one phone, never a firing alert that nobody was sent: in worlds of chance."""

from __future__ import annotations

import pytest

from tests.simulation.alerts import run

RUNS = range(400)


@pytest.mark.parametrize("seed", RUNS)
def test_whatever_breaks_who_is_on_duty_is_told_once(seed: int) -> None:
    assert run(seed).broken == []
