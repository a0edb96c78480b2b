"""The functions with everything outside of them stood in for; no socket can be opened here."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import responses

from aliyun_sms import start, threads
from aliyun_sms.sending import bulk
from tests.workbench.functions import TIMEOUTS, Context, sample
from tests.workbench.wire_provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from aliyun_sms.ledger.message_row import MessageRow
    from tests.workbench.queue import Queue

CODE = {"phone_numbers": ["13800138000"], "template_code": "SMS_154950909", "template_param": {"code": "739164"}}
MESSAGE_ID = r"[0-9a-f]{32}"


@dataclass(frozen=True, slots=True)
class Door:
    """A loaded function and its context."""

    module: ModuleType
    context: Context

    def __call__(self, event: object) -> Any:
        return self.module.lambda_handler(event, self.context)

    def row(self, message_id: str) -> MessageRow:
        """A message as the ledger has it."""
        row: MessageRow | None = self.module.sender.ledger.message(message_id)
        assert row is not None
        return row


def moved_back(letter: dict[str, Any]) -> dict[str, Any]:
    """The event in which a message that was taken from one of our queues comes again, under another SQS id."""
    event: dict[str, Any] = sample("queue/one_message")
    attributes = {name: {"dataType": "String", "stringValue": text} for name, text in letter["attributes"].items()}
    event["Records"][0] |= {"messageId": "another", "body": letter["body"], "messageAttributes": attributes}
    return event


def one_by_one(event: dict[str, Any]) -> dict[str, Any]:
    """A list of messages that all go alone, in their order."""
    return event | {"messages": [message | {"urgent": True} for message in event["messages"]]}


def counted(capsys: pytest.CaptureFixture[str]) -> Counter[str]:
    """All metrics that were published, summed by name."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    names = [metric["Name"] for line in lines for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    return Counter({name: sum(sum(line.get(name, [])) for line in lines) for name in names})


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer as API Gateway gets it."""

    status: int
    headers: dict[str, str]
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RequestDoor:
    """The request door as its callers see it."""

    door: Door

    def __call__(self, event: dict[str, Any]) -> Reply:
        answer = self.door(event)
        return Reply(answer["statusCode"], answer["headers"], json.loads(answer["body"]))

    @property
    def context(self) -> Context:
        return self.door.context


@pytest.fixture(autouse=True)
def _no_socket(socket_disabled: None) -> None:
    """Whatever reaches for the network fails."""


@pytest.fixture(autouse=True)
def passed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that are said to be over. Nobody waits before a call is made again."""
    seconds: list[float] = []
    monkeypatch.setattr(start, "wait_about", seconds.append)
    monkeypatch.setattr(start, "now", lambda: datetime.now(UTC) + timedelta(seconds=sum(seconds)))
    return seconds


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are made one after another, so that the provider's answers can be planned."""
    for most in (threads, "THREADS"), (bulk, "THREADS"), (bulk, "AT_ONCE"):
        monkeypatch.setattr(*most, 1)


@pytest.fixture
def provider() -> Iterator[Provider]:
    standing_in = Provider()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        standing_in.listen(wire)
        yield standing_in


@pytest.fixture
def answers_take(provider: Provider, passed: list[float]) -> Callable[[Door, float], None]:
    """Let each of the provider's answers take so many seconds of a door."""

    def take(door: Door, seconds: float) -> None:
        def go_by() -> None:
            passed.append(seconds)
            door.context.seconds -= seconds

        provider.takes = go_by

    return take


@pytest.fixture
def load_door(load_function: Callable[..., ModuleType]) -> Callable[..., Door]:
    def loaded(function: str, **variables: str) -> Door:
        return Door(load_function(function, **variables), Context(TIMEOUTS[function]))

    return loaded


@pytest.fixture
def request_door(provider: Provider, load_door: Callable[..., Door]) -> RequestDoor:  # noqa: ARG001 - whom it calls
    return RequestDoor(load_door("send_on_request"))


@pytest.fixture
def queue_door(
    dead_letter_queue: Queue,  # noqa: ARG001 - what it uses
    provider: Provider,  # noqa: ARG001 - the same
    load_door: Callable[..., Door],
) -> Door:
    return load_door("send_from_queue")


@pytest.fixture
def schedule_door(
    dead_letter_queue: Queue,  # noqa: ARG001 - what it uses
    provider: Provider,  # noqa: ARG001 - the same
    load_door: Callable[..., Door],
) -> Door:
    return load_door("send_on_schedule")


@pytest.fixture
def keeping(messages_table: str, messages_queue: Queue, dead_letter_queue: Queue) -> None:
    """With this, doors and settling have a ledger and their queues."""


@pytest.fixture
def settle(
    keeping: None,  # noqa: ARG001 - what it uses
    provider: Provider,  # noqa: ARG001 - the same
    load_door: Callable[..., Door],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., dict[str, int]]:
    """Settle what is due so many seconds from now; gives the counts by status."""

    def settled(seconds: float, **variables: str) -> dict[str, int]:
        with monkeypatch.context() as changed:
            changed.setattr(start, "now", lambda: datetime.now(UTC) + timedelta(seconds=seconds))
            return load_door("settle_sends", **variables)({})["settled"]  # type: ignore[no-any-return]

    return settled
