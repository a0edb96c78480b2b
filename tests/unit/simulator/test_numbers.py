"""Numbers as the provider takes them."""

from __future__ import annotations

import pytest

from local.simulator.numbers import is_mainland, normalised


@pytest.mark.parametrize("prefix", ["", "+", "86", "+86", "0086"])
def test_a_mainland_number_is_its_eleven_digits(prefix: str) -> None:
    number = normalised(f"{prefix}13800138000")

    assert number == "13800138000"
    assert is_mainland(number)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("85261234567", "85261234567"),
        ("+85261234567", "85261234567"),
        ("0085261234567", "85261234567"),
        ("+12025550123", "12025550123"),
        ("4915112345678", "4915112345678"),
    ],
)
def test_another_number_is_country_code_and_number(written: str, expected: str) -> None:
    number = normalised(written)

    assert number == expected
    assert not is_mainland(number)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "1380013800",
        "138001380001",
        "8613800",
        "+8612800138000",
        "008613800138",
        "0013800138000",
        "12",
        "abc",
        "1380013800a",
        " 13800138000",
        "13800138000\n",
        "１３８００１３８０００",
        "138-0013-8000",
    ],
)
def test_what_is_no_number(written: str) -> None:
    assert normalised(written) is None
