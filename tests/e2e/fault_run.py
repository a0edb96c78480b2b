"""A run of messages through a deployed stack while provider and functions fail, and what is counted after it."""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from local import process_table
from local.loopback import session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.conftest import Stack

CHANCE = 0.05
FAULTS = ("refuse", "reset_before", "reset_after", "hang", "unavailable", "throttled", "truncated")
PARAMETERS = "ProviderTimeoutSeconds=1 UnknownGraceSeconds=40 QueueMaximumConcurrency=2 QueueMaximumReceives=50"
VISIBILITY = 8  # seconds instead of six minutes, which is why a record may be received more often than on AWS
CALLERS = 4
MOST_REQUESTS = 60  # of one message by its caller, who repeats until there is an answer
CALLERS_PAUSE = 1.0  # seconds
KILLS_EVERY = 2.0  # seconds, about
SETTLES_EVERY = 2.0  # seconds
PATIENCE = 180  # seconds from the last send to quiet: a lease of 68, a turn of 60, and as much again
FINAL = {"accepted", "rejected", "expired"}


@dataclass(frozen=True, slots=True)
class Message:
    """One of the run; the reference tells it in the ledger, the number at the provider."""

    number: int

    @property
    def reference(self) -> str:
        return f"fault-{self.number:05d}"

    @property
    def phone_number(self) -> str:
        return f"139{self.number:08d}"

    @property
    def body(self) -> str:
        param = {"code": f"{self.number % 1_000_000:06d}"}
        fields = {"phone_numbers": [self.phone_number], "template_param": param, "reference": self.reference}
        return json.dumps(fields | {"idempotency_key": self.reference})


@dataclass(frozen=True, slots=True)
class Count:
    """What came of a run; times are in seconds, of those messages alone whose outcome was unknown for a while."""

    messages: int
    once: int
    more_than_once: int
    lost: int
    nobody_told: int
    handed_over: int
    statuses: dict[str, int]
    calls: float
    queries: float
    unknown: int
    median: float
    slowest: float  # the 99th of a hundred
    kills: int
    answers: dict[int, int]
    faults: dict[str, int]
    seconds: float
    seed: int

    def rows(self) -> list[tuple[str, str]]:
        return [
            ("messages", str(self.messages)),
            ("accepted once", str(self.once)),
            ("accepted more than once", str(self.more_than_once)),
            ("lost", str(self.lost)),
            ("unknown and nobody told", str(self.nobody_told)),
            ("handed to a person", str(self.handed_over)),
            ("status in the ledger", _counted(self.statuses)),
            ("sends per message", f"{self.calls:.2f}"),
            ("queries per message", f"{self.queries:.2f}"),
            ("unknown for a while", str(self.unknown)),
            ("time to settle, median", f"{self.median:.0f} s"),
            ("time to settle, 99th", f"{self.slowest:.0f} s"),
            ("HTTP answers", _counted({str(status): number for status, number in self.answers.items()})),
            ("functions killed", str(self.kills)),
            ("faults of the provider", _counted(self.faults)),
            ("the run took", f"{self.seconds:.0f} s, seed {self.seed}"),
        ]


@dataclass
class FaultRun:
    """Sends, kills, settles, waits, counts."""

    stack: Stack
    count: int
    seed: int
    kills: int = 0
    unknown_since: dict[str, int] = field(default_factory=dict)  # by reference: created_at of what was ever unknown
    answers: Counter[int] = field(default_factory=Counter)
    letters: set[str] = field(default_factory=set)  # references in the dead-letter queue

    def run(self) -> Count:
        started = time.monotonic()
        messages = [Message(number) for number in range(self.count)]
        self._prepare()
        with _meanwhile(self._settle, SETTLES_EVERY):
            with _meanwhile(self._kill, KILLS_EVERY):
                self._send(messages)
            self._wait_for_quiet(messages)
        return self._counted(messages, time.monotonic() - started)

    def _prepare(self) -> None:
        queue = self.stack.outputs.queue_url
        self._sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": str(VISIBILITY)})
        chances = dict.fromkeys(FAULTS, CHANCE)
        self._control("DELETE", "messages")
        self._control("PUT", "faults", {"random": chances, "seed": self.seed})

    def _send(self, messages: list[Message]) -> None:
        """Half through the queue, each twice; half by callers who repeat what was not answered."""
        by_queue, by_request = messages[::2], messages[1::2]
        with ThreadPoolExecutor(CALLERS + 1) as pool:
            enqueued = pool.submit(self._enqueue, by_queue)
            list(pool.map(self._post, by_request))
            enqueued.result()
        self._wait("the queue's first deliveries", lambda: len(self._rows()) >= len(messages))

    def _enqueue(self, messages: list[Message]) -> None:
        twice = random.Random(self.seed).sample(messages * 2, 2 * len(messages))  # noqa: S311 - to be repeatable
        for start in range(0, len(twice), 10):
            entries = [
                {"Id": str(place), "MessageBody": message.body}
                for place, message in enumerate(twice[start : start + 10])
            ]
            self._sqs.send_message_batch(QueueUrl=self.stack.outputs.queue_url, Entries=entries)

    def _post(self, message: Message) -> None:
        for _ in range(MOST_REQUESTS):
            with suppress(requests.RequestException):
                status = self.stack.post("/v1/messages", message.body.encode()).status_code
                self.answers[status] += 1
                if status in {200, 202, 409, 422}:  # 409: it was claimed, and so it is settled
                    return
            time.sleep(CALLERS_PAUSE)
        raise AssertionError(f"{message.reference} was never answered; HTTP answers: {self.answers}")

    def _kill(self) -> None:
        """One function process, whatever it is doing."""
        emulator = next(leader for leader in self.stack.cloud.leaders() if leader.name == "emulator")
        functions = [entry.pid for entry in process_table.in_group(emulator.pid) if _runs_a_function(entry.pid)]
        if functions:
            with suppress(ProcessLookupError):
                os.kill(self._random.choice(functions), signal.SIGKILL)
                self.kills += 1

    def _settle(self) -> None:
        name = self.stack.outputs.functions["SettleSendsFunction"]
        with suppress(BotoCoreError, ClientError):
            self._lambda.invoke(FunctionName=name, Payload=b"{}")

    def _wait_for_quiet(self, messages: list[Message]) -> None:
        wanted = {message.reference for message in messages}
        self._wait("every message to be settled", lambda: wanted <= self._settled())

    def _wait(self, what: str, look: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE + self.count / 5
        while not look():
            assert time.monotonic() < until, f"not in time: {what}; {self._left()}"
            time.sleep(1)

    def _settled(self) -> set[str]:
        self._collect_letters()
        rows = self._rows()
        final = {reference for reference, row in rows.items() if row["status"] in FINAL and not row["released"]}
        return final | self.letters | {reference for reference, row in rows.items() if row.get("held_at")}

    def _left(self) -> str:
        settled = self._settled()
        return str([row for reference, row in self._rows().items() if reference not in settled][:3])

    def _rows(self) -> dict[str, dict[str, Any]]:
        """The messages in the ledger by their reference."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self.stack.outputs.messages_table)
        items = (_plain(item) for page in pages for item in page["Items"])
        rows = {item["reference"]: item for item in items if "status" in item and "reference" in item}
        late = {reference: row for reference, row in rows.items() if _is_unknown(row)}
        self.unknown_since |= {reference: int(row["created_at"]) for reference, row in late.items()}
        return rows

    def _collect_letters(self) -> None:
        """Take what is in the dead-letter queue; it comes back into it only after the run."""
        queue = self.stack.outputs.dead_letter_queue_url
        while True:
            answer = self._sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=3600)
            if "Messages" not in answer:
                return
            self.letters |= {json.loads(letter["Body"])["reference"] for letter in answer["Messages"]}

    def _counted(self, messages: list[Message], seconds: float) -> Count:
        rows, accepted = self._rows(), self._accepted()
        asked = self._control("GET", "requests")["requests"]
        actions = Counter(entry["action"] for entry in asked)
        told = self.letters | {reference for reference, row in rows.items() if row.get("held_at")}
        times = sorted(self._settling_times(rows)) or [0.0]
        refused = {reference for reference, row in rows.items() if row["status"] in {"rejected", "expired"}}
        kept = told | refused
        nobody_told = {reference for reference, row in rows.items() if _is_open(row)} - told
        return Count(
            messages=len(messages),
            once=sum(accepted[message.phone_number] == 1 for message in messages),
            more_than_once=sum(accepted[message.phone_number] > 1 for message in messages),
            lost=sum(not accepted[message.phone_number] and message.reference not in kept for message in messages),
            nobody_told=len(nobody_told),
            handed_over=len(told),
            statuses=Counter(row["status"] for row in rows.values()),
            calls=actions["SendSms"] / len(messages),
            queries=actions["QuerySendDetails"] / len(messages),
            unknown=len(self.unknown_since),
            median=statistics.median(times),
            slowest=times[int(0.99 * (len(times) - 1))],
            kills=self.kills,
            answers=self.answers,
            faults=Counter(entry["fault"] for entry in asked if entry["fault"]),
            seconds=seconds,
            seed=self.seed,
        )

    def _accepted(self) -> Counter[str]:
        """How often the provider accepted a message for each number."""
        return Counter(message["phone_number"] for message in self._control("GET", "messages")["messages"])

    def _settling_times(self, rows: dict[str, dict[str, Any]]) -> Iterator[float]:
        for reference, since in self.unknown_since.items():
            row = rows[reference]
            yield float(row.get("held_at") or row["updated_at"]) - since

    def _control(self, method: str, path: str, wanted: object = None) -> Any:
        with session() as http:
            answer = http.request(
                method, f"{self.stack.outputs.simulator_url}/_simulator/{path}", json=wanted, timeout=30
            )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    @cached_property
    def _random(self) -> random.Random:
        return random.Random(self.seed)  # noqa: S311 - to be repeatable

    @cached_property
    def _sqs(self) -> Any:
        return self.stack.operations.client("sqs")

    @cached_property
    def _dynamodb(self) -> Any:
        return self.stack.operations.client("dynamodb")

    @cached_property
    def _lambda(self) -> Any:
        return self.stack.operations.client("lambda")


@contextmanager
def _meanwhile(act: Callable[[], None], pause: float) -> Iterator[None]:
    """Act again and again in another thread."""
    over = threading.Event()

    def acting() -> None:
        while not over.wait(pause):
            act()

    thread = threading.Thread(target=acting)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _runs_a_function(pid: int) -> bool:
    try:
        return b"awslambdaric" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it ended meanwhile
        return False


def _is_open(row: dict[str, Any]) -> bool:
    """Whether a message is neither settled nor in a person's hands."""
    return (row["status"] not in FINAL or row["released"]) and not row.get("held_at")


def _is_unknown(row: dict[str, Any]) -> bool:
    return bool(row["status"] == "unknown" or (row["status"] == "sending" and time.time() >= row["lease_until"]))


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
