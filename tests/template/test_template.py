"""What holds for the template as a whole, and for its ledger, API, logs and timeouts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from aliyun_sms.aws.dynamodb import DUE_INDEX
from tests.template.conftest import TEMPLATE, functions, of_type, target
from tests.workbench.functions import TIMEOUTS

NAMES = ("Name", "FunctionName", "QueueName", "RoleName", "TableName", "LogGroupName", "AlarmName", "LayerName",
         "ManagedPolicyName", "StageName")  # fmt: skip
NUMBERS = (
    "BatchSize|MaximumBatchingWindowInSeconds|Timeout|VisibilityTimeout|MessageRetentionPeriod|Threshold|Maximum\\w+"
)


def test_the_template_deploys_in_any_partition(text: str, cloudformation: Any) -> None:
    assert "arn:aws" not in text
    principals = set(re.findall(r"(\w+)\.amazonaws\.com", text))
    assert principals - {"aps"} == {"cloudwatch", "events", "lambda", "scheduler", "sns"}  # that only by a parameter
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


@pytest.mark.parametrize("function", functions())
def test_a_function_logs_into_a_group_of_its_own_that_forgets(template: Any, function: str) -> None:
    groups = [target(properties["LoggingConfig"]["LogGroup"]) for properties in functions().values()]
    group = target(functions()[function]["LoggingConfig"]["LogGroup"])

    assert groups.count(group) == 1
    assert template["Resources"][group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_every_function_has_the_ledger(template: Any) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]

    assert variables["SMS_MESSAGES_TABLE"] == {"Ref": "MessagesTable"}


def test_the_ledger_outlives_the_stack(template: Any) -> None:
    table = template["Resources"]["MessagesTable"]

    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize(
    ("parameter", "condition"),
    [("LedgerDeletionProtection", "LedgerIsProtected"), ("LedgerPointInTimeRecovery", "LedgerIsRecoverable")],
)
def test_the_ledger_is_safe_from_deletion_and_from_what_is_written_by_mistake_unless_a_parameter_is_off(
    template: Any, parameter: str, condition: str
) -> None:
    given = template["Parameters"][parameter]
    table = template["Resources"]["MessagesTable"]["Properties"]
    recovery = table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]

    assert (given["Default"], given["AllowedValues"]) == ("on", ["on", "off"])
    assert {"Fn::If": [condition, True, False]} in [table["DeletionProtectionEnabled"], recovery]
    assert template["Conditions"][condition] == {"Fn::Equals": [{"Ref": parameter}, "on"]}


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


def test_the_request_door_answers_before_the_api_gives_up() -> None:
    assert int(functions()["SendOnRequestFunction"]["Timeout"]) <= 25


def test_the_functions_have_the_time_that_their_tests_give_them() -> None:
    timeouts = {properties["CodeUri"]: float(properties["Timeout"]) for properties in functions().values()}

    assert timeouts == {f"functions/{function}": seconds for function, seconds in TIMEOUTS.items()}


def test_the_longest_provider_timeout_leaves_time_to_answer(template: Any) -> None:
    longest = int(template["Parameters"]["ProviderTimeoutSeconds"]["MaxValue"])

    assert longest < min(int(properties["Timeout"]) for properties in functions().values())


def test_no_route_has_the_name_that_the_emulator_keeps(cloudformation: Any) -> None:
    (api,) = of_type(cloudformation["Resources"], "AWS::ApiGatewayV2::Api").values()

    assert "/health" not in api["Body"]["paths"]


def test_the_access_log_says_who_called_from_where(template: Any) -> None:
    written = json.loads(template["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"])

    assert (written["caller"], written["sourceIp"]) == ("$context.identity.caller", "$context.identity.sourceIp")


def test_the_access_log_names_the_route_and_never_the_path(template: Any) -> None:
    written = json.loads(template["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"])

    assert written["routeKey"] == "$context.routeKey"
    assert [value for value in written.values() if "path" in value.lower()] == []


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
