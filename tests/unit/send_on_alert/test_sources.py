"""What each source says, read as alerts."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sources import sns
from sources.eventbridge import from_rule
from sources.texts import LONGEST, MOST, MOST_BYTES, texts
from tests.workbench.functions import EVENTS, sample

if TYPE_CHECKING:
    from alert import Alert

ALARM = "checkout-errors-over-5-percent-for-5-minutes"
SUMMARY = "结账失败率超过5%: look at the payment provider first"
DISK = "磁盘快满了"
NAMES = sorted(file.stem for file in (EVENTS / "alert").glob("*.json"))
READ = {
    "alertmanager_cut_off": [("alertmanager", f"cut off: {DISK}", "firing")],
    "alertmanager_cut_off_resolved": [("alertmanager", f"cut off: {DISK}", "resolved")],
    "alertmanager_group": [("alertmanager", DISK, "firing"), ("alertmanager", DISK, "firing")],
    "alertmanager_one_resolved": [("alertmanager", DISK, "firing"), ("alertmanager", DISK, "resolved")],
    "alertmanager_resolved": [("alertmanager", DISK, "resolved"), ("alertmanager", DISK, "resolved")],
    "alertmanager_watchdog": [("alertmanager", "Watchdog", "firing")],
    "cloudwatch_alarm": [("cloudwatch", ALARM, "firing")],
    "cloudwatch_composite": [("cloudwatch", "checkout-is-down", "firing")],
    "cloudwatch_insufficient_data": [],
    "cloudwatch_recovery": [("cloudwatch", ALARM, "resolved")],
    "cloudwatch_without_arn": [("cloudwatch", ALARM, "firing")],
    "event_alarm": [("cloudwatch", ALARM, "firing")],
    "event_insufficient_data": [],
    "event_of_others": [("aws.ecs", "ECS Task State Change", "firing")],
    "event_recovery": [("cloudwatch", ALARM, "resolved")],
    "grafana": [("grafana", "Checkout latency", "firing")],
    "half_a_character": [("sns", "half ?", "firing")],
    "json_of_others": [("sns", "AWS Budgets: monthly has exceeded your alert threshold", "firing")],
    "managed_prometheus": [("alertmanager", "PodCrashLooping", "firing")],
    "managed_prometheus_default": [("sns", "[FIRING:1] PodCrashLooping (checkout api-7d9c critical)", "firing")],
    "managed_prometheus_resolved": [("alertmanager", "PodCrashLooping", "resolved")],
    "text": [("sns", "backup failed", "firing")],
    "text_without_subject": [("sns", "The nightly backup of orders did not finish.", "firing")],
}


def read(name: str) -> list[Alert]:
    event = sample(f"alert/{name}")
    if "Records" in event:
        return sns.from_topic(event["Records"][0]["Sns"])
    return from_rule(event)


def published(message: object) -> dict[str, Any]:
    """What a topic brings with this message instead of its own."""
    notification = copy.deepcopy(sample("alert/text")["Records"][0]["Sns"])
    return {**notification, "Message": message if isinstance(message, str) else json.dumps(message)}


@pytest.mark.parametrize("name", NAMES)
def test_each_sample_is_read_as_these_alerts(name: str) -> None:
    assert [(alert.source, alert.name, alert.state) for alert in read(name)] == READ[name]


@pytest.mark.parametrize("name", ["cloudwatch_alarm", "event_alarm"])
def test_an_alarm_of_cloudwatch_says_what_it_is_and_why(name: str) -> None:
    (alert,) = read(name)

    assert alert.labels == {
        "account": "123456789012",
        "region": "cn-north-1",
        "namespace": "AWS/ApiGateway",
        "metric": "5XXError",
        "ApiName": "checkout",
    }
    assert alert.annotations["summary"] == alert.annotations["description"] == SUMMARY
    assert alert.annotations["reason"].startswith("Threshold Crossed")
    assert alert.observed_at == datetime(2026, 11, 22, 8, 0, 0, 985000, UTC)


@pytest.mark.parametrize("name", ["cloudwatch_recovery", "cloudwatch_without_arn", "event_alarm", "event_recovery"])
def test_the_same_alarm_has_the_same_identity_on_every_way(name: str) -> None:
    assert read(name)[0].identity == read("cloudwatch_alarm")[0].identity


def test_alarms_of_the_same_name_in_another_place_are_others() -> None:
    event = sample("alert/event_alarm")
    places = [{}, {"account": "210987654321"}, {"region": "cn-northwest-1"}]

    assert len({from_rule(event | place)[0].identity for place in places}) == 3


@pytest.mark.parametrize(
    ("dimensions", "found"),
    [([{"Name": "ApiName", "Value": "checkout"}], "checkout"), ([{}], None), (["ApiName"], None), (None, None)],
)
def test_an_alarm_of_cloudwatch_is_one_whatever_its_dimensions_are_like(dimensions: object, found: str | None) -> None:
    message = json.loads(sample("alert/cloudwatch_alarm")["Records"][0]["Sns"]["Message"])
    message["Trigger"]["Dimensions"] = dimensions

    (alert,) = sns.from_topic(published(message))
    assert (alert.name, alert.labels.get("ApiName")) == (ALARM, found)


def test_what_alertmanager_says_survives_its_quotes_newlines_chinese_and_urls() -> None:
    alert = read("alertmanager_group")[0]

    assert alert.labels == {"alertname": DISK, "severity": "critical", "instance": "shop-1:9100", "job": "node"}
    assert alert.annotations == {
        "summary": 'said "90 %"\nof {{ $labels.instance }}\t【满】',
        "runbook_url": "https://wiki.example.cn/disk?a=1&b=2",
    }
    assert alert.starts_at == datetime(2026, 11, 22, 7, 58, 30, 123456, UTC)


def test_alerts_of_alertmanager_are_told_apart_by_their_labels_and_grouped_as_it_has_grouped_them() -> None:
    alerts = read("alertmanager_group")

    assert len({alert.identity for alert in alerts}) == 2
    assert len({alert.group for alert in alerts}) == 1
    assert [alert.identity for alert in read("alertmanager_resolved")] == [alert.identity for alert in alerts]


def test_what_managed_prometheus_says_is_read_as_what_alertmanager_says() -> None:
    (alert,), (recovery,) = read("managed_prometheus"), read("managed_prometheus_resolved")

    assert alert.identity == recovery.identity
    assert alert.labels == {
        "alertname": "PodCrashLooping",
        "namespace": "checkout",
        "pod": "api-7d9c",
        "severity": "critical",
    }
    assert alert.annotations == {"summary": "Pod checkout/api-7d9c restarts again and again"}


def test_another_start_of_another_replica_is_the_same_alert() -> None:
    notification = sample("alert/grafana")["Records"][0]["Sns"]
    message = json.loads(notification["Message"])
    message["alerts"][0]["startsAt"] = "2026-11-22T07:59:59Z"

    assert sns.from_topic(published(message))[0].identity == sns.from_topic(notification)[0].identity


@pytest.mark.parametrize("name", ["text", "text_without_subject", "json_of_others", "event_of_others"])
def test_a_text_or_an_event_happens_once(name: str) -> None:
    (alert,) = read(name)

    assert not alert.lasts


def test_a_text_says_all_of_itself_as_its_summary() -> None:
    (alert,) = read("text")

    assert alert.annotations["summary"].splitlines()[1] == "Last line of its log: disk full"


def test_an_event_of_others_has_what_its_detail_says_as_labels_for_routes() -> None:
    (alert,) = read("event_of_others")

    assert alert.labels["lastStatus"] == "STOPPED"
    assert "containers" not in alert.labels


@pytest.mark.parametrize(
    "message",
    [
        "", "[]", "null", "7", '"text"', "{" * 100_000, "[" * 100_000,
        {"AlarmName": "x", "NewStateValue": "ALARM"},
        {"AlarmName": "x", "NewStateValue": "ALARM", "AWSAccountId": "1", "StateChangeTime": "yesterday"},
        {"format": "aliyun-sms/1"},
        {"format": "aliyun-sms/1", "source": "alertmanager", "alerts": 7},
        {"format": "aliyun-sms/1", "source": "alertmanager", "alerts": [{"status": "other", "labels": {}}]},
        {"format": "aliyun-sms/1", "source": "alertmanager", "alerts": [{"status": "firing", "labels": []}]},
        {"format": "aliyun-sms/1", "source": "alertmanager",
         "alerts": [{"status": "firing", "labels": {}, "startsAt": "soon"}]},
    ],
)  # fmt: skip
def test_what_cannot_be_read_otherwise_is_a_text(message: object) -> None:
    (alert,) = sns.from_topic(published(message))

    assert (alert.source, alert.name, alert.lasts) == ("sns", "backup failed", False)


def test_what_was_cut_off_is_one_alert_of_its_group_whatever_is_left_of_it() -> None:
    (alert,) = read("alertmanager_cut_off")
    (recovery,) = read("alertmanager_cut_off_resolved")
    message = sample("alert/alertmanager_cut_off")["Records"][0]["Sns"]["Message"]
    (shorter,) = sns.from_topic(published(message[: message.index("instance")]))

    assert alert.identity == recovery.identity == shorter.identity
    assert alert.group == "aliyun-sms?alertname=%E7%A3%81%E7%9B%98%E5%BF%AB%E6%BB%A1%E4%BA%86&"
    assert (alert.labels["alertname"], alert.lasts) == (DISK, True)
    assert alert.annotations["summary"].endswith("look at alertmanager")


HEAD = '{"format": "aliyun-sms/1", "source": "grafana", '


@pytest.mark.parametrize(
    ("message", "state"),
    [
        (HEAD, "firing"),
        (HEAD + '"group": "", "alerts": [{"status": "resolved", "labels": {', "firing"),
        (HEAD + '"status": "resolved", "alerts": [{"status": "fir', "resolved"),
        (HEAD + '"status": "resol', "firing"),
        (HEAD + "x" * 250_000, "firing"),
    ],
)
def test_what_was_cut_off_without_its_group_is_told_apart_by_how_it_begins(message: str, state: str) -> None:
    (alert,), (again,) = (sns.from_topic(published(text)) for text in (message, message))
    (other,) = sns.from_topic(published(message) | {"TopicArn": "arn:aws-cn:sns:cn-north-1:123456789012:another"})

    assert (alert.name, alert.state, alert.lasts) == ("cut off: grafana", state, True)
    assert alert.identity == again.identity != other.identity


def test_labels_and_annotations_are_of_a_size_to_keep() -> None:
    many = texts({f"name {place}": "x" * 2 * LONGEST for place in range(2 * MOST)})

    assert len(many) < MOST
    assert {len(text) for text in many.values()} == {LONGEST}
    assert sum(len(f"{name}{text}".encode()) for name, text in many.items()) <= MOST_BYTES
    assert len(texts({f"name {place}": "x" for place in range(2 * MOST)})) == MOST


def test_what_is_no_text_is_no_label() -> None:
    assert texts({"a": 1, "b": None, "c": [], "d": {}, "e": "", "": "f", "g": 0.5, "h": "i"}) == {
        "a": "1",
        "g": "0.5",
        "h": "i",
    }
