"""What brings alerts to their door, and what happens to those that it cannot be given."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.template.conftest import functions, of_type, read, target

METRICS = ("alerts-over-limit", "alerts-over-budget", "alerts-left", "alert-routes-fault")


def only(resources: dict[str, Any]) -> dict[str, Any]:
    (resource,) = resources.values()
    found: dict[str, Any] = resource
    return found


def test_cloudwatch_can_publish_to_the_topic_which_has_not_the_key_that_it_may_not_use(template: Any) -> None:
    (alarms, _) = only(of_type(template["Resources"], "AWS::SNS::TopicPolicy"))["PolicyDocument"]["Statement"]

    assert template["Resources"]["AlertsTopic"]["Properties"] == {}
    assert (alarms["Principal"], alarms["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    assert alarms["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_nobody_of_another_account_can_publish(template: Any) -> None:
    statements = only(of_type(template["Resources"], "AWS::SNS::TopicPolicy"))["PolicyDocument"]["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]

    assert [each["Principal"] for each in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]


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
