"""Expressions take what Python's take, and none of them can take long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.expression import LONGEST, LONGEST_LOOKED_AT, MOST_NESTED, MOST_STEPS, BadExpression, Expression

LETTER = st.sampled_from(["a", "b", "[ab]", "[^a]", ".", r"\w", r"\."])
PARTS = st.recursive(
    LETTER,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"])).map(
            lambda t: f"(?:{t[0]}){t[1]}"
        ),
    ),
    max_leaves=6,
)


@given(PARTS, st.text("ab.", max_size=6))
def test_it_takes_what_pythons_takes(text: str, value: str) -> None:
    try:
        expression = Expression(text)
    except BadExpression:
        assert sum(map(text.count, "*+,")) > MOST_NESTED
        return

    assert expression.fits(value) == bool(re.fullmatch(text, value))


@pytest.mark.parametrize(
    ("text", "taken", "not_taken"),
    [
        ("db|cache", "cache", "db1"),
        ("prod-.*", "prod-", "my-prod-1"),
        ("(db|cache)-[0-9]+", "db-12", "db-"),
        ("a{2,3}", "aa", "aaaa"),
        ("", "", "a"),
        ("数据.?", "数据库", "库"),
        ("a|", "", "b"),
        (r"10\.0\..*", "10.0.1.5", "10.010"),
    ],
)
def test_a_whole_value_must_fit(text: str, taken: str, not_taken: str) -> None:
    assert Expression(text).fits(taken)
    assert not Expression(text).fits(not_taken)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(a", 'lacks a ")"'),
        ("a)", 'has a ")" too many'),
        ("*a", 'has a "*" in a place where it is not taken'),
        ("a**", 'has a "*" in a place where it is not taken'),
        ("^a$", 'has a "^" in a place where it is not taken'),
        ("(?i)a", 'has a "(?" in a place where it is not taken'),
        ("(?=a)", 'has a "(?" in a place where it is not taken'),
        (r"(a)\1", r"has \1, which is not taken"),
        (r"\bdb", r"has \b, which is not taken"),
        ("[z-a]", "has [z-a], which cannot be read"),
        ("[a", 'has a "[" in a place where it is not taken'),
        ("a{3,2}", "has a repeat whose end is before its beginning"),
        ("((a*)*)*", "has more than 2 endless repeats within each other"),
        ("a" * (LONGEST + 1), f"has {LONGEST + 1} characters, at most {LONGEST}"),
        (f"a{{{MOST_STEPS + 1}}}", f"has more than {MOST_STEPS} steps, once its repeats are written out"),
        ("((a{99}){99}){99}", f"has more than {MOST_STEPS} steps, once its repeats are written out"),
    ],
)
def test_what_is_not_taken_is_said(text: str, why: str) -> None:
    with pytest.raises(BadExpression) as refused:
        Expression(text)

    assert str(refused.value) == why


def test_limits_hold_at_their_edge() -> None:
    assert Expression("a" * LONGEST).fits("a" * LONGEST)
    assert Expression(f"a{{{MOST_STEPS}}}")
    assert Expression(".*").fits("a" * (LONGEST_LOOKED_AT + 1))
    assert not Expression(f"a{{{LONGEST_LOOKED_AT}}}b").fits("a" * LONGEST_LOOKED_AT + "b")


@pytest.mark.parametrize("text", ["(a|aa)" * 33, "(a*)*b", "(.*a)*b", "(a?){200}" + "a{200}", "(a|a)*b", ".*.*.*.*.*x"])
def test_no_way_is_tried_twice(text: str) -> None:
    """Python's own would not come back from most of these."""
    assert not Expression(text).fits("a" * (LONGEST_LOOKED_AT - 1) + "c")
