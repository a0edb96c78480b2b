"""How variables are filled: with what alerts have, as much as fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from routing.read import read_document
from tests.workbench.routes import NOW, alert, with_route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert import Alert


def filled(variable: Any, alerts: Sequence[Alert], kind: str = "firing", **members: Any) -> str:
    given = {"template_code": "SMS_9", "variables": {"v": variable}}
    (planned,) = read_document({**with_route(**given), **members}).plan(alerts[0], NOW)
    return planned.fill(alerts, kind)["v"]


ONE = alert("CPU", annotations={"summary": "CPU over 90%\nfor 5m", "empty": " "}, instance="db1:9100", service="db")
SEVERAL = [alert(f"Disk {number}", instance=f"db{number}", service="db") for number in range(1, 6)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{name}", "CPU"),
        ("{names}", "CPU"),
        ("{count}", "1"),
        ("{source}", "alertmanager"),
        ("{state}", "firing"),
        ("{time}", "12-01 12:00"),
        ("{labels.instance}", "db1:9100"),
        ("{annotations.summary}", "CPU over 90% for 5m"),
        ("{labels.none}", "-"),
        ("{labels.none|annotations.empty|name}", "-"),
        ("{labels.none|annotations.none|name}", "CPU"),
        ("{ labels.none | name }", "CPU"),
        ("{name} on {labels.instance}", "CPU on db1:9100"),
        ("值班", "值班"),
    ],
)
def test_of_one_alert(text: str, value: str) -> None:
    assert filled(text, [ONE]) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{count}", "5"),
        ("{name}", "5: Disk 1, Disk 2, Disk 3, Disk 4…"),
        ("{names}", "Disk 1, Disk 2, Disk 3, Disk 4…"),
        ("{labels.service}", "db"),
        ("{labels.instance}", "db1, db2, db3, db4, db5"),
        ("{count} on {labels.instance}", "5 on db1, db2, db3, db4, db5"),
    ],
)
def test_of_several_alerts(text: str, value: str) -> None:
    assert filled(text, SEVERAL) == value


def test_names_that_are_the_same_are_told_once() -> None:
    assert filled("{name}", [alert("CPU", instance=str(number)) for number in range(1000)]) == "1000: CPU"


def test_whole_names_are_told_as_long_as_one_fits() -> None:
    many = [alert(f"Disk {number}") for number in range(1000)]

    assert filled({"text": "{name}", "max_length": 13}, many) == "1000: Disk 0…"
    assert filled({"text": "{name}", "max_length": 12}, many) == "1000: Disk…"


@pytest.mark.parametrize(("longest", "value"), [(35, "x" * 34 + "…"), (36, "x" * 36), (2, "x…")])
def test_a_value_is_cut_to_its_length(longest: int, value: str) -> None:
    assert filled({"text": "{name}", "max_length": longest}, [alert("x" * 36)]) == value


def test_what_says_no_length_takes_what_the_provider_takes() -> None:
    assert len(filled("{name}", [alert("x" * 36)])) == 35


def test_what_its_template_takes_is_the_length() -> None:
    templates = {"SMS_9": {"variables": {"v": {"max_length": 12}}}}

    assert len(filled("{name}", [alert("x" * 36)], templates=templates)) == 12


def test_what_nothing_fills_has_its_default() -> None:
    assert filled({"text": "{labels.none}", "default": "unknown"}, [ONE]) == "unknown"


def test_carriers_pass_it() -> None:
    one = alert("x", annotations={"summary": "【10.0.0.1】 https://a.cn/x\n😀"})

    assert filled("{annotations.summary}", [one]) == "[10-0-0-1] (link)"


@pytest.mark.parametrize(("kind", "word"), [("firing", "告警"), ("repeat", "仍在告警"), ("resolved", "resolved")])
def test_the_state_has_the_words_of_the_document(kind: str, word: str) -> None:
    assert filled("{state}", [ONE], kind, words={"firing": "告警", "repeat": "仍在告警"}) == word


def test_the_time_is_when_the_first_began_in_the_zone_of_the_document() -> None:
    alerts = [alert(), replace(alert(), starts_at=NOW - timedelta(hours=9))]

    assert filled("{time}", alerts) == "12-01 03:00"
    assert filled("{time}", alerts, time_zone="America/New_York") == "11-30 14:00"


def test_a_recovery_can_have_words_of_its_own() -> None:
    route = with_route(recovery={"template_code": "SMS_2", "variables": {"what": "{name} is over"}})
    (planned,) = read_document(route).plan(ONE, NOW)

    assert planned.message([ONE], "firing") == {
        "sign_name": "运维",
        "template_code": "SMS_1",
        "template_param": {"name": "CPU", "state": "firing"},
    }
    assert planned.message([ONE], "resolved") == {
        "sign_name": "运维",
        "template_code": "SMS_2",
        "template_param": {"what": "CPU is over"},
    }


def test_texts_that_may_hold_anything_are_in_no_repr() -> None:
    document = read_document(with_route(variables={"name": "secret {name}", "state": "x"}))

    assert "secret" not in repr(document)
    assert "13800138000" not in repr(document)
