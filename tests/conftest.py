"""What all tests share: they are listened to, and functions can be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from aliyun_sms.observability import callers, counts
from tests import privacy
from tests.template.conftest import read
from tests.workbench.functions import ENVIRONMENT, REGION, load
from tests.workbench.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(privacy)


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    """What the core counted outside of an invocation would be published by the next."""
    counts.clear()
    callers.clear()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A function's variables, without a dead-letter queue; a test changes them before it loads the function."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture(scope="module")
def sqs() -> Iterator[Any]:
    """A client of an SQS that is in this process."""
    with mock_aws():
        yield boto3.client("sqs", region_name=REGION)


@pytest.fixture
def dead_letter_queue(sqs: Any, environment: pytest.MonkeyPatch) -> Queue:
    """A queue, named in the variables of the function."""
    url = sqs.create_queue(QueueName=f"dead-letters-{uuid4()}")["QueueUrl"]
    environment.setenv("SMS_DEAD_LETTER_QUEUE_URL", url)
    return Queue(sqs, url)


@pytest.fixture
def messages_queue(sqs: Any, environment: pytest.MonkeyPatch) -> Queue:
    """The queue of the queue door, named in the variables of the function."""
    url = sqs.create_queue(QueueName=f"messages-{uuid4()}")["QueueUrl"]
    environment.setenv("SMS_QUEUE_URL", url)
    return Queue(sqs, url)


@pytest.fixture
def messages_table(sqs: Any, environment: pytest.MonkeyPatch) -> str:  # noqa: ARG001 - that AWS is in this process
    """The ledger's table as template.yaml has it, named in the variables of the function."""
    name = f"messages-{uuid4()}"
    table = read()["Resources"]["MessagesTable"]["Properties"]
    kept = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    boto3.client("dynamodb", region_name=REGION).create_table(TableName=name, **{key: table[key] for key in kept})
    environment.setenv("SMS_MESSAGES_TABLE", name)
    return name


@pytest.fixture
def load_function(environment: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """Load a function with some variables changed; None takes one away."""

    def loaded(function: str, **variables: str | None) -> ModuleType:
        for name, value in variables.items():
            if value is None:
                environment.delenv(name)
            else:
                environment.setenv(name, value)
        return load(function)

    return loaded
