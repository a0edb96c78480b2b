"""Which routes take an alert, and whom they lead to: never nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.message.phone_number import normalise
from routing.document import HEARTBEAT
from routing.read import read_document
from tests.workbench.routes import DOCUMENT, NOW, alert, document, with_route

if TYPE_CHECKING:
    from alert import Alert
    from routing.route import Planned

CRITICAL_DB = alert(severity="critical", service="db")


def plan(value: dict[str, Any], given: Alert) -> list[Planned]:
    return read_document(value).plan(given, NOW)


def names(planned: Planned) -> list[str]:
    return [contact.name for contact in planned.contacts]


@pytest.mark.parametrize(
    ("given", "route", "contacts", "why"),
    [
        (CRITICAL_DB, "database", ["li.si"], 'severity="critical", service=~"db|cache"'),
        (alert(severity="critical", service="web"), "web", ["wang.wu"], 'service="web"'),
        (alert(severity="warning", service="db"), "default", ["zhao.liu"], "no route takes it, so the default does"),
    ],
)
def test_the_first_route_that_matches_takes_it(given: Alert, route: str, contacts: list[str], why: str) -> None:
    (planned,) = plan(DOCUMENT, given)

    assert (planned.route, names(planned), planned.why) == (route, contacts, why)


def test_without_a_match_and_a_default_everybody_is_told_and_the_plan_says_why() -> None:
    (planned,) = plan(document(default=None), alert())

    assert planned.route == "everybody"
    assert names(planned) == ["li.si", "wang.wu", "zhao.liu"]
    assert planned.why == "no route takes it and there is no default, so everybody is told"
    assert planned.sends_recovery
    assert planned.fill([alert()], "firing") == {"name": "CPU", "state": "firing"}


def test_everybody_is_told_in_the_words_of_the_first_route_where_the_document_has_none() -> None:
    words = {"template_code": "SMS_1", "variables": {"name": "{name}", "state": "{state}"}}
    alone = document(
        routes=[{**route, **words} for route in DOCUMENT["routes"]],
        default=None, template_code=None, variables=None,
    )  # fmt: skip

    (planned,) = plan(alone, alert())

    assert planned.template_code == "SMS_1"
    assert planned.fill([alert()], "firing") == {"name": "CPU", "state": "firing"}


def test_a_document_of_one_contact_is_enough() -> None:
    (planned,) = plan({"contacts": DOCUMENT["contacts"][:1]}, alert())

    assert names(planned) == ["li.si"]
    assert (planned.sign_name, planned.template_code) == (None, None)


def test_continue_goes_on_to_the_next_route_that_matches() -> None:
    going_on = {"name": "log", "contacts": ["zhao.liu"], "continue": True}

    both = plan(document(routes=[going_on, *DOCUMENT["routes"]]), CRITICAL_DB)
    alone = plan(document(routes=[going_on, *DOCUMENT["routes"]]), alert())

    assert [planned.route for planned in both] == ["log", "database"]
    assert [planned.route for planned in alone] == ["log"]


def test_who_is_named_and_on_duty_is_sent_one_message() -> None:
    (planned,) = plan(with_route(contacts=["wang.wu", "li.si"], rotations=["on-call"]), alert())

    assert names(planned) == ["wang.wu", "li.si"]


def test_who_is_on_duty_changes_with_the_week() -> None:
    read = read_document(DOCUMENT)

    assert [names(read.plan(CRITICAL_DB, NOW + timedelta(weeks=week))[0]) for week in range(3)] == [
        ["li.si"],
        ["wang.wu"],
        ["li.si"],
    ]


def test_what_a_route_says_is_planned() -> None:
    route = {
        "group_by": ["service", "zone"], "wait_minutes": 2, "repeat_minutes": 60,
        "budget": 5, "critical": True, "recovery": False, "sign_name": "值班",
    }  # fmt: skip

    (planned,) = plan(with_route(**route), CRITICAL_DB)

    assert planned.group_key == ("only", "db", "")
    assert (planned.wait_minutes, planned.repeat_minutes, planned.budget, planned.critical) == (2, 60, 5, True)
    assert (planned.sends_recovery, planned.sign_name, planned.template_code) == (False, "值班", "SMS_1")


def test_what_a_route_does_not_say_is_left_to_the_stack() -> None:
    (planned,) = plan(with_route(), alert())

    assert planned.group_key == ("only",)
    assert (planned.wait_minutes, planned.repeat_minutes, planned.budget, planned.critical) == (0, None, None, False)
    assert planned.sends_recovery


HEARTBEATS = document(
    routes=[
        {"name": "watchdog", "matchers": ["name=Watchdog"], "contacts": ["li.si"], "heartbeat_minutes": 10},
        *DOCUMENT["routes"],
    ]
)
SILENT = replace(alert("watchdog"), source=HEARTBEAT)


def test_a_heartbeat_is_expected_and_not_sent() -> None:
    (heartbeat,) = read_document(HEARTBEATS).heartbeats()

    assert (heartbeat.name, heartbeat.minutes) == ("watchdog", 10)
    assert heartbeat.matches(alert("Watchdog"))
    assert not heartbeat.matches(alert("CPU"))
    assert plan(HEARTBEATS, alert("Watchdog")) == []


def test_its_silence_is_for_the_contacts_of_its_own_route() -> None:
    (planned,) = plan(HEARTBEATS, SILENT)

    assert (planned.route, names(planned), planned.why) == ("watchdog", ["li.si"], "its heartbeat is silent")


def test_the_silence_of_a_heartbeat_that_is_gone_is_routed_as_any_alert() -> None:
    (planned,) = plan(DOCUMENT, SILENT)

    assert planned.route == "default"


def test_the_number_of_a_contact_is_as_every_door_takes_it() -> None:
    numbers = [contact.phone_number for contact in read_document(DOCUMENT).contacts.values()]

    assert numbers == ["13800138000", "13900139000", "+85261234567"]
    assert [normalise(number) for number in numbers] == ["13800138000", "13900139000", "85261234567"]
