"""What a person is answered: never a whole number, and never a traceback."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.errors import Fault
from aliyun_sms.message.phone_number import normalise
from aliyun_sms.message.reach import Reach
from asks import MOST_FAULTS, NO_TIME, Door, answer
from routing.read import read_document
from tests.workbench.routes import DOCUMENT, NOW, alert, document, with_route

if TYPE_CHECKING:
    from alert import Alert

TEXT = json.dumps(DOCUMENT)
DB = alert("CPU", severity="critical", service="db")


def faults_of(message: dict[str, Any]) -> list[Fault]:
    """Of a message without a template."""
    assert all(normalise(number) for number in message["phone_numbers"])
    return [] if "template_code" in message else [Fault("template_code", "is missing")]


def door(*alerts: Alert, in_force: dict[str, Any] | None = DOCUMENT) -> Door:
    standing = read_document(in_force) if in_force else None
    return Door(lambda: standing, lambda _: alerts, faults_of, lambda _: None, lambda: NOW)


def tried(*alerts: Alert, **question: Any) -> dict[str, Any]:
    return answer({"ask": "try", "event": {}, **question}, door(*alerts))


@pytest.mark.parametrize("to", [["li.si"], ["on-call", "zhao.liu"], ["13700137000", "li.si"], ["+85261234567"]])
def test_a_scheduled_message_is_for_names_and_numbers(to: list[str]) -> None:
    asked = {"ask": "message", "to": to, "message": {"template_code": "SMS_1"}}

    assert answer(asked, door()) == {"faults": []}
    assert answer({**asked, "message": {}}, door()) == {"faults": [{"field": "template_code", "reason": "is missing"}]}


def test_a_name_that_nobody_has_is_told() -> None:
    asked = {"ask": "message", "to": ["li.si", "oncall"], "message": {}}

    assert answer(asked, door())["faults"] == [
        {"field": "to[1]", "reason": 'no contact or rotation is named "oncall": did you mean "on-call"?'}
    ]
    assert answer(asked, door(in_force=None))["faults"][0] == {
        "field": "to[0]",
        "reason": "there are no routes that say who that is: put some by sms alerts put FILE",
    }


@pytest.mark.parametrize(
    "asked", [{"message": {}}, {"to": [], "message": {}}, {"to": [1], "message": {}}, {"to": ["a"]}]
)
def test_what_is_no_scheduled_message_is_told(asked: dict[str, Any]) -> None:
    assert "errors" in answer({"ask": "message", **asked}, door())


def test_a_document_without_faults_has_none() -> None:
    assert answer({"ask": "check", "document": TEXT}, door()) == {"faults": []}


def test_the_faults_of_a_document_are_told() -> None:
    broken = json.dumps(with_route(contacts=["lisi"], budget=0))

    assert answer({"ask": "check", "document": broken}, door()) == {
        "faults": [
            {"field": "routes[0].budget", "reason": "must be from 1 to 1000"},
            {"field": "routes[0].contacts[0]", "reason": 'no contact is named "lisi": did you mean "li.si"?'},
        ]
    }


def test_a_contact_whom_the_stack_does_not_send_to_is_a_fault() -> None:
    given = answer(
        {"ask": "check", "document": TEXT}, door()._replace(refusal=Reach(countries=frozenset({"CN"})).refusal)
    )

    assert given["faults"] == [
        {"field": "contacts[2].phone_number", "reason": "is in HK, which AllowedCountries does not name"}
    ]


def test_a_hundred_faults_are_told() -> None:
    broken = json.dumps(document(**{f"x{number}": 1 for number in range(MOST_FAULTS + 1)}))

    assert len(answer({"ask": "check", "document": broken}, door())["faults"]) == MOST_FAULTS


@pytest.mark.parametrize(
    ("question", "field", "reason"),
    [
        ({"ask": "everything"}, "ask", "must be one of check, try, who, message"),
        ({"ask": "check", "event": {}}, "event", "is no field of check"),
        ({"ask": "who", "13800138000": 1}, "138****8000", "is no field of who"),
        ({"ask": "check"}, "document", "must be the JSON text of a document"),
        ({"ask": "check", "document": {}}, "document", "must be the JSON text of a document"),
        ({"ask": "who", "at": "today"}, "at", NO_TIME),
        (
            {"ask": "who", "at": "2026-12-01T00:00"},
            "at",
            "must be a time with its offset, such as 2026-12-31T23:59:00+08:00",
        ),
        ({"ask": "who", "at": 5}, "at", NO_TIME),
        ({"ask": "who", "at": "9999-12-31T00:00Z"}, "at", NO_TIME),
        ({"ask": "try", "event": {}, "document": "{}"}, "contacts", "is missing"),
    ],
)
def test_what_cannot_be_read_is_told(question: dict[str, Any], field: str, reason: str) -> None:
    assert answer(question, door()) == {"errors": [{"field": field, "reason": reason}]}


def test_an_event_that_is_none_is_told_by_its_kind_alone() -> None:
    def read(event: Any) -> list[Alert]:
        raise KeyError(f"of {event}")

    given = answer({"ask": "try", "event": "13800138000"}, door()._replace(read=read))

    assert given == {"errors": [{"field": "event", "reason": "cannot be read as an alert: KeyError"}]}


@pytest.mark.parametrize("question", [{"ask": "who"}, {"ask": "try", "event": {}}])
def test_without_a_document_what_to_do_is_told(question: dict[str, Any]) -> None:
    (error,) = answer(question, door(in_force=None))["errors"]

    assert error["reason"] == "there is none in force: put one by sms alerts put FILE"


def test_who_is_on_duty_and_next_is_told_in_utc() -> None:
    assert answer({"ask": "who"}, door()) == {
        "at": "2026-12-01T04:00:00+00:00",
        "rotations": [
            {
                "rotation": "on-call",
                "contact": "li.si",
                "until": "2026-12-07T01:00:00+00:00",
                "next": "wang.wu",
                "next_until": "2026-12-14T01:00:00+00:00",
            }
        ],
    }


def test_who_is_on_duty_at_a_time_is_told() -> None:
    (duty,) = answer({"ask": "who", "at": "2026-12-07T09:00:00+08:00"}, door())["rotations"]

    assert duty["contact"] == "wang.wu"


def test_who_is_always_on_duty_has_nobody_next() -> None:
    alone = document(rotations=[{**DOCUMENT["rotations"][0], "turns": ["li.si"]}])

    (duty,) = answer({"ask": "who", "document": json.dumps(alone)}, door(in_force=None))["rotations"]

    assert (duty["until"], duty["next"]) == (None, None)


def test_who_would_get_which_text_and_why_is_told() -> None:
    assert tried(DB) == {
        "messages": [
            {
                "route": "database",
                "why": 'severity="critical", service=~"db|cache"',
                "kind": "firing",
                "alerts": 1,
                "at": "2026-12-01T04:00:00+00:00",
                "contacts": [{"name": "li.si", "phone_number": "138****8000"}],
                "sign_name": "运维",
                "template_code": "SMS_1",
                "template_param": {"name": "CPU", "state": "firing"},
            }
        ],
        "untold": [],
    }


def test_it_can_be_tried_at_another_time_and_by_another_document() -> None:
    at = "2026-12-08T00:00:00+08:00"
    (message,) = tried(DB, at=at, document=json.dumps(with_route(rotations=["on-call"], contacts=[])))["messages"]

    assert (message["route"], message["contacts"][0]["name"]) == ("only", "wang.wu")
    assert datetime.fromisoformat(message["at"]) == datetime.fromisoformat(at)


def test_numbers_are_masked_in_texts_too() -> None:
    (message,) = tried(alert("call 13800138000"))["messages"]

    assert message["contacts"] == [{"name": "zhao.liu", "phone_number": "852****4567"}]
    assert message["template_param"]["name"] == "call 138****8000"


GATHERS = json.dumps(with_route(group_by=["service"], wait_minutes=5))


def test_alerts_of_one_group_are_one_message_after_its_wait() -> None:
    alerts = [alert("A", service="db"), alert("B", service="db"), alert("C", service="web")]

    first, second = tried(*alerts, document=GATHERS)["messages"]

    assert (first["template_param"]["name"], second["template_param"]["name"]) == ("2: A, B", "C")
    assert first["at"] == "2026-12-01T04:05:00+00:00"


def test_what_its_source_has_put_together_is_one_message_at_once() -> None:
    alerts = [replace(alert(name, service=name), group="g") for name in "AB"]

    (message,) = tried(*alerts, document=GATHERS)["messages"]

    assert message["template_param"]["name"] == "2: A, B"
    assert message["at"] == "2026-12-01T04:00:00+00:00"


def test_without_group_by_each_alert_is_a_message_of_its_own() -> None:
    assert len(tried(alert("A"), alert("B"))["messages"]) == 2


def test_a_recovery_is_told_as_one() -> None:
    over = replace(DB, state="resolved")

    (message,) = tried(DB, over)["messages"][1:]
    silent = tried(over, document=json.dumps(with_route(recovery=False)))

    assert (message["kind"], message["template_param"]["state"]) == ("resolved", "resolved")
    assert silent == {"messages": [], "untold": [{"alert": "CPU", "why": "its route tells no recovery"}]}


def test_a_heartbeat_is_told_to_nobody() -> None:
    watched = json.dumps(with_route(matchers=["name=Watchdog"], heartbeat_minutes=10))

    assert tried(alert("Watchdog"), document=watched)["untold"] == [
        {"alert": "Watchdog", "why": "it is a heartbeat, whose silence alone is told"}
    ]
