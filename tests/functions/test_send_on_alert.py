"""The alert door with the events that SNS, EventBridge and its schedule bring."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from tests.functions.conftest import counted
from tests.privacy import overheard
from tests.template.conftest import read
from tests.workbench.functions import EVENTS, REGION, sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door
    from tests.workbench.queue import Queue
    from tests.workbench.wire_provider import Provider

NUMBER = "13900139000"
ROUTES = {
    "contacts": [{"name": "lisi", "phone_number": NUMBER}],
    "sign_name": "阿里云短信测试",
    "template_code": "SMS_200000002",
    "variables": {"alarm": "{name}", "state": "{state}"},
    "default": {"contacts": ["lisi"]},
}
ALARM = "checkout-errors-over-5-percent-for…"


@dataclass(frozen=True, slots=True)
class Alerts:
    """The door, and its table, in which a person puts routes."""

    door: Door
    table: str

    def __call__(self, name: str) -> Any:
        return self.door(sample(f"alert/{name}"))

    def put(self, routes: dict[str, Any]) -> None:
        item = {"pk": {"S": "routes"}, "version": {"N": "1"}, "document": {"S": json.dumps(routes)}}
        boto3.client("dynamodb", region_name=REGION).put_item(TableName=self.table, Item=item)


@pytest.fixture
def alerts(
    keeping: None,  # noqa: ARG001 - what it uses
    provider: Provider,  # noqa: ARG001 - the same
    environment: pytest.MonkeyPatch,
    load_door: Callable[..., Door],
) -> Alerts:
    name = f"alerts-{uuid4()}"
    table = read()["Resources"]["AlertsTable"]["Properties"]
    kept = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    boto3.client("dynamodb", region_name=REGION).create_table(TableName=name, **{key: table[key] for key in kept})
    environment.setenv("SMS_ALERTS_TABLE", name)
    alerts = Alerts(load_door("send_on_alert"), name)
    alerts.put(ROUTES)
    return alerts


def told(provider: Provider) -> list[tuple[str, str, str]]:
    """To whom what was sent."""
    calls = [request for request in provider.requests if request["Action"] == "SendSms"]
    params = [json.loads(call["TemplateParam"]) for call in calls]
    return [(call["PhoneNumbers"], param["alarm"], param["state"]) for call, param in zip(calls, params, strict=True)]


def test_an_alarm_and_its_recovery_reach_who_is_on_duty(alerts: Alerts, provider: Provider) -> None:
    assert alerts("cloudwatch_alarm") == {"alerts": 1}
    alerts("cloudwatch_recovery")

    assert told(provider) == [(NUMBER, ALARM, "firing"), (NUMBER, ALARM, "resolved")]


def test_an_alarm_that_sns_and_eventbridge_both_bring_is_one(alerts: Alerts, provider: Provider) -> None:
    for name in ("cloudwatch_alarm", "event_alarm", "event_recovery", "cloudwatch_recovery"):
        alerts(name)

    assert len(told(provider)) == 2


@pytest.mark.parametrize("name", ["cloudwatch_insufficient_data", "event_insufficient_data"])
def test_insufficient_data_opens_and_closes_nothing(alerts: Alerts, provider: Provider, name: str) -> None:
    assert alerts(name) == {"alerts": 0}

    assert told(provider) == []


def test_what_alertmanager_grouped_is_one_message_and_one_recovery(alerts: Alerts, provider: Provider) -> None:
    for name in ("alertmanager_group", "alertmanager_one_resolved", "alertmanager_resolved", "alertmanager_resolved"):
        alerts(name)

    assert told(provider) == [(NUMBER, "2: 磁盘快满了", "firing"), (NUMBER, "2: 磁盘快满了", "resolved")]


@pytest.mark.parametrize(
    "name", ["text", "text_without_subject", "json_of_others", "event_of_others", "half_a_character", "grafana"]
)
def test_whatever_else_comes_in_is_told_once(alerts: Alerts, provider: Provider, name: str) -> None:
    for _ in range(3):
        alerts(name)

    assert len(told(provider)) == 1


def test_an_event_that_is_no_alert_raises_so_that_it_goes_to_the_failure_destination(alerts: Alerts) -> None:
    with pytest.raises(alerts.door.module.NoAlertError):
        alerts.door({"hello": "world"})


def test_without_routes_the_event_goes_to_the_failure_destination_and_is_told_when_there_are_some(
    alerts: Alerts, provider: Provider, passed: list[float]
) -> None:
    boto3.client("dynamodb", region_name=REGION).delete_item(TableName=alerts.table, Key={"pk": {"S": "routes"}})
    with pytest.raises(Exception, match="no document of routes"):
        alerts("cloudwatch_alarm")
    alerts.door({"tick": "minute"})
    assert told(provider) == []

    alerts.put(ROUTES)
    passed.append(60)
    alerts.door({"tick": "minute"})

    assert told(provider) == [(NUMBER, ALARM, "firing")]


def test_routes_that_cannot_be_read_leave_the_last_good_ones_in_force_and_an_alarm(
    alerts: Alerts, provider: Provider, passed: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    alerts("text")
    alerts.put({"contacts": "lisi"})
    passed.append(60)
    alerts("cloudwatch_alarm")
    alerts.door({"tick": "minute"})

    assert len(told(provider)) == 2
    assert counted(capsys)["alert-routes-fault"] == 1


def test_where_no_route_takes_an_alert_everybody_is_told_and_an_alarm_says_so(
    alerts: Alerts, provider: Provider, passed: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    alerts.put({name: value for name, value in ROUTES.items() if name != "default"})
    passed.append(60)
    alerts("cloudwatch_alarm")

    assert told(provider) == [(NUMBER, ALARM, "firing")]
    assert counted(capsys)["alert-routes-fault"] == 1


def test_what_the_provider_refuses_for_good_is_a_dead_letter(
    alerts: Alerts, provider: Provider, dead_letter_queue: Queue
) -> None:
    provider.answers("isv.MOBILE_NUMBER_ILLEGAL")
    alerts("cloudwatch_alarm")

    (letter,) = dead_letter_queue.letters()
    assert letter["attributes"]["code"] == "isv.MOBILE_NUMBER_ILLEGAL"
    assert json.loads(letter["body"])["idempotency_key"].endswith("/firing/default/lisi")


def test_a_person_may_ask_what_would_be_sent(alerts: Alerts, provider: Provider) -> None:
    tried = alerts.door({"ask": "try", "event": sample("alert/cloudwatch_alarm")})

    assert [message["template_param"]["alarm"] for message in tried["messages"]] == [ALARM]
    assert alerts.door({"ask": "nothing"})["errors"]
    assert told(provider) == []


def stopped() -> dict[str, Any]:
    """The row of usage, as sms stop leaves it, of a day on which nothing more may be sent."""
    why = {"M": {"why": {"S": "a leaked key"}, "by": {"S": "me"}, "at": {"N": "1"}}}
    return {"pk": {"S": "usage"}, "version": {"N": "1"}, "total": {"N": "10000"}, "stopped": why}


def test_alerts_are_sent_whatever_the_other_doors_have_sent_and_while_these_are_stopped(
    alerts: Alerts, provider: Provider, messages_table: str
) -> None:
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    dynamodb.put_item(TableName=messages_table, Item=stopped())
    alerts("cloudwatch_alarm")

    assert told(provider) == [(NUMBER, ALARM, "firing")]
    assert dynamodb.get_item(TableName=messages_table, Key={"pk": {"S": "usage"}})["Item"] == stopped()


def test_where_the_stop_covers_alerts_they_wait_for_its_end(
    alerts: Alerts, provider: Provider, messages_table: str, load_door: Callable[..., Door]
) -> None:
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    dynamodb.put_item(TableName=messages_table, Item=stopped())
    covered = replace(alerts, door=load_door("send_on_alert", SMS_STOP_COVERS_ALERTS="on"))
    covered("cloudwatch_alarm")
    covered.door({"tick": "minute"})
    assert told(provider) == []

    dynamodb.delete_item(TableName=messages_table, Key={"pk": {"S": "usage"}})
    covered.door({"tick": "minute"})

    assert told(provider) == [(NUMBER, ALARM, "firing")]


def test_a_tick_that_finds_no_table_leaves_it_to_the_next(alerts: Alerts) -> None:
    boto3.client("dynamodb", region_name=REGION).delete_table(TableName=alerts.table)

    assert alerts.door({"tick": "minute"}) == {}


def test_no_text_of_an_alert_is_logged(alerts: Alerts) -> None:
    event = copy.deepcopy(sample("alert/text"))
    event["Records"][0]["Sns"] |= {"Subject": "call 13700137000", "Message": "王小明 739164"}
    alerts.door(event)

    assert overheard.logged()
    assert overheard.leaks() == []


def test_a_person_is_answered_and_nothing_is_sent(alerts: Alerts, provider: Provider) -> None:
    event = sample("alert/cloudwatch_alarm")

    assert alerts.door({"ask": "check", "document": "{}"}) == {
        "faults": [{"field": "contacts", "reason": "is missing"}]
    }
    (message,) = alerts.door({"ask": "try", "event": event})["messages"]
    assert message["contacts"] == [{"name": "lisi", "phone_number": "139****9000"}]
    assert message["template_param"] == {"alarm": ALARM, "state": "firing"}
    assert alerts.door({"ask": "who"})["rotations"] == []
    assert told(provider) == []


@pytest.mark.parametrize("name", sorted(path.stem for path in (EVENTS / "alert").glob("*.json")))
def test_each_sample_can_be_tried_and_makes_what_it_would_send(alerts: Alerts, provider: Provider, name: str) -> None:
    tried = alerts.door({"ask": "try", "event": sample(f"alert/{name}")})
    fired = [message["template_param"] for message in tried["messages"] if message["kind"] == "firing"]

    alerts(name)

    assert [(param["alarm"], param["state"]) for param in fired] == [
        (alarm, state) for _, alarm, state in told(provider)
    ]


def test_a_schedule_sends_to_people_by_name(alerts: Alerts, provider: Provider) -> None:
    message = {"template_code": "SMS_200000002", "template_param": {"alarm": "night duty", "state": "yours"}}
    run = {"schedule": "arn:aws-cn:scheduler:…:schedule/kept/night", "scheduled_time": "2026-11-30T10:00:00Z"}
    asked = {"ask": "message", "to": ["lisi"], "message": message}
    assert alerts.door(asked) == {"faults": []}
    assert alerts.door({**asked, "message": {}})["faults"][0]["field"] == "template_code"

    answers = [alerts.door({"to": ["lisi"], "message": message, **run}) for _ in range(2)]

    assert [answer["status"] for answer in answers] == ["accepted", "accepted"]
    assert told(provider) == [(NUMBER, "night duty", "yours")]


def of_cloudwatch(at: str, state: str = "ALARM") -> dict[str, Any]:
    """An alarm of another time, as the topic brings it."""
    event: dict[str, Any] = copy.deepcopy(sample("alert/cloudwatch_alarm"))
    message = json.loads(event["Records"][0]["Sns"]["Message"])
    event["Records"][0]["Sns"]["Message"] = json.dumps({**message, "NewStateValue": state, "StateChangeTime": at})
    return event


TIMES = [
    "9999-12-31T23:59:59.999+0000", "9999-12-31T23:59:59-0500", "2100-01-01T00:00:00.000+0000",
    "1970-01-01T00:00:00.000+0000", "0001-01-01T00:00:00+0800",
]  # fmt: skip


@pytest.mark.parametrize("at", TIMES)
def test_an_alarm_of_a_time_that_cannot_be_is_told_once_and_keeps_no_later_one_from_being_told(
    alerts: Alerts, provider: Provider, passed: list[float], at: str
) -> None:
    for _ in range(2):
        alerts.door(of_cloudwatch(at))
        passed.append(60)
    later = alerts.door.module.now()
    alerts.door(of_cloudwatch(later.isoformat(), "OK"))
    alerts.door(of_cloudwatch((later + timedelta(minutes=1)).isoformat()))

    assert [state for _, _, state in told(provider)] == ["firing", "resolved", "firing"]
    assert "an alert of a time that cannot be" in str(overheard.logged())


@pytest.mark.parametrize("at", TIMES)
def test_a_recovery_of_a_time_that_cannot_be_ends_what_fires_and_nothing_later(
    alerts: Alerts, provider: Provider, passed: list[float], at: str
) -> None:
    alerts("cloudwatch_alarm")
    alerts.door(of_cloudwatch(at, "OK"))
    passed.append(60)
    alerts.door(of_cloudwatch(alerts.door.module.now().isoformat()))

    assert [state for _, _, state in told(provider)] == ["firing", "resolved", "firing"]


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"])
def test_a_start_that_cannot_be_is_no_start(alerts: Alerts, provider: Provider, passed: list[float], at: str) -> None:
    alerts.put(ROUTES | {"variables": {"alarm": "{time}", "state": "{state}"}, "time_zone": "America/New_York"})
    passed.append(60)
    event = copy.deepcopy(sample("alert/grafana"))
    message = json.loads(event["Records"][0]["Sns"]["Message"])
    message["alerts"][0]["startsAt"] = at
    event["Records"][0]["Sns"] |= {"Message": json.dumps(message), "Timestamp": "2025-11-22T08:00:01.123Z"}
    alerts.door(event)

    ((_, time, _),) = told(provider)
    assert time.startswith("11-22")


def test_an_event_of_a_time_that_cannot_be_is_told(alerts: Alerts, provider: Provider) -> None:
    alerts.door(sample("alert/event_of_others") | {"time": "9999-12-31T23:59:59Z"})

    assert len(told(provider)) == 1


def test_a_notification_that_was_cut_off_is_one_alert_that_recovers(alerts: Alerts, provider: Provider) -> None:
    for place in range(3):
        event = copy.deepcopy(sample("alert/alertmanager_cut_off"))
        event["Records"][0]["Sns"]["MessageId"] += str(place)
        alerts.door(event)
    alerts("alertmanager_cut_off_resolved")

    assert told(provider) == [(NUMBER, "cut off: 磁盘快满了", state) for state in ("firing", "resolved")]


def test_what_was_cut_off_is_over_when_all_of_its_group_is_and_told_when_it_comes_again(
    alerts: Alerts, provider: Provider
) -> None:
    alerts("alertmanager_cut_off")
    for status, time in (("resolved", "2026-11-22T08:40:01.123Z"), ("firing", "2026-11-22T09:00:01.123Z")):
        event = copy.deepcopy(sample(f"alert/alertmanager_cut_off{'_resolved' if status == 'resolved' else ''}"))
        notification = event["Records"][0]["Sns"]
        if status == "resolved":  # of which nothing is cut off any more
            notification["Message"] = notification["Message"].partition('"alerts"')[0] + '"alerts": []}'
        notification["Timestamp"] = time
        alerts.door(event)

    assert [state for _, _, state in told(provider)] == ["firing", "resolved", "firing"]


LARGE = {f"label{chr(97 + place // 26)}{chr(97 + place % 26)}": "磁" * 1000 for place in range(80)}  # 240 KB


def of_topic(message: object) -> dict[str, Any]:
    event: dict[str, Any] = copy.deepcopy(sample("alert/text"))
    event["Records"][0]["Sns"]["Message"] = json.dumps(message, ensure_ascii=False)
    return event


@pytest.mark.parametrize(
    "event",
    [
        of_topic("磁" * 80_000),
        of_topic({"format": "aliyun-sms/1", "source": "alertmanager", "group": "磁" * 1000,
                  "alerts": [{"status": "firing", "labels": {"alertname": "disk", **LARGE}}]}),
        of_topic({"format": "aliyun-sms/1", "source": "alertmanager", "group": "磁" * 30_000,
                  "alerts": [{"status": "firing", "labels": {"alertname": "磁" * 50_000}}]}),
        of_topic({"AlarmName": "disk", "NewStateValue": "ALARM", "AWSAccountId": "123456789012",
                  "StateChangeTime": "2026-11-22T08:00:00.985+0000", "NewStateReason": "磁" * 80_500}),
        sample("alert/event_of_others") | {"detail": LARGE},
    ],
    ids=["text", "labels", "one label", "alarm", "event"],
)  # fmt: skip
def test_an_event_of_240_kilobytes_is_told_once(alerts: Alerts, provider: Provider, event: dict[str, Any]) -> None:
    assert len(json.dumps(event, ensure_ascii=False).encode()) > 240_000
    for _ in range(2):
        alerts.door(event)

    assert len(told(provider)) == 1


def test_a_heartbeat_that_comes_long_after_it_was_published_is_none_of_now(
    alerts: Alerts, provider: Provider, passed: list[float]
) -> None:
    route = {"name": "watchdog", "matchers": ['name="Watchdog"'], "contacts": ["lisi"], "heartbeat_minutes": 10}
    alerts.put(ROUTES | {"routes": [route]})
    passed.append(60)
    alerts.door(watchdog("a", alerts.door.module.now()))
    passed.append(540)
    alerts.door(watchdog("b", alerts.door.module.now() - timedelta(minutes=10)))
    alerts.door({"tick": "minute"})
    assert told(provider) == []

    passed.append(60)
    alerts.door({"tick": "minute"})
    alerts.door({"tick": "minute"})

    assert told(provider) == [(NUMBER, "watchdog", "firing")]


def test_a_heartbeat_that_comes_again_is_taken_again(alerts: Alerts, provider: Provider, passed: list[float]) -> None:
    route = {"name": "watchdog", "matchers": ['name="Watchdog"'], "contacts": ["lisi"], "heartbeat_minutes": 10}
    alerts.put(ROUTES | {"routes": [route]})
    passed.append(60)
    for _ in range(3):
        assert alerts.door(watchdog("a", alerts.door.module.now())) == {"alerts": 1}
        passed.append(60)
        alerts.door({"tick": "minute"})

    assert told(provider) == []


def watchdog(replica: str, at: datetime) -> dict[str, Any]:
    """A heartbeat that was published at a time."""
    event: dict[str, Any] = copy.deepcopy(sample("alert/alertmanager_watchdog"))
    message = json.loads(event["Records"][0]["Sns"]["Message"])
    message["alerts"][0]["labels"]["replica"] = replica
    event["Records"][0]["Sns"] |= {"Message": json.dumps(message), "Timestamp": at.isoformat()}
    return event
