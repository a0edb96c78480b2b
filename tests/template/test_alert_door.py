"""What brings alerts to their door, and what happens to those that it cannot be given."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.pages import ALERTS, blocks
from tests.template.conftest import functions, of_type, read, target

METRICS = ("alerts-over-limit", "alerts-over-budget", "alerts-left", "alert-routes-fault")


def only(resources: dict[str, Any]) -> dict[str, Any]:
    (resource,) = resources.values()
    found: dict[str, Any] = resource
    return found


def test_cloudwatch_can_publish_to_the_topic_which_has_not_the_key_that_it_may_not_use(template: Any) -> None:
    (alarms, *_) = only(of_type(template["Resources"], "AWS::SNS::TopicPolicy"))["PolicyDocument"]["Statement"]

    assert template["Resources"]["AlertsTopic"]["Properties"] == {}
    assert (alarms["Principal"], alarms["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    assert alarms["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_nobody_of_another_account_can_publish(template: Any) -> None:
    statements = only(of_type(template["Resources"], "AWS::SNS::TopicPolicy"))["PolicyDocument"]["Statement"]
    with_prometheus = [each["Fn::If"][1] if "Fn::If" in each else each for each in statements]
    allowed = [each for each in with_prometheus if each["Effect"] == "Allow"]

    assert [each["Principal"]["Service"] for each in allowed] == ["cloudwatch.amazonaws.com", "aps.amazonaws.com"]
    assert {str(each["Condition"]["StringEquals"]) for each in allowed} == {
        str({"aws:SourceAccount": {"Ref": "AWS::AccountId"}})
    }


def test_managed_prometheus_can_publish_by_the_statement_that_the_page_shows_where_a_parameter_names_it(
    template: Any,
) -> None:
    (_, prometheus, _) = only(of_type(template["Resources"], "AWS::SNS::TopicPolicy"))["PolicyDocument"]["Statement"]
    condition, statement, otherwise = prometheus["Fn::If"]
    (shown,) = blocks("json", ALERTS.section("Amazon managed Prometheus"))
    for reference, name in (("AlertsTopic", "AlertsTopicArn"), ("AWS::AccountId", "account")):
        shown = shown.replace(f'"<{name}>"', json.dumps({"Ref": reference}))

    assert json.loads(shown.replace('"<ManagedPrometheusArn>"', '{"Ref": "ManagedPrometheusArn"}')) == statement
    assert (condition, otherwise) == ("HasManagedPrometheus", {"Ref": "AWS::NoValue"})
    assert template["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ManagedPrometheusArn"}, ""]}]}


@pytest.mark.parametrize(
    ("arn", "taken"),
    [
        ("", True),
        ("arn:aws:aps:eu-central-1:123456789012:workspace/ws-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", True),
        ("arn:aws-us-gov:aps:us-gov-west-1:123456789012:workspace/ws-0a1b2c3d", True),
        ("*", False),
        ("arn:aws:aps:*:123456789012:workspace/*", False),
        ("arn:aws:sns:eu-central-1:123456789012:topic", False),
    ],
)
def test_the_parameter_takes_one_workspace(template: Any, arn: str, taken: bool) -> None:  # noqa: FBT001 - a case
    assert bool(re.search(template["Parameters"]["ManagedPrometheusArn"]["AllowedPattern"], arn)) is taken


def test_what_sns_and_rules_cannot_hand_over_goes_into_the_doors_dead_letter_queue(cloudformation: Any) -> None:
    subscription = only(of_type(cloudformation["Resources"], "AWS::SNS::Subscription"))
    rule = only(of_type(cloudformation["Resources"], "AWS::Events::Rule"))

    assert (subscription["Protocol"], target(subscription["Endpoint"])) == ("lambda", "SendOnAlertFunction")
    assert target(subscription["RedrivePolicy"]["deadLetterTargetArn"]) == "AlertDeadLetterQueue"
    assert [target(each["DeadLetterConfig"]["Arn"]) for each in rule["Targets"]] == ["AlertDeadLetterQueue"]


def test_what_the_function_could_not_do_goes_there_too(cloudformation: Any) -> None:
    invocations = of_type(cloudformation["Resources"], "AWS::Lambda::EventInvokeConfig").values()
    (own,) = [each for each in invocations if target(each["FunctionName"]) == "SendOnAlertFunction"]

    assert target(own["DestinationConfig"]["OnFailure"]["Destination"]) == "AlertDeadLetterQueue"
    assert own["MaximumRetryAttempts"] == 2


def test_the_rule_brings_changes_of_alarms_where_a_parameter_says_so(template: Any, cloudformation: Any) -> None:
    rule = only(of_type(cloudformation["Resources"], "AWS::Events::Rule"))

    assert rule["State"] == {"Ref": "AlertEventsState"}
    assert template["Parameters"]["AlertEventsState"]["Default"] == "DISABLED"
    assert rule["EventPattern"] == {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}


def test_each_minute_the_function_is_told_to_look_at_what_is_due(cloudformation: Any) -> None:
    schedules = of_type(cloudformation["Resources"], "AWS::Scheduler::Schedule").values()
    (own,) = [each for each in schedules if target(each["Target"]["Arn"]) == "SendOnAlertFunction"]

    assert own["ScheduleExpression"] == "rate(1 minute)"
    assert "tick" in json.loads(own["Target"]["Input"])
    assert own["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0


def test_its_table_is_built_like_the_ledgers_and_encrypted(template: Any) -> None:
    own, ledger = (template["Resources"][name]["Properties"] for name in ("AlertsTable", "MessagesTable"))
    alike = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "TimeToLiveSpecification",
             "SSESpecification", "PointInTimeRecoverySpecification")  # fmt: skip

    assert {name: own[name] for name in alike} == {name: ledger[name] for name in alike}


@pytest.mark.parametrize("metric", METRICS)
def test_what_the_door_counts_has_an_alarm(metric: str) -> None:
    alarms = of_type(read()["Resources"], "AWS::CloudWatch::Alarm").values()
    (alarm,) = [each for each in alarms if each["MetricName"] == metric]

    assert (alarm["Namespace"], int(alarm["Threshold"])) == ("AliyunSms", 0)


def test_no_other_function_knows_its_table() -> None:
    knowing = [
        name
        for name, properties in functions().items()
        if "SMS_ALERTS_TABLE" in properties.get("Environment", {}).get("Variables", {})
    ]

    assert knowing == ["SendOnAlertFunction"]
