"""Who may do what: the roles of the functions, the callers of the API, and the access key."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.template.conftest import functions, of_type, read, target

LOGS = {("logs:CreateLogStream", "LogGroup"), ("logs:PutLogEvents", "LogGroup")}
SECRET = {("secretsmanager:GetSecretValue", "CredentialsSecret")}
TABLE = {(f"dynamodb:{action}", "MessagesTable") for action in ("GetItem", "BatchGetItem", "PutItem", "UpdateItem")}
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
    "SendOnAlertRole": LOGS
    | SECRET
    | TABLE
    | {(f"dynamodb:{action}", "AlertsTable") for action in ("GetItem", "BatchGetItem", "PutItem")}
    | {
        ("dynamodb:Query", "${AlertsTable.Arn}/index/due"),
        ("sqs:SendMessage", "MessagesDeadLetterQueue"),
        ("sqs:SendMessage", "AlertDeadLetterQueue"),
    },
    "SettleSendsRole": LOGS
    | SECRET
    | TABLE
    | {
        ("dynamodb:Query", "${MessagesTable.Arn}/index/due"),
        ("sqs:SendMessage", "MessagesQueue"),
        ("sqs:SendMessage", "MessagesDeadLetterQueue"),
    },
    "AskProviderRole": LOGS | SECRET,
    "AlertScheduleRole": {("lambda:InvokeFunction", "SendOnAlertFunction")},
    "SettleScheduleRole": {("lambda:InvokeFunction", "SettleSendsFunction")},
    "KeptScheduleRole": {
        ("lambda:InvokeFunction", "SendOnScheduleFunction"),
        ("lambda:InvokeFunction", "SendOnAlertFunction"),
        ("sqs:SendMessage", "ScheduleDeadLetterQueue"),
        ("sqs:SendMessage", "AlertDeadLetterQueue"),
    },
    "ScheduleRole": {
        ("lambda:InvokeFunction", "SendOnScheduleFunction"),
        ("sqs:SendMessage", "ScheduleDeadLetterQueue"),
    },
}


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    return [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def actions(statement: dict[str, Any]) -> list[str]:
    action = statement["Action"]
    return action if isinstance(action, list) else [action]


@pytest.mark.parametrize("function", functions())
def test_a_function_has_a_role_of_its_own(function: str) -> None:
    roles = [target(properties["Role"]) for properties in functions().values()]

    assert roles.count(target(functions()[function]["Role"])) == 1


@pytest.mark.parametrize("role", of_type(read()["Resources"], "AWS::IAM::Role"))
def test_a_role_may_do_exactly_what_its_part_needs(template: Any, role: str) -> None:
    own_group = role.replace("Role", "LogGroup")
    allowed = {
        (action, target(statement["Resource"]).replace(own_group, "LogGroup"))
        for statement in statements(template["Resources"][role]["Properties"])
        for action in actions(statement)
    }

    assert allowed == ALLOWED[role]


def test_what_a_person_asks_has_no_trigger_and_nobody_is_let_in(cloudformation: Any) -> None:
    """Who may invoke it by its name reaches it, and nothing else does."""
    allowed = of_type(cloudformation["Resources"], "AWS::Lambda::Permission").values()

    assert "Events" not in functions()["AskProviderFunction"]
    assert "AskProviderFunction" not in {target(each["FunctionName"]) for each in allowed}
    assert of_type(cloudformation["Resources"], "AWS::Lambda::Url") == {}


def test_no_action_is_a_pattern(text: str) -> None:
    arns, of_a_deny = {"function:*", "alarm:*"}, {"sqs:*"}

    assert set(re.findall(r"\b[a-z0-9]+:[A-Za-z]*\*", text)) == arns | of_a_deny


@pytest.mark.parametrize("queue", of_type(read()["Resources"], "AWS::SQS::Queue"))
def test_a_queue_denies_everybody_what_does_not_come_over_tls(template: Any, queue: str) -> None:
    policies = of_type(template["Resources"], "AWS::SQS::QueuePolicy").values()
    (policy,) = [each for each in policies if each["Queues"] == [{"Ref": queue}]]
    (statement, *_) = policy["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}


@pytest.mark.parametrize("role", ["ScheduleRole", "SettleScheduleRole", "AlertScheduleRole"])
def test_scheduler_may_assume_a_role_for_schedules_of_this_account_in_the_group_that_they_are_in(
    template: Any, cloudformation: Any, role: str
) -> None:
    (trust,) = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    group = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default"
    schedules = of_type(cloudformation["Resources"], "AWS::Scheduler::Schedule").values()

    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            "aws:SourceArn": {"Fn::If": ["SchedulerNamesItsGroup", {"Fn::Sub": group}, {"Ref": "AWS::NoValue"}]},
        }
    }
    assert template["Conditions"]["SchedulerNamesItsGroup"] == {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws"]}
    assert [each for each in schedules if "GroupName" in each] == []


def test_scheduler_may_assume_the_role_of_kept_schedules_for_their_group_alone(template: Any) -> None:
    (trust,) = template["Resources"]["KeptScheduleRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    group = {"Fn::GetAtt": ["ScheduleGroup", "Arn"]}

    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {
        "aws:SourceAccount": {"Ref": "AWS::AccountId"},
        "aws:SourceArn": {"Fn::If": ["SchedulerNamesItsGroup", group, {"Ref": "AWS::NoValue"}]},
    }


def test_every_resource_that_is_a_star_has_its_reason_beside_it(text: str) -> None:
    stars = [line for line in text.splitlines() if re.search(r"Resource:\s*\[?\s*[\"']?\*", line)]

    assert stars
    assert [line for line in stars if "# " not in line] == []


def test_every_route_asks_for_iam(template: Any, cloudformation: Any) -> None:
    (api,) = of_type(cloudformation["Resources"], "AWS::ApiGatewayV2::Api").values()
    security = {
        f"{method.upper()} {path}": route["security"]
        for path, methods in api["Body"]["paths"].items()
        for method, route in methods.items()
    }

    routes = (
        "POST /v1/messages",
        "GET /v1/messages",
        "GET /v1/messages/{message_id}",
        "GET /v1/doors/{door}/messages",
        "GET /v1/doors/{door}/messages/{message_id}",
        "GET /v1/health",
    )
    assert security == {route: [{"AWS_IAM": []}] for route in routes}
    assert template["Resources"]["HttpApi"]["Properties"]["Auth"]["DefaultAuthorizer"] == "AWS_IAM"


def test_the_secret_is_created_empty(template: Any) -> None:
    (secret,) = of_type(template["Resources"], "AWS::SecretsManager::Secret").values()

    assert not {"SecretString", "GenerateSecretString"} & secret.keys()


def test_the_access_key_comes_from_the_secret_alone(template: Any) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    names = [*template["Parameters"], *variables]

    assert target(variables["SMS_CREDENTIALS_SECRET_ARN"]) == "CredentialsSecret"
    assert [name for name in names if re.search("ALIBABA_CLOUD|access_?key|token", name, re.IGNORECASE)] == []
