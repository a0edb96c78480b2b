"""Matchers as Alertmanager writes them."""

from __future__ import annotations

import pytest

from routing.matcher import BadMatcher, read_matcher
from tests.workbench.routes import alert


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ('severity="critical"', True),
        ("severity = critical", True),
        ('severity="Critical"', False),
        ('severity!="critical"', False),
        ('severity!="warning"', True),
        ('service=~"db|cache"', True),
        ('service=~"d"', False),
        ('service!~"db|cache"', False),
        ('service!~"web"', True),
        ('absent=""', True),
        ('absent!=""', False),
        ('absent!="x"', True),
        ('absent=~".*"', True),
        ('absent=~".+"', False),
        ("absent=", True),
        ('name="磁盘"', True),
        ('source="alertmanager"', True),
        ('state="firing"', True),
        ('"service"="db"', True),
        (r'quoted="say \"no\""', True),
        (r'path="C:\\x"', True),
        (r'dotted=~"10\.0\..*"', True),
    ],
)
def test_it_takes_an_alert(text: str, takes: bool) -> None:  # noqa: FBT001 - a case's outcome
    given = alert("磁盘", severity="critical", service="db", quoted='say "no"', path=r"C:\x", dotted="10.0.1.5")

    assert read_matcher(text).takes(given) is takes


def test_what_the_alert_has_itself_goes_before_a_label_of_that_name() -> None:
    assert read_matcher("source=alertmanager").takes(alert("CPU", source="label"))


@pytest.mark.parametrize("text", ["", "severity", 'severity=="x"', 'a="b", c="d"', '{a="b"}', 'a="b', "a~b", "=b"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadMatcher):
        read_matcher(text)


@pytest.mark.parametrize(
    ("one", "other", "excludes"),
    [
        ("a=1", "a=2", True),
        ("a=1", "a!=1", True),
        ("a=~x", "a!~x", True),
        ("a=1", "a=1", False),
        ("a=1", "b=2", False),
        ("a!=1", "a!=2", False),
        ("a=1", "a=~2", False),
    ],
)
def test_two_can_exclude_each_other(one: str, other: str, excludes: bool) -> None:  # noqa: FBT001 - as above
    assert read_matcher(one).excludes(read_matcher(other)) is excludes
    assert read_matcher(other).excludes(read_matcher(one)) is excludes


def test_it_is_told_as_it_is_written() -> None:
    assert str(read_matcher("a = b")) == 'a="b"'
