"""What the command's tests share: no AWS of the developer's, and a local cloud on paper."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cli.dead_letters import queue as dead_letters
from cli.place import Place
from tests.unit.cli import event_source
from tests.unit.cli.dead_letter_queues import OF_TABLE, TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OUTPUTS: dict[str, Any] = {
    "api_url": "http://127.0.0.1:4566",
    "host_header": "abc.execute-api.localhost:4566",
    "region": "us-east-1",
    "emulator_url": "http://127.0.0.1:4566",
    "queue_url": "http://127.0.0.1:4566/000000000000/queue",
    "simulator_url": "http://127.0.0.1:9100",
    "inbox_url": "http://127.0.0.1:9100/inbox",
    "aws_access_key_id": "AKIALOCAL",
    "aws_secret_access_key": "localSecret",
    "functions": {},
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, which is LOCAL_DIR too, and keys that nobody has."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "cn-north-1")
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def make_up(place: Path) -> Callable[[], None]:
    """Describe a local cloud as `make up` does."""

    def described() -> None:
        (place / "outputs.json").write_text(json.dumps(OUTPUTS))

    return described


@pytest.fixture
def deployed(make_up: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack on that local cloud."""
    make_up()
    outputs = {"ApiUrl": OUTPUTS["api_url"], "QueueUrl": OUTPUTS["queue_url"]}
    monkeypatch.setattr(Place, "outputs", outputs)


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The queues of a stack, by the names of its outputs, and its ledger beside them."""
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        sqs = boto3.client("sqs")
        names = ("QueueUrl", "DeadLetterQueueUrl", "ScheduleDeadLetterQueueUrl", "AlertDeadLetterQueueUrl")
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in names}
        boto3.client("dynamodb").create_table(TableName=TABLE, **OF_TABLE)
        urls["MessagesTable"] = TABLE
        monkeypatch.setattr(dead_letters, "SECONDS_TO_WAIT", 0)
        monkeypatch.setattr(Place, "outputs", urls)
        monkeypatch.setattr(Place, "client", lambda _, service: boto3.client(service))
        yield urls


@pytest.fixture
def aws_lambda(queues: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> event_source.Lambda:
    """The mapping of a stack whose other services are moto's."""
    del queues
    service = event_source.Lambda()
    monkeypatch.setattr("cli.event_source.PAUSE", 0)
    monkeypatch.setattr(
        Place, "resources", {"AWS::Lambda::EventSourceMapping": {"SendFromQueueFunctionMessages": event_source.UUID}}
    )
    monkeypatch.setattr(Place, "client", lambda _, name: service if name == "lambda" else boto3.client(name))
    return service


@pytest.fixture
def sqs(queues: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The one client that the command and the test have."""
    del queues
    client, others = boto3.client("sqs"), boto3.client
    monkeypatch.setattr(boto3, "client", lambda name: client if name == "sqs" else others(name))
    return client


@pytest.fixture
def given_up(sqs: Any) -> Callable[[str], str]:
    """Let a letter, by the id that SQS gave it, be one that SQS itself moved out of the messages queue."""
    own_ids: set[str] = set()

    def receive(parsed: dict[str, Any], **_: object) -> None:
        for record in parsed.get("Messages", []):
            if record["MessageId"] in own_ids:
                record["Attributes"]["DeadLetterQueueSourceArn"] = "arn:aws:sqs:us-east-1:000000000000:queue"

    def letter(own_id: str) -> str:
        own_ids.add(own_id)
        return own_id

    sqs.meta.events.register("after-call.sqs.ReceiveMessage", receive)
    return letter


@pytest.fixture
def calls(sqs: Any) -> list[str]:
    """The names of the calls that are made of SQS, as they are made."""
    made: list[str] = []
    sqs.meta.events.register("before-call.sqs", lambda model, **_: made.append(model.name))
    return made


@pytest.fixture
def deny(sqs: Any) -> Callable[[str], None]:
    """Let the person not be allowed a call of a name."""

    def denied(name: str) -> None:
        def refuse(**_: Any) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, name)

        sqs.meta.events.register(f"before-call.sqs.{name}", refuse)

    return denied


@pytest.fixture
def interrupt_at(sqs: Any, calls: list[str]) -> Callable[[str], None]:
    """Let Ctrl-C come at the second call of a name."""

    def interrupt(name: str) -> None:
        def press(model: Any, **_: Any) -> None:
            if model.name == name and calls.count(name) == 2:
                signal.raise_signal(signal.SIGINT)

        calls.clear()
        sqs.meta.events.register("before-call.sqs", press)

    return interrupt
