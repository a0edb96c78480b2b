"""The core over a table, a client and people that do as they are told."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from aliyun_sms.aws.dynamodb import MOST_KEYS
from aliyun_sms.ledger.ledger import Ledger
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.ledger.usage import USAGE, Limits
from aliyun_sms.message.incoming import Door, IncomingMessage, Origin, message_id
from aliyun_sms.sending.bulk import send_all
from aliyun_sms.settling.settler import Policy
from tests.workbench.clock import START, Clock
from tests.workbench.core import Core, Surroundings, build_core, no_threads
from tests.workbench.fake_table import FakeTable
from tests.workbench.messages import document
from tests.workbench.told_client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aliyun_sms.ledger.claim import Claim, Duplicate
    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.ledger.submission_row import SubmissionRow
    from aliyun_sms.ledger.table import Count, Item, Put
    from aliyun_sms.provider.client import SmsClient
    from aliyun_sms.result import Result

GRACE = 3600
RETENTION = 86_400


class Table(FakeTable):
    """Before or after the next writes something happens, as planned; `writes` are the keys of each that was done.

    A write that fails before it is done is under way, and may arrive later. What is written of usage alone is not in
    the plan, and its calls are counted by themselves.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], None] | None] = []
        self.after: list[Callable[[], None] | None] = []
        self.writes: list[list[str]] = []
        self.under_way: list[tuple[Sequence[Put], Count | None]] = []
        self.calls: Counter[str] = Counter()  # as many as DynamoDB would be asked

    def get_all(self, keys: Sequence[str]) -> dict[str, Item]:
        self.calls["usage" if keys == [USAGE] else "get_all"] += -(-len(set(keys)) // MOST_KEYS)
        return super().get_all(keys)

    def put_all(self, puts: Sequence[Put], count: Count | None = None) -> None:
        if {put.item["pk"] for put in puts} <= {USAGE}:
            self.calls["usage"] += 1
            super().put_all(puts, count)
            return
        self.calls["put_all"] += 1
        try:
            _next(self.before)
        except TableUnavailable:
            self.under_way.append((puts, count))
            raise
        super().put_all(puts, count)
        self.writes.append([put.item["pk"] for put in puts])
        _next(self.after)

    def count(self, count: Count) -> None:
        self.calls["usage"] += 1
        super().count(count)

    def arrive(self) -> None:
        """What is under way is done now, if it still can be."""
        for write in self.under_way:
            with suppress(Conflict):
                super().put_all(*write)
        self.under_way.clear()


def _next(plan: list[Callable[[], None] | None]) -> None:
    if plan and (action := plan.pop(0)):
        action()


def fails() -> None:
    """The table does not answer."""
    raise TableUnavailable("InternalServerError")


@dataclass(slots=True)
class Handed:
    """What was put back into the queue, and what was handed to a person."""

    back: list[MessageRow] = field(default_factory=list)
    over: list[tuple[MessageRow, Result]] = field(default_factory=list)
    error: Exception | None = None
    takes: Callable[[], None] | None = None  # what goes on while one is handed over

    def put_back(self, message: MessageRow) -> None:
        if self.error:
            raise self.error
        self.back.append(message)

    def hand_over(self, message: MessageRow, result: Result) -> None:
        if self.error:
            raise self.error
        if self.takes:
            self.takes()
        self.over.append((message, result))


class LedgerDesk:
    """Everything around one ledger; `name` tells the submissions of one desk from those of another."""

    def __init__(self, name: str = "submission", *, looks_up_refusals: bool = False) -> None:
        self.time = Clock()
        self.table = Table()
        self.client = Client(self.time)
        self.handed = Handed()
        self.pauses: list[float] = []
        ids = count(1)
        self.ledger = Ledger(self.table, new_id=lambda: f"{name} {next(ids)}", retention_seconds=RETENTION)
        self._looks_up_refusals = looks_up_refusals
        self.core = self._core(sends_again=False)
        self.sender = self.core.sender

    def _core(self, *, sends_again: bool) -> Core:
        client = cast("SmsClient", self.client)
        around = Surroundings(client, self.client, self.handed, self.time, self._pause)
        policy = Policy(GRACE, sends_again=sends_again)
        return build_core(self.ledger, around, policy, looks_up_refusals=self._looks_up_refusals)

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time.passes(seconds)

    def send(self, key: str = "one", door: Door = "queue", **fields: Any) -> Result:
        return self.sender.send(document(key, **fields), Origin(door, door, "origin"), 20.0)

    def send_together(self, messages: Sequence[IncomingMessage], seconds_left: float = 20.0) -> list[Result]:
        return self.sender.send_together(messages, seconds_left)

    def send_all(self, documents: Iterable[dict[str, Any]]) -> list[Result]:
        messages = [(document, Origin("queue", "queue", f"origin {place}")) for place, document in enumerate(documents)]
        return send_all(self.sender, messages, 20.0, self.time, in_threads=no_threads)

    def claim(self, messages: Sequence[IncomingMessage]) -> tuple[Claim | None, list[Duplicate]]:
        return self.ledger.claim(messages, self.core.submitter.signing(), 20.0)

    def settle(self, *, sends_again: bool = False) -> dict[str, int]:
        deadline = self.time.now.timestamp() + 100
        return dict(self._core(sends_again=sends_again).settling.settle_due(deadline))

    def settle_until(self, seconds: float, *, sends_again: bool = False) -> None:
        """Settle each minute."""
        until = START + timedelta(seconds=seconds)
        while self.time.now < until:
            self.time.passes(60)
            self.settle(sends_again=sends_again)

    def limit(self, stack: int = 0, caller: int = 0) -> None:
        """The caps of a day."""
        self.ledger.usage.limits = Limits(stack, caller)

    def stop(self, why: str = "a leaked key") -> None:
        """As `sms stop`."""
        row = self.table.items.setdefault(USAGE, {"pk": USAGE, "version": 0})
        row |= {"version": row["version"] + 1, "stopped": {"why": why, "by": "me", "at": 1}}

    def start(self) -> None:
        """As `sms start`."""
        row = self.table.items[USAGE]
        del row["stopped"]
        row["version"] += 1

    @property
    def counted(self) -> dict[str, Any]:
        """How many recipients are counted, and the day."""
        row = self.table.items.get(USAGE, {})
        return {name: value for name, value in row.items() if name not in {"pk", "version", "stopped"}}

    def message(self, key: str = "one", door: Door = "queue") -> MessageRow:
        row = self.ledger.message(message_id(door, key))
        assert row is not None
        return row

    def submission(self, key: str = "one") -> SubmissionRow:
        row = self.ledger.submission(self.message(key).submission or "")
        assert row is not None
        return row

    def statuses(self, messages: Iterable[IncomingMessage]) -> Counter[str]:
        """What the ledger says of messages."""
        names = [incoming.message_id for incoming in messages]
        rows = self.ledger.messages(names)
        return Counter(rows[name].status for name in names)

    def change(self, **fields: Any) -> None:
        """The access key is changed."""
        self.client.credentials = replace(self.client.credentials, **fields)
