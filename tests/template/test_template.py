"""The promises of the deployment, read from template.yaml and from what SAM makes of it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aws_lambda_powertools.shared import constants

from aliyun_sms.errors import InvalidSettings
from aliyun_sms.observability import metrics
from aliyun_sms.settings import read_settings
from aliyun_sms.table import DUE_INDEX
from tests.stand_ins import TIMEOUTS
from tests.template.conftest import TEMPLATE, read

Resources = dict[str, dict[str, Any]]

LOGS = {("logs:CreateLogStream", "LogGroup"), ("logs:PutLogEvents", "LogGroup")}
SECRET = {("secretsmanager:GetSecretValue", "CredentialsSecret")}
TABLE = {(f"dynamodb:{action}", "MessagesTable") for action in ("GetItem", "BatchGetItem", "PutItem")}
ALLOWED = {  # by role: each action with its resource; LogGroup is the function's own
    "SendOnRequestRole": LOGS | SECRET | TABLE,
    "SendFromQueueRole": LOGS
    | SECRET
    | TABLE
    | {
        ("sqs:ReceiveMessage", "MessagesQueue"),
        ("sqs:DeleteMessage", "MessagesQueue"),
        ("sqs:GetQueueAttributes", "MessagesQueue"),
        ("sqs:ChangeMessageVisibility", "MessagesQueue"),
        ("sqs:SendMessage", "MessagesDeadLetterQueue"),
    },
    "SendOnScheduleRole": LOGS | SECRET | TABLE | {("sqs:SendMessage", "ScheduleDeadLetterQueue")},
    "SettleSendsRole": LOGS
    | SECRET
    | TABLE
    | {
        ("dynamodb:Query", "${MessagesTable.Arn}/index/due"),
        ("sqs:SendMessage", "MessagesQueue"),
        ("sqs:SendMessage", "MessagesDeadLetterQueue"),
    },
    "SettleScheduleRole": {("lambda:InvokeFunction", "SettleSendsFunction")},
    "ScheduleRole": {
        ("lambda:InvokeFunction", "SendOnScheduleFunction"),
        ("sqs:SendMessage", "ScheduleDeadLetterQueue"),
    },
}
NAMES = ("Name", "FunctionName", "QueueName", "RoleName", "TableName", "LogGroupName", "AlarmName", "LayerName",
         "ManagedPolicyName", "StageName")  # fmt: skip
NUMBERS = (
    "BatchSize|MaximumBatchingWindowInSeconds|Timeout|VisibilityTimeout|MessageRetentionPeriod|Threshold|Maximum\\w+"
)
FOURTEEN_DAYS = 14 * 24 * 3600


def of_type(resources: Resources, kind: str) -> Resources:
    return {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}


def functions() -> Resources:
    return of_type(read()["Resources"], "AWS::Serverless::Function")


def alarms() -> list[dict[str, Any]]:
    return list(of_type(read()["Resources"], "AWS::CloudWatch::Alarm").values())


def alarmed(namespace: str, metric: str) -> set[str]:
    """The resources that have an alarm on this metric."""
    found = [alarm for alarm in alarms() if (alarm["Namespace"], alarm["MetricName"]) == (namespace, metric)]
    return {target(dimension["Value"]) for alarm in found for dimension in alarm["Dimensions"]}


def target(reference: dict[str, Any]) -> str:
    """The logical id that a Ref or GetAtt means; a Sub as it is."""
    if "Fn::Sub" in reference:
        return str(reference["Fn::Sub"])
    return str(reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0])


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    return [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def actions(statement: dict[str, Any]) -> list[str]:
    action = statement["Action"]
    return action if isinstance(action, list) else [action]


FUNCTIONS = pytest.mark.parametrize("function", functions())
PARAMETERS = pytest.mark.parametrize("parameter", read()["Parameters"])
DEAD_LETTER_QUEUES = {"MessagesDeadLetterQueue", "ScheduleDeadLetterQueue"}


def test_the_template_deploys_in_any_partition(text: str, cloudformation: Any) -> None:
    assert "arn:aws" not in text
    assert "amazonaws.com" not in text.replace("lambda.amazonaws.com", "").replace("scheduler.amazonaws.com", "")
    assert "arn:aws" not in json.dumps(cloudformation)


def test_no_resource_has_a_physical_name(cloudformation: Any) -> None:
    names = {
        f"{logical_id}.{key}": value
        for logical_id, resource in cloudformation["Resources"].items()
        for key, value in resource["Properties"].items()
        if key in NAMES and isinstance(value, str)
    }

    layer_name = [name for name in names if name.endswith(".LayerName")]
    assert [names.pop(name) for name in layer_name] == ["AliyunSmsLayer"]  # by SAM: stacks share it, each its versions
    assert set(names.values()) == {"$default"}  # the API's only stage


@PARAMETERS
def test_a_parameter_is_described_in_a_sentence(template: Any, parameter: str) -> None:
    assert template["Parameters"][parameter]["Description"].endswith(".")


@PARAMETERS
def test_a_parameter_stands_in_one_group(template: Any, parameter: str) -> None:
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    assert [parameter in group["Parameters"] for group in groups].count(True) == 1


@PARAMETERS
def test_a_parameter_is_used(text: str, parameter: str) -> None:
    assert re.search(rf"!Ref {parameter}\b", text)


def test_the_template_can_be_deployed_without_any_parameter(template: Any) -> None:
    assert [name for name, parameter in template["Parameters"].items() if "Default" not in parameter] == []


@FUNCTIONS
def test_a_function_has_a_role_of_its_own(function: str) -> None:
    roles = [target(properties["Role"]) for properties in functions().values()]

    assert roles.count(target(functions()[function]["Role"])) == 1


@FUNCTIONS
def test_a_function_logs_into_a_group_of_its_own_that_forgets(template: Any, function: str) -> None:
    groups = [target(properties["LoggingConfig"]["LogGroup"]) for properties in functions().values()]
    group = target(functions()[function]["LoggingConfig"]["LogGroup"])

    assert groups.count(group) == 1
    assert template["Resources"][group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("role", of_type(read()["Resources"], "AWS::IAM::Role"))
def test_a_role_may_do_exactly_what_its_part_needs(template: Any, role: str) -> None:
    own_group = role.replace("Role", "LogGroup")
    allowed = {
        (action, target(statement["Resource"]).replace(own_group, "LogGroup"))
        for statement in statements(template["Resources"][role]["Properties"])
        for action in actions(statement)
    }

    assert allowed == ALLOWED[role]


def test_no_action_is_a_pattern(text: str) -> None:
    assert set(re.findall(r"\b[a-z0-9]+:[A-Za-z]*\*", text)) == {"function:*"}  # of an ARN, in a Deny


def test_every_resource_that_is_a_star_has_its_reason_beside_it(text: str) -> None:
    stars = [line for line in text.splitlines() if re.search(r"Resource:\s*\[?\s*[\"']?\*", line)]

    assert stars
    assert [line for line in stars if "# " not in line] == []


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
    ],
)
def test_a_function_moves_what_it_cannot_send_into_the_dead_letter_queue_of_its_door(function: str, queue: str) -> None:
    variables = functions()[function]["Environment"]["Variables"]

    assert variables["SMS_DEAD_LETTER_QUEUE_URL"] == {"Ref": queue}


@pytest.mark.parametrize("function", ["SendFromQueueFunction", "SettleSendsFunction"])
def test_a_function_that_puts_messages_back_knows_the_queue(function: str) -> None:
    assert functions()[function]["Environment"]["Variables"]["SMS_QUEUE_URL"] == {"Ref": "MessagesQueue"}


def test_every_function_has_the_ledger(template: Any) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]

    assert variables["SMS_MESSAGES_TABLE"] == {"Ref": "MessagesTable"}


def test_the_ledger_outlives_the_stack_and_what_is_written_by_mistake(template: Any) -> None:
    table = template["Resources"]["MessagesTable"]

    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_ledger_cannot_be_deleted_by_mistake_unless_the_parameter_is_off(template: Any) -> None:
    parameter = template["Parameters"]["LedgerDeletionProtection"]
    table = template["Resources"]["MessagesTable"]["Properties"]

    assert (parameter["Default"], parameter["AllowedValues"]) == ("on", ["on", "off"])
    assert table["DeletionProtectionEnabled"] == {"Fn::If": ["LedgerIsProtected", True, False]}
    assert template["Conditions"]["LedgerIsProtected"] == {"Fn::Equals": [{"Ref": "LedgerDeletionProtection"}, "on"]}


def test_the_ledger_is_encrypted_forgets_and_has_no_capacity_to_set(template: Any) -> None:
    table = template["Resources"]["MessagesTable"]["Properties"]

    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_ledger_has_the_key_and_the_index_that_it_is_asked_by(template: Any) -> None:
    table = template["Resources"]["MessagesTable"]["Properties"]
    (index,) = table["GlobalSecondaryIndexes"]

    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk"]
    assert index["IndexName"] == DUE_INDEX
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["due_shard", "due_at"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_the_dead_letter_queues_are_those_two(template: Any) -> None:
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


def test_every_function_has_an_alarm_for_errors() -> None:
    assert alarmed("AWS/Lambda", "Errors") == functions().keys()


def test_configuration_faults_have_an_alarm_on_the_metric_that_the_functions_publish(template: Any) -> None:
    (alarm,) = [alarm for alarm in alarms() if alarm["MetricName"] == "configuration"]
    variables = template["Globals"]["Function"]["Environment"]["Variables"]

    assert alarm["Namespace"] == metrics.namespace == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]


@pytest.mark.parametrize("alarm", alarms(), ids=lambda alarm: alarm["AlarmDescription"])
def test_an_alarm_tells_the_operators_topic_and_rests_without_data(alarm: dict[str, Any]) -> None:
    assert alarm["AlarmActions"] == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert alarm["TreatMissingData"] == "notBreaching"


def test_a_record_stays_hidden_for_six_timeouts_and_the_batching_window(template: Any) -> None:
    function = functions()["SendFromQueueFunction"]
    window = int(template["Parameters"]["QueueBatchingWindowSeconds"]["MaxValue"])
    hidden = int(template["Resources"]["MessagesQueue"]["Properties"]["VisibilityTimeout"])

    assert hidden == 6 * int(function["Timeout"]) + window


def test_a_record_can_come_again_without_its_neighbours(cloudformation: Any) -> None:
    (mapping,) = of_type(cloudformation["Resources"], "AWS::Lambda::EventSourceMapping").values()

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_request_door_answers_before_the_api_gives_up() -> None:
    assert int(functions()["SendOnRequestFunction"]["Timeout"]) <= 25


def test_the_functions_have_the_time_that_their_tests_give_them() -> None:
    timeouts = {properties["CodeUri"]: float(properties["Timeout"]) for properties in functions().values()}

    assert timeouts == {f"functions/{function}": seconds for function, seconds in TIMEOUTS.items()}


def test_the_longest_provider_timeout_leaves_time_to_answer(template: Any) -> None:
    longest = int(template["Parameters"]["ProviderTimeoutSeconds"]["MaxValue"])

    assert longest < min(int(properties["Timeout"]) for properties in functions().values())


def test_every_route_asks_for_iam(template: Any, cloudformation: Any) -> None:
    (api,) = of_type(cloudformation["Resources"], "AWS::ApiGatewayV2::Api").values()
    security = {
        f"{method.upper()} {path}": route["security"]
        for path, methods in api["Body"]["paths"].items()
        for method, route in methods.items()
    }

    routes = ("POST /v1/messages", "GET /v1/messages/{message_id}", "GET /v1/health")
    assert security == {route: [{"AWS_IAM": []}] for route in routes}
    assert template["Resources"]["HttpApi"]["Properties"]["Auth"]["DefaultAuthorizer"] == "AWS_IAM"


def test_no_route_has_the_name_that_the_emulator_keeps(cloudformation: Any) -> None:
    (api,) = of_type(cloudformation["Resources"], "AWS::ApiGatewayV2::Api").values()

    assert "/health" not in api["Body"]["paths"]


def test_the_access_log_names_the_route_and_never_the_path(template: Any) -> None:
    written = json.loads(template["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"])

    assert written["routeKey"] == "$context.routeKey"
    assert [value for value in written.values() if "path" in value.lower()] == []


def test_the_secret_is_created_empty(template: Any) -> None:
    (secret,) = of_type(template["Resources"], "AWS::SecretsManager::Secret").values()

    assert not {"SecretString", "GenerateSecretString"} & secret.keys()


def test_the_access_key_comes_from_the_secret_alone(template: Any) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    names = [*template["Parameters"], *variables]

    assert target(variables["SMS_CREDENTIALS_SECRET_ARN"]) == "CredentialsSecret"
    assert [name for name in names if re.search("ALIBABA_CLOUD|access_?key|token", name, re.IGNORECASE)] == []


class Recording(dict[str, str]):
    """An environment that remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def test_the_variables_are_those_that_the_settings_read(template: Any) -> None:
    environment = Recording()
    with pytest.raises(InvalidSettings):
        read_settings(environment)
    given = set(template["Globals"]["Function"]["Environment"]["Variables"])
    given |= {
        name for function in functions().values() for name in function.get("Environment", {}).get("Variables", {})
    }

    ours = {name for name in given if not name.startswith("POWERTOOLS_")}
    assert ours == {name for name in environment.asked if not name.startswith("ALIBABA_CLOUD_")}


def test_the_variables_of_powertools_are_ones_that_it_reads(template: Any) -> None:
    read_by_powertools = {value for value in vars(constants).values() if isinstance(value, str)}
    given = [name for name in template["Globals"]["Function"]["Environment"]["Variables"] if "POWERTOOLS" in name]

    assert given
    assert set(given) <= read_by_powertools


def test_every_supported_python_is_offered_and_one_the_layer_runs_on(template: Any) -> None:
    offered = ["python3.11", "python3.12", "python3.13", "python3.14"]

    assert template["Parameters"]["Runtime"]["AllowedValues"] == offered
    assert template["Resources"]["AliyunSmsLayer"]["Properties"]["CompatibleRuntimes"] == offered


@pytest.mark.parametrize(
    "line",
    [
        line.strip()
        for line in TEMPLATE.read_text(encoding="utf-8").splitlines()
        if re.match(rf"\s+({NUMBERS}): \d", line)
    ],
)
def test_a_number_has_its_reason_beside_it(line: str) -> None:
    assert "# " in line
