"""The addresses, for people, scripts and shells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cli import __main__ as command
from cli.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable


class CloudFormation:
    """Has one stack."""

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        names = {
            "MessagesTable": "the table",
            "QueueUrl": "https://sqs.example/1/queue",
            "ApiUrl": "https://api.example",
        }
        outputs = [{"OutputKey": name, "OutputValue": value} for name, value in names.items()]
        return {"Stacks": [{"Outputs": outputs if StackName == "aliyun-sms" else []}]}


@pytest.fixture(autouse=True)
def _deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Place, "client", lambda *_: CloudFormation())


def test_json_is_all_that_stands_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["outputs", "--json"]) == 0

    said = capsys.readouterr()
    assert json.loads(said.out)["queue_url"] == "https://sqs.example/1/queue"
    assert said.err.startswith("AWS, region cn-north-1")


def test_exports_are_quoted_for_a_shell_and_hold_no_key_of_aws(capsys: pytest.CaptureFixture[str]) -> None:
    command.run(["outputs", "--export"])

    lines = capsys.readouterr().out.splitlines()
    assert "export SMS_MESSAGES_TABLE='the table'" in lines
    assert "export AWS_REGION=cn-north-1" in lines
    assert not [line for line in lines if "KEY" in line]


def test_a_local_clouds_addresses_answer_from_here(
    make_up: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    make_up()

    command.run(["outputs", "--export"])

    lines = capsys.readouterr().out.splitlines()
    assert "export SMS_QUEUE_URL=http://127.0.0.1:4566/1/queue" in lines
    assert "export SMS_API_URL=http://127.0.0.1:4566/_aws/execute-api/api" in lines
    assert "export AWS_ACCESS_KEY_ID=AKIALOCAL" in lines


def test_a_stack_of_others_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["outputs", "--stack", "other"]) == 1
    assert "none of this project's" in capsys.readouterr().err


def test_on_a_local_cloud_the_api_is_that_of_the_stack_asked_for(
    make_up: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Second(CloudFormation):
        def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
            address = {"OutputKey": "ApiUrl", "OutputValue": f"https://of-{StackName}.execute-api.us-east-1.example"}
            table = {"OutputKey": "MessagesTable", "OutputValue": "table"}
            return {"Stacks": [{"Outputs": [address, table]}]}

    make_up()
    monkeypatch.setattr(Place, "client", lambda *_: Second())

    assert command.run(["outputs", "--json", "--stack", "second"]) == 0

    shown = json.loads(capsys.readouterr().out)
    assert shown["api_url"] == "http://127.0.0.1:4566/_aws/execute-api/of-second"
    assert shown["host_header"] == "of-second.execute-api.localhost:4566"
