"""What carriers refuse in a variable is replaced."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.policy.values import objections
from routing.carrier import cut, passable


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("CPU 过高，请处理。", "CPU 过高，请处理。"),
        ("see https://grafana.example.com/d/abc?x=1&y=2 now", "see (link) now"),
        ("见http://a.cn/x，谢谢", "见(link)，谢谢"),
        ("www.example.com", "(link)"),
        ("s3://bucket/key", "(link)"),
        ("https:", "(link)"),
        ("10.0.1.5:9100", "10-0-1-5:9100"),
        ("v10.0.0.1.", "v10-0-0-1."),
        ("fe80::1%eth0", "fe80--1%eth0"),
        ("2001:db8:0:0:0:0:0:1", "2001-db8-0-0-0-0-0-1"),
        ("::ffff:10.0.0.1", "--ffff-10-0-0-1"),
        ("at 12:30:45", "at 12:30:45"),
        ("db1.prod.example.com", "db1-prod-example-com"),
        ("ip-10-0-1-5.cn-north-1.compute.internal", "ip-10-0-1-5.cn-north-1-compute-internal"),
        ("load 3.5, version 1.2.3", "load 3.5, version 1.2.3"),
        ("【严重】『x』", "[严重][x]"),
        ("a\nb\tc\x00d\x7fe\u2028f", "a b c d e f"),
        ("down 😀❤️ now", "down now"),
        ("①② m² 45℃ ±3 ¥5", "12 m2 45℃ ±3 ¥5"),
        ("a → b • c", "a > b - c"),
        ('said "no" \\ it\'s', 'said "no" \\ it\'s'),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_it_is_replaced(text: str, passed: str) -> None:
    assert passable(text) == passed


@given(st.text(st.sampled_from("a1.:/-wht【 \n😀ps中com"), max_size=40))
def test_what_has_passed_passes_again(text: str) -> None:
    assert passable(passable(text)) == passable(text)


@given(st.text(st.sampled_from("a1.:/-wht【 \n😀ps中com"), max_size=60), st.integers(2, 40))
def test_what_is_cut_is_short_enough_and_passes(text: str, longest: int) -> None:
    short = cut(passable(text), longest)

    assert len(short) <= longest
    assert passable(short) == short


@pytest.mark.parametrize(("longest", "kept"), [(5, "告警了五字"), (4, "告警了…"), (2, "告…")])
def test_what_is_too_long_ends_in_an_ellipsis(longest: int, kept: str) -> None:
    assert cut("告警了五字", longest) == kept


@given(st.text(st.sampled_from("a1.:/-wht【】 ：。n🙂ps中comfe0"), max_size=60), st.integers(2, 40))
def test_a_policy_has_nothing_against_it(text: str, longest: int) -> None:
    """Its rules are written apart from these, and hold for alerts as for every message."""
    assert list(objections(cut(passable(text), longest))) == []


@pytest.mark.parametrize(
    "text",
    [
        "1.2.3.4.",
        "a.1.2.3.4",
        "::",
        "x ::1 y",
        "::ffff:1.2.3.4",
        "1:2:3:4:5:6:7:8",
        "-.com",
        "a.cn-x",
        "HTTPS:x",
        "www.",
    ],
)
def test_a_policy_has_nothing_against_what_is_odd(text: str) -> None:
    assert list(objections(passable(text))) == []


def test_a_cut_makes_no_name_of_a_host() -> None:
    whole = passable("db.com-unity")

    assert (whole, cut(whole, 7)) == ("db.com-unity", "db-com…")
