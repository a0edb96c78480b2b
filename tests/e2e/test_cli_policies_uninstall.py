"""`sms uninstall` deletes what docs/operations.md lets it; where it may not, the stack stays, or what stays is told.

The stack is a small one with the outputs of ours. What CloudFormation deletes in the name of who deletes a stack is not
shown: the emulator (MiniStack) deletes it in its own.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from cli import __main__ as command
from cli.uninstalling import removal
from tests.e2e.policies import Clerk, Grant, grants, without
from tests.e2e.test_stack_permissions import as_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

NAME = "small"
CODE = f"{NAME}/layer"
TELLING = ("Uninstall", "UninstallQueues", "UninstallLedger", "UninstallSchedules", "UninstallScheduleOfAnyGroup")
DELETING = ("UninstallDelete", "UninstallTable", "UninstallCode")
OUTPUTS: dict[str, Any] = {
    "ApiUrl": "https://0.execute-api.localhost",
    "QueueArn": {"Fn::GetAtt": ["Queue", "Arn"]},
    **{
        name: {"Ref": "Queue"}
        for name in ("QueueUrl", "DeadLetterQueueUrl", "ScheduleDeadLetterQueueUrl", "AlertDeadLetterQueueUrl")
    },
    "MessagesTable": NAME,
    "SendOnScheduleFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:small",
    "CredentialsSecretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:small",
}
LAYER = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Bucket": NAME, "S3Key": CODE}}}
TEMPLATE = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, "Layer": LAYER},
    "Outputs": {name: {"Value": value} for name, value in OUTPUTS.items()},
}


def is_there(stack: Stack) -> tuple[bool, bool, bool]:
    """Whether stack, table and code are."""
    s3, found = as_root(stack, "s3"), False
    with suppress(stack.client("cloudformation").exceptions.ClientError):
        found = bool(stack.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"])
    has_table = NAME in stack.client("dynamodb").list_tables()["TableNames"]
    return found, has_table, "Contents" in s3.list_objects_v2(Bucket=NAME)


def deploy(stack: Stack) -> None:
    """What of it is not there."""
    found, has_table, has_code = is_there(stack)
    if not has_code:
        as_root(stack, "s3").put_object(Bucket=NAME, Key=CODE, Body=b"code")
    if not has_table:
        make_table(stack)
    if not found:
        cloudformation = as_root(stack, "cloudformation")
        cloudformation.create_stack(StackName=NAME, TemplateBody=json.dumps(TEMPLATE))
        cloudformation.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})


def make_table(stack: Stack) -> None:
    """A protected one, with the ledger's index."""
    kinds = {"pk": "S", "due_shard": "S", "due_at": "N"}
    keys = [{"AttributeName": "due_shard", "KeyType": "HASH"}, {"AttributeName": "due_at", "KeyType": "RANGE"}]
    stack.client("dynamodb").create_table(
        TableName=NAME,
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{"IndexName": "due", "KeySchema": keys, "Projection": {"ProjectionType": "KEYS_ONLY"}}],
    )


@pytest.fixture(scope="module")
def bucket(stack: Stack) -> Iterator[str]:
    """That of sam, so to speak."""
    s3 = as_root(stack, "s3")
    s3.create_bucket(Bucket=NAME)
    yield NAME
    s3.delete_object(Bucket=NAME, Key=CODE)
    s3.delete_bucket(Bucket=NAME)


@pytest.fixture
def clerk(stack: Stack, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    deploy(stack)
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setattr(removal, "PAUSE", 0.1)
    made = Clerk(stack, tmp_path, NAME, {"bucket of sam": bucket, "s3_prefix": NAME})
    yield made
    made.leave()


def uninstall(clerk: Clerk) -> int:
    file = str(clerk.directory / "schedules.json")
    return command.run(["uninstall", "--stack", NAME, "--yes", "--ledger", "--code", "--schedules", file])


ALL = grants("Stack", *TELLING, *DELETING)


@pytest.mark.parametrize("grant", grants(*DELETING), ids=lambda grant: grant.action)
def test_without_a_part_of_it_what_stays_is_told(
    stack: Stack, clerk: Clerk, capsys: pytest.CaptureFixture[str], grant: Grant
) -> None:
    clerk.may(without(ALL, grant))

    assert uninstall(clerk) == 1

    said = capsys.readouterr().err
    left = dict(zip(("stack", "table", "code"), is_there(stack), strict=True))
    assert f"not allowed to call {grant.action}" in said.splitlines()[-1]
    assert left["stack"] is (grant.action.startswith("cloudformation:"))
    assert left["code"] is True
    assert left["stack"] or (f"delete-table --table-name {NAME}" in said) is left["table"]
    assert left["stack"] or f"aws s3 rm s3://{NAME}/{CODE}" in said


def test_what_the_page_grants_is_enough(stack: Stack, clerk: Clerk) -> None:
    clerk.may(ALL)

    assert uninstall(clerk) == 0

    assert is_there(stack) == (False, False, False)
