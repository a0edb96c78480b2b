"""What waits and comes again, where it is given up into, and what tells a person."""

from __future__ import annotations

from typing import Any

import pytest

from aliyun_sms import observability
from aliyun_sms.observability import metrics
from aliyun_sms.result import Result
from aliyun_sms.settings import LEAST_RETENTION
from tests.template.conftest import Resources, functions, of_type, read, target

DEAD_LETTER_QUEUES = {"MessagesDeadLetterQueue", "ScheduleDeadLetterQueue", "AlertDeadLetterQueue"}
FOURTEEN_DAYS = 14 * 24 * 3600


def alarms() -> list[dict[str, Any]]:
    return list(of_type(read()["Resources"], "AWS::CloudWatch::Alarm").values())


def alarmed(namespace: str, metric: str) -> set[str]:
    """The resources that have an alarm on this metric."""
    found = [alarm for alarm in alarms() if (alarm["Namespace"], alarm["MetricName"]) == (namespace, metric)]
    return {target(dimension["Value"]) for alarm in found for dimension in alarm["Dimensions"]}


def test_the_queue_gives_up_into_its_dead_letter_queue(template: Any) -> None:
    policy = template["Resources"]["MessagesQueue"]["Properties"]["RedrivePolicy"]

    assert target(policy["deadLetterTargetArn"]) == "MessagesDeadLetterQueue"


def schedule_of(cloudformation: Any, function: str) -> dict[str, Any]:
    """The schedule that invokes a function."""
    schedules: Resources = of_type(cloudformation["Resources"], "AWS::Scheduler::Schedule")
    (schedule,) = [each for each in schedules.values() if target(each["Target"]["Arn"]) == function]
    return schedule


def invocations_of(cloudformation: Any, function: str) -> dict[str, Any]:
    """How a function is invoked by what does not wait for its answer."""
    configurations: Resources = of_type(cloudformation["Resources"], "AWS::Lambda::EventInvokeConfig")
    (configuration,) = [each for each in configurations.values() if target(each["FunctionName"]) == function]
    return configuration


def test_the_schedule_and_its_invocations_give_up_into_their_dead_letter_queue(cloudformation: Any) -> None:
    schedule = schedule_of(cloudformation, "SendOnScheduleFunction")
    invocations = invocations_of(cloudformation, "SendOnScheduleFunction")

    assert target(schedule["Target"]["DeadLetterConfig"]["Arn"]) == "ScheduleDeadLetterQueue"
    assert target(invocations["DestinationConfig"]["OnFailure"]["Destination"]) == "ScheduleDeadLetterQueue"


def test_settling_begins_each_minute_and_a_minute_that_is_missed_is_not_made_up_for_by_a_retry(
    cloudformation: Any,
) -> None:
    schedule = schedule_of(cloudformation, "SettleSendsFunction")
    invocations = invocations_of(cloudformation, "SettleSendsFunction")

    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert "State" not in schedule or schedule["State"] == "ENABLED"
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert invocations["MaximumRetryAttempts"] == 0


def test_one_settling_ends_before_the_next_begins() -> None:
    assert int(functions()["SettleSendsFunction"]["Timeout"]) <= 60


@pytest.mark.parametrize(
    ("function", "queue"),
    [
        ("SendFromQueueFunction", "MessagesDeadLetterQueue"),
        ("SettleSendsFunction", "MessagesDeadLetterQueue"),
        ("SendOnScheduleFunction", "ScheduleDeadLetterQueue"),
        ("SendOnAlertFunction", "MessagesDeadLetterQueue"),
    ],
)
def test_a_function_moves_what_it_cannot_send_into_the_dead_letter_queue_of_its_door(function: str, queue: str) -> None:
    variables = functions()[function]["Environment"]["Variables"]

    assert variables["SMS_DEAD_LETTER_QUEUE_URL"] == {"Ref": queue}


@pytest.mark.parametrize("function", ["SendFromQueueFunction", "SettleSendsFunction"])
def test_a_function_that_puts_messages_back_knows_the_queue(function: str) -> None:
    assert functions()[function]["Environment"]["Variables"]["SMS_QUEUE_URL"] == {"Ref": "MessagesQueue"}


def test_the_dead_letter_queues_are_those_three(template: Any) -> None:
    assert of_type(template["Resources"], "AWS::SQS::Queue").keys() == {"MessagesQueue", *DEAD_LETTER_QUEUES}


@pytest.mark.parametrize("queue", sorted(DEAD_LETTER_QUEUES))
def test_a_dead_letter_queue_keeps_its_messages_as_long_as_it_can(template: Any, queue: str) -> None:
    assert template["Resources"][queue]["Properties"]["MessageRetentionPeriod"] == FOURTEEN_DAYS


@pytest.mark.parametrize("queue", of_type(read()["Resources"], "AWS::SQS::Queue"))
def test_a_queue_is_encrypted(template: Any, queue: str) -> None:
    assert template["Resources"][queue]["Properties"]["SqsManagedSseEnabled"] is True


def test_every_dead_letter_queue_has_an_alarm() -> None:
    assert alarmed("AWS/SQS", "ApproximateNumberOfMessagesVisible") == DEAD_LETTER_QUEUES


def test_the_queue_has_an_alarm_for_messages_that_wait_too_long() -> None:
    assert alarmed("AWS/SQS", "ApproximateAgeOfOldestMessage") == {"MessagesQueue"}


def test_every_function_that_nobody_waits_for_has_an_alarm_for_errors() -> None:
    """Who asks the provider sees the error."""
    assert alarmed("AWS/Lambda", "Errors") == functions().keys() - {"AskProviderFunction"}


def test_configuration_faults_have_an_alarm_on_the_metric_that_the_functions_publish(template: Any) -> None:
    (alarm,) = [alarm for alarm in alarms() if alarm["MetricName"] == "configuration"]
    variables = template["Globals"]["Function"]["Environment"]["Variables"]

    assert alarm["Namespace"] == metrics.namespace == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]


def test_callers_mistakes_have_alarms_for_several_callers_and_for_many_messages_in_the_window_that_a_caller_counts_once(
    template: Any,
) -> None:
    several, many = [
        next(alarm for alarm in alarms() if alarm["MetricName"] == name)
        for name in ("callers-at-fault", "caller-configuration")
    ]
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    result = Result("id", "rejected", "x", "", "configuration", retryable=False, advice=None, of_caller=True)
    for scope in ("one", "one", "two"):
        observability.log_settled(result, "request", scope)

    assert [observability.counts[alarm["MetricName"]] for alarm in (several, many)] == [2, 3]
    assert several["Period"] == observability.CALLER_SECONDS
    for alarm in (several, many):
        assert (alarm["Namespace"], alarm["Statistic"]) == (metrics.namespace, "Sum")
        assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]


def test_send_records_that_cannot_be_read_have_an_alarm_on_the_metric_that_settling_publishes(template: Any) -> None:
    (alarm,) = [alarm for alarm in alarms() if alarm["MetricName"] == "send-records-unread"]
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    observability.log_unread("submission", {"Forbidden.RAM": 1})

    assert observability.counts[alarm["MetricName"]] == 1
    assert alarm["Namespace"] == metrics.namespace
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]


@pytest.mark.parametrize("alarm", alarms(), ids=lambda alarm: alarm["AlarmDescription"])
def test_an_alarm_tells_the_operators_topic_and_rests_without_data_but_for_that_of_settling(
    alarm: dict[str, Any],
) -> None:
    breaching = alarm["MetricName"] == "Invocations"

    assert alarm["AlarmActions"] == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert alarm["TreatMissingData"] == ("breaching" if breaching else "notBreaching")


def test_what_lambda_cannot_hand_to_the_failure_destination_has_an_alarm(cloudformation: Any) -> None:
    handed = of_type(cloudformation["Resources"], "AWS::Lambda::EventInvokeConfig").values()
    with_destination = {target(each["FunctionName"]) for each in handed if "OnFailure" in each["DestinationConfig"]}

    assert alarmed("AWS/Lambda", "DestinationDeliveryFailures") == with_destination
    assert with_destination == {"SendOnScheduleFunction", "SendOnAlertFunction"}


def test_a_record_stays_hidden_for_six_timeouts_and_the_batching_window(template: Any) -> None:
    function = functions()["SendFromQueueFunction"]
    window = int(template["Parameters"]["QueueBatchingWindowSeconds"]["MaxValue"])
    hidden = int(template["Resources"]["MessagesQueue"]["Properties"]["VisibilityTimeout"])

    assert hidden == 6 * int(function["Timeout"]) + window


def test_a_record_can_come_again_without_its_neighbours(cloudformation: Any) -> None:
    (mapping,) = of_type(cloudformation["Resources"], "AWS::Lambda::EventSourceMapping").values()

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_ledger_outlives_a_letter_that_is_moved_back_as_late_as_can_be(template: Any) -> None:
    queues = [template["Resources"][name]["Properties"] for name in ("MessagesQueue", "MessagesDeadLetterQueue")]
    days = sum(queue["MessageRetentionPeriod"] for queue in queues) / 86_400

    assert template["Parameters"]["LedgerRetentionDays"]["MinValue"] == days + 1 == LEAST_RETENTION
