"""Large batches on the emulator: how the queue door's records come to it, and come again."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.conftest import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

MESSAGES = 25
CODE = """
def lambda_handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    print("batch of", len(bodies))
    failed = [record["messageId"] for record in event["Records"] if record["body"] == "fails"]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
"""


@pytest.fixture
def name() -> str:
    return f"large-batches-{uuid4()}"


@pytest.fixture
def dead_letter_queue(stack: Stack, name: str) -> Iterator[str]:
    yield from temporary_queue(stack, f"{name}-dead")


@pytest.fixture
def queue(stack: Stack, name: str, dead_letter_queue: str) -> Iterator[str]:
    """A queue whose messages come twice and go to the dead-letter queue then."""
    redrive = {"deadLetterTargetArn": arn(stack, dead_letter_queue), "maxReceiveCount": 2}
    yield from temporary_queue(stack, name, VisibilityTimeout="1", RedrivePolicy=json.dumps(redrive))


@pytest.fixture
def function(stack: Stack, name: str, queue: str) -> Iterator[str]:
    yield from made_function(stack, name, queue)


def made_function(stack: Stack, name: str, queue: str) -> Iterator[str]:
    """A function that gets up to 100 messages of the queue at once and fails those that say so."""
    client = stack.client("lambda")
    deployed = client.get_function_configuration(FunctionName=stack.outputs.functions["SendFromQueueFunction"])
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", CODE)
    client.create_function(
        FunctionName=name,
        Runtime=deployed["Runtime"],
        Role=deployed["Role"],
        Handler="app.lambda_handler",
        Code={"ZipFile": code.getvalue()},
    )
    mapping = client.create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=arn(stack, queue),
        BatchSize=100,
        MaximumBatchingWindowInSeconds=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    yield name
    client.delete_event_source_mapping(UUID=mapping["UUID"])
    client.delete_function(FunctionName=name)


def temporary_queue(stack: Stack, name: str, **attributes: str) -> Iterator[str]:
    sqs = stack.client("sqs")
    url: str = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def arn(stack: Stack, queue: str) -> str:
    return str(attributes(stack, queue)["QueueArn"])


def attributes(stack: Stack, queue: str) -> dict[str, str]:
    answer: dict[str, Any] = stack.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
    return answer["Attributes"]  # type: ignore[no-any-return]


def batches(stack: Stack, function: str) -> list[int]:
    """How many records each invocation got."""
    pages = stack.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
    lines = [line for page in pages for event in page["events"] for line in event["message"].splitlines()]
    return [int(line.removeprefix("batch of ")) for line in lines if line.startswith("batch of ")]


def test_a_batch_has_more_than_ten_records_and_failed_ones_come_again(
    stack: Stack, queue: str, dead_letter_queue: str, function: str
) -> None:
    bodies = ["fails"] + ["sent"] * (MESSAGES - 1)
    for i in range(0, MESSAGES, 10):
        entries = [{"Id": str(i), "MessageBody": body} for i, body in enumerate(bodies[i : i + 10])]
        stack.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)

    answer = wait_until(
        "the failed message is in the dead-letter queue",
        lambda: stack.client("sqs").receive_message(QueueUrl=dead_letter_queue).get("Messages"),
    )

    assert [letter["Body"] for letter in answer] == ["fails"]
    assert attributes(stack, queue)["ApproximateNumberOfMessages"] == "0"
    assert attributes(stack, queue)["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert max(batches(stack, function)) > 10
    assert sum(batches(stack, function)) == MESSAGES + 1  # the failed one came twice
