"""The core between a queue and the simulator: messages come in, time is let go by, and what became of them is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aliyun_sms.ledger.ledger import Ledger
from aliyun_sms.message.incoming import Origin, message_id
from aliyun_sms.provider.client import SmsClient
from aliyun_sms.provider.credentials import Credentials
from aliyun_sms.sending.bulk import send_all
from aliyun_sms.settling.settler import Policy
from tests.workbench.clock import Clock
from tests.workbench.core import Core, Surroundings, build_core
from tests.workbench.fake_table import FakeTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.result import Result
    from tests.integration.conftest import Simulator

KEY = Credentials("testId", "testSecret")
SECONDS_LEFT = 30  # for the calls of one delivery
GRACE = 60  # seconds
STEP = 10  # seconds of the desk's time, in which settling comes once
LATEST = timedelta(minutes=13)  # ahead of the simulator's time or behind it: it takes timestamps up to 15 minutes off

Document = dict[str, Any]


class BoundClock(Clock):
    """The desk's time, which begins behind the simulator's, which is real, and cannot run away from it."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC) - LATEST)

    def passes(self, seconds: float) -> None:
        super().passes(seconds)
        assert self.now < datetime.now(UTC) + LATEST, "it never settles"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message in the queue, and when it comes."""

    at: datetime
    document: Document


@dataclass(slots=True)
class Desk:
    """Sends what comes out of its queue, and settles."""

    simulator: Simulator
    looks_up_refusals: bool = False
    read_timeout: float = 10.0
    clock: BoundClock = field(default_factory=BoundClock)
    queue: list[Delivery] = field(default_factory=list)
    handed: dict[str, Result] = field(default_factory=dict)  # to a person, by key

    core: Core = field(init=False)

    def __post_init__(self) -> None:
        client = SmsClient(KEY, endpoint=self.simulator.url, read_timeout=self.read_timeout, clock=self.clock)
        around = Surroundings(client, KEY, self, self.clock, self.clock.passes)
        policy = Policy(GRACE, sends_again=False)
        self.core = build_core(Ledger(FakeTable()), around, policy, looks_up_refusals=self.looks_up_refusals)

    @property
    def ledger(self) -> Ledger:
        return self.core.ledger

    def send(self, documents: Iterable[Document]) -> list[Result]:
        """One delivery of the queue; a result for each. What is not done with comes again."""
        documents = list(documents)
        messages = [(document, Origin("queue", "queue", document["idempotency_key"])) for document in documents]
        results = send_all(self.core.sender, messages, SECONDS_LEFT, self.clock)
        for document, result in zip(documents, results, strict=True):
            self._finish(document, result)
        return results

    def settle(self) -> None:
        """Let time go by until nothing is on its way any more, but for what waits for a limit to open."""
        self.settle_until(lambda: not self.queue and not self._on_their_way())

    def settle_until(self, look: Callable[[], bool]) -> None:
        """Let time go by until something is so."""
        while not look():
            self.simulator.wait_until_listening()
            self.clock.passes(STEP)
            self.core.settling.settle_due(self.clock().timestamp() + GRACE)
            self._deliver()
        self.simulator.wait_until_listening()

    def rows(self) -> dict[str, MessageRow]:
        """The messages in the ledger by their key."""
        names = [key.partition("#")[2] for key in self._table.items if key.startswith("message#")]
        return {row.key: row for row in self.ledger.messages(names).values()}

    def row(self, key: str) -> MessageRow:
        """One of them."""
        row = self.ledger.message(message_id("queue", key))
        assert row is not None
        return row

    def keys(self, *statuses: str) -> set[str]:
        """The keys of messages with these statuses in the ledger."""
        return {key for key, row in self.rows().items() if row.status in statuses}

    def put_back(self, message: MessageRow) -> None:
        """As Handover."""
        assert message.document is not None
        self.queue.append(Delivery(self.clock(), message.document))

    def hand_over(self, message: MessageRow, result: Result) -> None:
        """As Handover."""
        self.handed[message.key] = result

    def _finish(self, document: Document, result: Result) -> None:
        if result.status == "sending" or result.comes_again:
            at = self.clock() + timedelta(seconds=result.retry_after(self.clock()))
            self.queue.append(Delivery(at, document))
        elif result.status == "rejected":
            self.handed[document["idempotency_key"]] = result

    def _deliver(self) -> None:
        come = [delivery for delivery in self.queue if delivery.at <= self.clock()]
        self.queue = [delivery for delivery in self.queue if delivery.at > self.clock()]
        if come:
            self.send(delivery.document for delivery in come)

    def _on_their_way(self) -> bool:
        open_statuses = {"sending", "unknown"}
        rows = self.rows().values()
        soon = self.clock().timestamp() + 60 * 60
        return any(
            (row.status in open_statuses and row.held_at is None) or (row.due_at is not None and row.due_at < soon)
            for row in rows
        )

    @property
    def _table(self) -> FakeTable:
        table = self.ledger.table
        assert isinstance(table, FakeTable)
        return table


def identical(count: int) -> list[Document]:
    """Messages with the same content, each to a number of its own: they make a SendSms."""
    return [_message(place, "SMS_200000003", None) for place in range(count)]


def personalised(count: int) -> list[Document]:
    """Messages of one template, each with its own values: they make SendBatchSms."""
    return [_message(place, "SMS_200000001", {"name": f"{place}", "order": "7"}) for place in range(count)]


def number(place: int) -> str:
    """The number that the message at a place is to."""
    return f"137{place:08d}"


def accepted(simulator: Simulator) -> Counter[str]:
    """How often the provider accepted a message for each number."""
    return Counter(message["phone_number"] for message in simulator.messages())


def calls(simulator: Simulator) -> list[dict[str, Any]]:
    """The provider calls that send."""
    return [request for request in simulator.requests() if request["action"] != "QuerySendDetails"]


def refuse(simulator: Simulator, places: Sequence[int], refusal: str) -> None:
    """Let the provider refuse the numbers of the messages at these places."""
    simulator.options(refused_numbers=dict.fromkeys(map(number, places), refusal))


def _message(place: int, template_code: str, template_param: dict[str, str] | None) -> Document:
    return {
        "phone_numbers": [number(place)],
        "sign_name": "阿里云短信测试",
        "template_code": template_code,
        "template_param": template_param,
        "idempotency_key": number(place),
    }
