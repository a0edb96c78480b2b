"""`sms uninstall` against a second stack: refused, then without its table, then with it and its code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.e2e.command import Command
from tests.e2e.deploying import KEY, deploy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

NAME = "second"
NIGHTLY: dict[str, Any] = {
    "Name": "nightly",
    "GroupName": "operators",
    "ScheduleExpression": "cron(0 3 * * ? *)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "State": "DISABLED",
}


@dataclass(frozen=True)
class Second:
    """A stack of the same build beside the one that all tests use."""

    stack: Stack

    def deploy(self) -> None:
        deploy(self.stack, NAME, "--s3-prefix", NAME, SmsEndpoint=str(self.stack.outputs.simulator_url))

    def described(self) -> dict[str, Any] | None:
        """None where it is gone."""
        try:
            [described] = self.stack.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"]
        except ClientError:
            return None
        return dict(described)

    def output(self, name: str) -> str:
        described = self.described()
        assert described
        return next(str(each["OutputValue"]) for each in described["Outputs"] if each["OutputKey"] == name)

    def objects(self) -> list[str]:
        """What lies under its prefix in the bucket of sam, but for the template."""
        where = {"endpoint_url": self.stack.outputs.emulator_url, "region_name": self.stack.outputs.region}
        s3 = boto3.client("s3", **KEY, **where, config=Config(proxies={}))
        buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
        pages = [s3.list_objects_v2(Bucket=bucket, Prefix=f"{NAME}/").get("Contents", []) for bucket in buckets]
        return [each["Key"] for page in pages for each in page if not each["Key"].endswith(".template")]

    def has_table(self, name: str) -> bool:
        return name in self.stack.client("dynamodb").list_tables()["TableNames"]


@pytest.fixture(scope="module")
def second(stack: Stack) -> Iterator[Second]:
    made = Second(stack)
    made.deploy()
    scheduler = stack.client("scheduler")
    scheduler.create_schedule_group(Name=NIGHTLY["GroupName"])
    target = {"Arn": made.output("SendOnScheduleFunctionArn"), "RoleArn": "arn:aws:iam::000000000000:role/operators"}
    scheduler.create_schedule(**NIGHTLY, Target={**target, "Input": '{"phone_numbers": ["18900189131"]}'})
    yield made
    scheduler.delete_schedule_group(Name=NIGHTLY["GroupName"])


def test_the_other_verbs_reach_the_second_stack_and_no_other(stack: Stack, second: Second) -> None:
    secret = json.dumps({"access_key_id": "testId", "access_key_secret": "testSecret"})
    stack.client("secretsmanager").put_secret_value(SecretId=second.output("CredentialsSecretArn"), SecretString=secret)
    message = (
        "--to",
        "18900189132",
        "--sign",
        "阿里云短信测试",
        "--template",
        "SMS_154950909",
        "--param",
        "code=739164",
    )

    done = Command(stack).run("send", *message, "--json", "--stack", NAME)

    key = {"pk": {"S": f"message#{json.loads(done.stdout)['message_id']}"}}
    rows = [
        stack.client("dynamodb").get_item(TableName=table, Key=key).get("Item")
        for table in (second.output("MessagesTable"), stack.outputs.messages_table)
    ]
    assert [bool(row) for row in rows] == [True, False]


def test_it_goes_in_steps(stack: Stack, second: Second, tmp_path: Path) -> None:
    file, table = tmp_path / "schedules.json", second.output("MessagesTable")
    uninstall = ("uninstall", "--stack", NAME, "--yes", "--schedules", str(file))
    stack.client("sqs").send_message(QueueUrl=second.output("DeadLetterQueueUrl"), MessageBody="{}")
    sms = Command(stack)

    refused = sms.run(*uninstall, code=1)

    assert "dead letters: 1; or say --anyway" in refused.stderr
    assert "operators/nightly  stays, and fails from now on" in refused.stdout
    assert second.described()
    assert not file.exists()

    done = sms.run(*uninstall, "--anyway")

    assert not second.described()
    assert second.has_table(table)
    assert second.objects()
    assert f"delete-table --table-name {table}" in done.stdout
    assert "18900189131" not in done.stdout + done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    _is_made_again(stack, file)

    second.deploy()
    table = second.output("MessagesTable")
    file.unlink()
    last = json.loads(sms.run(*uninstall, "--ledger", "--code", "--json").stdout)

    assert (last["deleted"], last["table"]) == (True, table)
    assert not second.has_table(table)
    assert second.objects() == []


def _is_made_again(stack: Stack, file: Path) -> None:
    scheduler = stack.client("scheduler")
    name = {"GroupName": NIGHTLY["GroupName"], "Name": NIGHTLY["Name"]}
    before = scheduler.get_schedule(**name)
    scheduler.delete_schedule(**name)
    [definition] = [each for each in json.loads(file.read_text("utf-8")) if each["GroupName"] == name["GroupName"]]

    scheduler.create_schedule(**definition)

    after = scheduler.get_schedule(**name)
    assert {member: after[member] for member in definition} == {member: before[member] for member in definition}
