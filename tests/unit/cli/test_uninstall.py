"""Uninstalling: what is told before, what stands in its way, what goes and what stays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from aliyun_sms.ledger import rows
from cli import __main__ as command
from cli.place import Place
from cli.uninstalling import counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/aliyun-sms/1"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function"
QUEUES = ("QueueUrl", "DeadLetterQueueUrl", "ScheduleDeadLetterQueueUrl")
SCHEDULE: dict[str, Any] = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}}
YES = ("uninstall", "--yes")
EXPIRED = ClientError({"Error": {"Code": "ExpiredToken"}}, "DescribeStackEvents")


@dataclass
class Pages:
    """boto3's paginator of a call."""

    paginate: Callable[..., Iterator[dict[str, Any]]]


class CloudFormation:
    """Has one stack, and deletes it, or what of it can be deleted."""

    def __init__(self) -> None:
        self.is_protected = False
        self.fails: dict[str, str] = {}  # reasons by logical ids
        self.ends_waiting: BaseException | None = None
        self.is_there = True
        self.events: list[dict[str, str]] = []
        self._happen("MessagesQueue", "DELETE_FAILED", reason="an attempt of last week")
        self._happen("aliyun-sms", "DELETE_FAILED", ID)

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        return {"Stacks": [{"StackId": ID, "StackName": StackName, "EnableTerminationProtection": self.is_protected}]}

    def get_template(self, **_: str) -> dict[str, Any]:
        place = {"S3Bucket": "sams", "S3Key": "second/code"}
        inline = {"Properties": {"Code": {"ZipFile": "pass"}}}
        layer = {"Properties": {"Content": {"S3Bucket": "sams", "S3Key": "second/layer"}}}
        return {"TemplateBody": {"Resources": {"A": {"Properties": {"Code": place}}, "B": inline, "C": layer, "D": {}}}}

    def delete_stack(self, StackName: str) -> None:  # noqa: N803 - boto3's
        assert StackName == ID
        self._happen("aliyun-sms", "DELETE_IN_PROGRESS", ID)
        for name, reason in self.fails.items():
            self._happen(name, "DELETE_FAILED", reason=reason)
        self._happen("MessagesQueue", "DELETE_COMPLETE")
        self.is_there = bool(self.fails)
        self._happen("aliyun-sms", "DELETE_FAILED" if self.fails else "DELETE_COMPLETE", ID)

    def get_paginator(self, call: str) -> Pages:
        return Pages(self._resources if call == "list_stack_resources" else self._latest)

    def _resources(self, **_: str) -> Iterator[dict[str, Any]]:
        for kind, name in [("Lambda::Function", "send"), ("Scheduler::Schedule", "own"), ("Logs::LogGroup", "logs")]:
            named = {"LogicalResourceId": name, "PhysicalResourceId": name}
            yield {"StackResourceSummaries": [{"ResourceType": f"AWS::{kind}", **named}]}

    def _latest(self, StackName: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's
        """The latest first, in pages of two."""
        assert StackName == ID
        if self.ends_waiting and len(self.events) > 2:
            raise self.ends_waiting
        latest = self.events[::-1]
        yield from ({"StackEvents": latest[start : start + 2]} for start in range(0, len(latest), 2))

    def _happen(self, name: str, status: str, physical_id: str = "", reason: str = "") -> None:
        event = {"EventId": str(len(self.events)), "LogicalResourceId": name, "ResourceStatus": status}
        self.events.append({**event, "PhysicalResourceId": physical_id, "ResourceStatusReason": reason})


@pytest.fixture
def cloudformation() -> CloudFormation:
    return CloudFormation()


@pytest.fixture(autouse=True)
def outputs(monkeypatch: pytest.MonkeyPatch, cloudformation: CloudFormation) -> Iterator[dict[str, str]]:
    """A stack with empty queues, an empty ledger, its own schedule, and its code."""
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        outputs = {name: boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
        outputs |= {"MessagesTable": "ledger", "QueueArn": "arn:aws:sqs:us-east-1:123456789012:QueueUrl"}
        outputs |= {"SendOnScheduleFunctionArn": f"{FUNCTION}:send", "CredentialsSecretArn": "arn:secret"}
        _make_ledger()
        _put_code("sams", "second/code", "second/layer", "another stack's")
        _schedule("own", f"{FUNCTION}:send")
        others = {"cloudformation": cloudformation}
        monkeypatch.setattr(Place, "outputs", outputs)
        monkeypatch.setattr(Place, "client", lambda _, name: others.get(name) or boto3.client(name))
        monkeypatch.setattr("time.sleep", lambda _: None)
        yield outputs


def _make_ledger() -> None:
    kinds = {"pk": "S", "due_shard": "S", "due_at": "N"}
    keys = [{"AttributeName": "due_shard", "KeyType": "HASH"}, {"AttributeName": "due_at", "KeyType": "RANGE"}]
    boto3.client("dynamodb").create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{"IndexName": "due", "KeySchema": keys, "Projection": {"ProjectionType": "KEYS_ONLY"}}],
    )


def _put_code(bucket: str, *keys: str) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=bucket)
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"code")


def _schedule(name: str, target: str, group: str = "default", text: str = "{}") -> None:
    target_of_it = {"Arn": target, "RoleArn": "arn:aws:iam::123456789012:role/r", "Input": text}
    boto3.client("scheduler").create_schedule(Name=name, GroupName=group, Target=target_of_it, **SCHEDULE)


def _due(*shards: str) -> None:
    for number, shard in enumerate(shards):
        item = {"pk": {"S": str(number)}, "due_shard": {"S": shard}, "due_at": {"N": "1800000000"}}
        boto3.client("dynamodb").put_item(TableName="ledger", Item=item)


def _tables() -> list[str]:
    return list(boto3.client("dynamodb").list_tables()["TableNames"])


def _objects() -> list[str]:
    return [each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket="sams").get("Contents", [])]


def _document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_the_stack_goes_and_the_table_and_the_code_stay(
    cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run([*YES]) == 0

    said = capsys.readouterr()
    assert not cloudformation.is_there
    assert (_tables(), len(_objects())) == (["ledger"], 3)
    assert "1 deleted: MessagesQueue" in said.err
    assert "aws dynamodb delete-table --table-name ledger" in said.out
    assert "aws s3 rm s3://sams/second/code" in said.out


def test_a_dry_run_changes_and_writes_nothing(
    cloudformation: CloudFormation, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(["uninstall", "--dry-run", "--ledger", "--code"]) == 0

    assert cloudformation.is_there
    assert (_tables(), len(_objects()), list(place.iterdir())) == (["ledger"], 3, [])
    assert "Its keys are forgotten, and what is repeated under one is sent again" in capsys.readouterr().out


@pytest.mark.parametrize("queue", QUEUES)
def test_what_is_in_a_queue_stands_in_its_way(
    outputs: dict[str, str], cloudformation: CloudFormation, queue: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sqs = boto3.client("sqs")
    for _ in range(2):
        sqs.send_message(QueueUrl=outputs[queue], MessageBody="{}")
    sqs.receive_message(QueueUrl=outputs[queue])  # somebody reads one of them

    assert command.run([*YES, "--json"]) == 1

    said = capsys.readouterr()
    document = json.loads(said.out)
    assert (document["deleted"], document["waiting"] + document["dead_letters"]) == (False, 2)
    assert ": 2; or say --anyway" in said.err
    assert cloudformation.is_there


def test_what_settling_has_still_to_do_stands_in_its_way_in_whichever_shard(
    cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    _due("due#0", "due#7", "due#7")

    assert command.run([*YES]) == 1

    assert "rows to settle: 3" in capsys.readouterr().err
    assert cloudformation.is_there


def test_the_shards_are_those_of_the_ledger() -> None:
    assert list(counts.SHARDS) == [rows.shard(number) for number in range(rows.SHARDS)]


def test_it_goes_anyway_where_that_is_said(cloudformation: CloudFormation) -> None:
    _due("due#3")

    assert command.run([*YES, "--anyway"]) == 0

    assert not cloudformation.is_there


def test_the_table_and_the_code_go_where_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run([*YES, "--ledger", "--code", "--json"]) == 0

    document = _document(capsys)
    assert (document["deleted"], document["table_stays"], document["code_stays"]) == (True, False, False)
    assert (_tables(), _objects()) == ([], ["another stack's"])


def test_a_table_that_is_gone_already_is_fine(cloudformation: CloudFormation) -> None:
    dynamodb = boto3.client("dynamodb")
    dynamodb.update_table(TableName="ledger", DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName="ledger")

    assert command.run([*YES, "--ledger"]) == 0

    assert not cloudformation.is_there


def test_what_fails_after_the_stack_is_told_and_the_stack_is_said_to_be_deleted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    s3 = boto3.client("s3")
    for key in _objects():
        s3.delete_object(Bucket="sams", Key=key)
    s3.delete_bucket(Bucket="sams")

    assert command.run([*YES, "--code", "--json"]) == 1

    said = capsys.readouterr()
    assert json.loads(said.out)["deleted"] is True
    assert "DeleteObject" in said.err


def test_what_may_not_be_deleted_after_the_stack_is_told_with_what_deletes_it(
    monkeypatch: pytest.MonkeyPatch, cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    dynamodb = boto3.client("dynamodb")
    dynamodb.meta.events.register("before-call.dynamodb.DeleteTable", _refuse)
    services = {"cloudformation": cloudformation, "dynamodb": dynamodb}
    monkeypatch.setattr(Place, "client", lambda _, name: services.get(name) or boto3.client(name))

    assert command.run([*YES, "--ledger", "--code"]) == 1

    said = capsys.readouterr()
    assert not cloudformation.is_there
    assert "the stack aliyun-sms is deleted" in said.err
    assert "aws dynamodb delete-table --table-name ledger" in said.err
    assert "aws s3 rm s3://sams/second/code" in said.err
    assert said.err.splitlines()[-1].startswith("sms: the AWS user or role is not allowed to call DeleteTable")


def _refuse(**_: Any) -> None:
    raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "DeleteTable")


def test_schedules_that_target_the_stack_are_copied_for_their_owner_alone(
    outputs: dict[str, str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boto3.client("scheduler").create_schedule_group(Name="ops")
    _schedule("nightly-13800138000", f"{FUNCTION}:send:live", "ops", '{"phone_numbers": ["13800138000"]}')
    _schedule("queued", outputs["QueueArn"])
    _schedule("of-another", f"{FUNCTION}:send-no-more")
    boto3.client("scheduler").create_schedule_group(Name="kept")
    outputs["ScheduleGroup"] = "kept"
    _schedule("night-duty", f"{FUNCTION}:send", "kept")

    assert command.run([*YES, "--json"]) == 0

    document = _document(capsys)
    named = {each["name"]: each["own"] for each in document["schedules"]}
    assert named == {
        "default/own": True,
        "default/queued": False,
        "kept/night-duty": True,
        "ops/nightly-138****8000": False,
    }
    file = place / "schedules.json"
    assert file.stat().st_mode & 0o777 == 0o600
    _are_made_again(json.loads(file.read_text("utf-8")))


def _are_made_again(definitions: Sequence[dict[str, Any]]) -> None:
    scheduler = boto3.client("scheduler")
    for definition in definitions:
        name = {"Name": definition["Name"], "GroupName": definition["GroupName"]}
        before = scheduler.get_schedule(**name)["Target"]
        scheduler.delete_schedule(**name)
        scheduler.create_schedule(**definition)
        assert scheduler.get_schedule(**name)["Target"] == before


def test_a_file_that_is_there_is_not_written_over(
    cloudformation: CloudFormation, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "schedules.json").write_text("the last ones")

    assert command.run([*YES]) == 1

    assert "move it away" in capsys.readouterr().err
    assert (place / "schedules.json").read_text() == "the last ones"
    assert cloudformation.is_there


def test_a_file_that_cannot_be_written_is_told_before_anything_is_deleted(
    cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run([*YES, "--schedules", "nowhere/schedules.json"]) == 1

    assert "nothing was done: say --schedules FILE" in capsys.readouterr().err
    assert cloudformation.is_there


def test_what_cannot_be_deleted_is_told_with_its_reason(
    cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation.fails = {"Secret": "denied for 13800138000"}

    assert command.run([*YES, "--ledger"]) == 1

    said = capsys.readouterr().err
    assert "sms: the stack was not deleted: Secret: denied for 138****8000. Mend it" in said
    assert "last week" not in said
    assert _tables() == ["ledger"]


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (EXPIRED, 1)])
def test_whatever_ends_the_waiting_leaves_the_deletion_going_on_and_says_so(
    cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    cloudformation.ends_waiting = error

    assert command.run([*YES, "--ledger"]) == code

    said = capsys.readouterr().err
    assert f"the deletion goes on: `aws cloudformation describe-stack-events --stack-name {ID}`" in said
    assert "the table ledger stayed" in said
    assert _tables() == ["ledger"]


def test_a_protected_stack_is_told(cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]) -> None:
    cloudformation.is_protected = True

    assert command.run([*YES]) == 1

    assert "--no-enable-termination-protection --stack-name aliyun-sms`" in capsys.readouterr().err
    assert cloudformation.is_there


@pytest.mark.parametrize(("typed", "code"), [("aliyun-sms", 0), ("yes", 1), ("", 1), (None, 1)])
def test_a_person_types_the_name_of_the_stack(
    monkeypatch: pytest.MonkeyPatch, cloudformation: CloudFormation, typed: str | None, code: int
) -> None:
    def answer() -> str:
        if typed is None:
            raise EOFError
        return typed

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", answer)

    assert command.run(["uninstall"]) == code

    assert cloudformation.is_there is bool(code)


def test_what_comes_in_while_a_person_is_asked_stands_in_the_way_too(
    monkeypatch: pytest.MonkeyPatch, cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer() -> str:
        _due("due#3")
        return "aliyun-sms"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", answer)

    assert command.run(["uninstall"]) == 1
    assert "rows to settle: 1" in capsys.readouterr().err
    assert cloudformation.is_there


def test_a_script_is_told_that_the_stack_is_being_deleted(
    cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation.ends_waiting = EXPIRED

    assert command.run([*YES, "--json"]) == 1

    told = _document(capsys)
    assert (told["deleted"], told["being_deleted"]) == (False, True)


def test_a_script_has_to_say_yes(cloudformation: CloudFormation, place: Path) -> None:
    assert command.run(["uninstall"]) == 2

    assert cloudformation.is_there
    assert list(place.iterdir()) == []


def test_what_an_earlier_attempt_took_away_is_counted_as_nothing(
    outputs: dict[str, str], cloudformation: CloudFormation
) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=outputs["QueueUrl"])

    assert command.run([*YES]) == 0

    assert not cloudformation.is_there
