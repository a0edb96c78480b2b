"""Redriving: which dead letters hold a message, under which key, and that a dry run moves nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from local import redrive

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE = {"phone_numbers": ["13800138000"], "template_code": "SMS_1"}


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        sqs = boto3.client("sqs")
        names = ("QueueUrl", "DeadLetterQueueUrl", "ScheduleDeadLetterQueueUrl")
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in names}
        monkeypatch.setattr(redrive, "SECONDS_TO_WAIT", 0)
        monkeypatch.setattr(redrive, "stack_outputs", lambda _stack: urls)
        yield urls


def put(queue_url: str, body: str, **attributes: str) -> str:
    values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sent = boto3.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=values)
    return str(sent["MessageId"])


def held(queue_url: str) -> list[Any]:
    received = boto3.client("sqs").receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return list(received.get("Messages", []))


def test_a_letter_keeps_its_key_and_its_identity(queues: dict[str, str]) -> None:
    put(queues["DeadLetterQueueUrl"], json.dumps({**MESSAGE, "idempotency_key": "k"}), code="OK?", message_id="m")

    assert redrive.main() == 0

    [moved] = held(queues["QueueUrl"])
    assert json.loads(moved["Body"]) == {**MESSAGE, "idempotency_key": "k"}
    assert moved["MessageAttributes"]["message_id"]["StringValue"] == "m"
    assert held(queues["DeadLetterQueueUrl"]) == []


def test_what_sqs_moved_itself_has_its_own_id_for_a_key(queues: dict[str, str]) -> None:
    own_id = put(queues["ScheduleDeadLetterQueueUrl"], json.dumps(MESSAGE))

    redrive.main()

    assert json.loads(held(queues["QueueUrl"])[0]["Body"])["idempotency_key"] == own_id


@pytest.mark.parametrize("body", ["no JSON", "[]", json.dumps({"requestPayload": {}})])
def test_what_holds_no_message_is_left_and_said(
    queues: dict[str, str], body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(queues["DeadLetterQueueUrl"], body)

    redrive.main()

    assert held(queues["QueueUrl"]) == []
    assert [letter["Body"] for letter in held(queues["DeadLetterQueueUrl"])] == [body]
    assert "holds no message" in capsys.readouterr().out


def test_a_dry_run_moves_nothing(
    queues: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRY_RUN", "1")
    put(queues["DeadLetterQueueUrl"], json.dumps(MESSAGE), message_id="m", code="isv.AMOUNT_NOT_ENOUGH")

    redrive.main()

    assert held(queues["QueueUrl"]) == []
    assert len(held(queues["DeadLetterQueueUrl"])) == 1
    assert "would  m  isv.AMOUNT_NOT_ENOUGH" in capsys.readouterr().out
