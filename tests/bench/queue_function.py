"""The queue function in one warm sandbox: bulk, personalised and urgent messages, and how their cost grows."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from functools import partial
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from tests.bench.figures import Figure, Grid, Section
from tests.bench.measuring import interleaved, medians
from tests.bench.places import RUNTIME, WORKERS
from tests.bench.sandbox import message, queue_event, variables
from tests.bench.sites import OURS, SDK, site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.certificate import Certificates
    from tests.bench.figures import Amount
    from tests.bench.stubs.processes import Served

MOST_RECORDS = 10_000  # in one event: SQS's most
MESSAGES, FEW = 10_000, 1_000
SIZES, FEW_SIZES = (100, 1_000, 10_000, 100_000), (100, 1_000, 2_000)
BASE = 1_000  # the size that the largest is compared with
FLAT = 1.2  # of the CPU per message: more would not be linear
THREADS = "10"  # of the official SDK: as many as ours
BARE = f"official SDK, bare, {THREADS} threads"
URGENT = 1_000  # messages that go alone, beside as many of the official SDK
LONGEST = 60  # seconds of the function
MOST_ROUNDS = 3
ALL_URGENT = "urgent, in one event"
PROVIDER_CALLS = ("SendSms", "SendBatchSms")


def bulk(number: int) -> dict[str, Any]:
    """The same text to each number."""
    return {"phone_numbers": message(number)["phone_numbers"], "template_code": "SMS_200000003"}


def urgent(number: int) -> dict[str, Any]:
    """A one-time code that waits for no other."""
    return {**message(number), "urgent": True}


KINDS: dict[str, Callable[[int], dict[str, Any]]] = {"bulk": bulk, "personalised": message, "urgent": urgent}


class Sandbox:
    """A function in its process, and what the stubs count while it works."""

    def __init__(self, process: subprocess.Popen[str], provider: Served, aws: Served, serials: Iterator[int]) -> None:
        self._process = process
        self._provider = provider
        self._aws = aws
        self._serials = serials

    def send(self, make: Callable[[int], dict[str, Any]], messages: int) -> dict[str, float]:
        """Send so many, in events of at most 10,000; raises RuntimeError unless each was accepted once."""
        self._provider.counts()
        self._aws.counts()
        took = [self._invoked(make, min(MOST_RECORDS, messages - sent)) for sent in range(0, messages, MOST_RECORDS)]
        called, asked = self._provider.counts(), self._aws.counts()
        if called.get("recipients") != messages or any(each["failures"] for each in took):
            raise RuntimeError(f"of {messages} messages: {called}, {took}")
        return {
            "cpu_ms": 1000 * sum(each["cpu"] for each in took) / messages,
            "wall_ms": 1000 * sum(each["wall"] for each in took) / messages,
            "provider_calls": sum(called.get(action, 0) for action in PROVIDER_CALLS),
            "table_calls": sum(times for operation, times in asked.items() if operation.startswith("DynamoDB.")),
        }

    def _invoked(self, make: Callable[[int], dict[str, Any]], messages: int) -> dict[str, float]:
        serials = list(islice(self._serials, messages))
        event = queue_event([make(serial) for serial in serials], serials[0])
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(event) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the function's process ended")
        took: dict[str, float] = json.loads(line)
        return took


@contextmanager
def sandbox(environment: dict[str, str], provider: Served, aws: Served, serials: Iterator[int]) -> Iterator[Sandbox]:
    """A warm one: it has sent ten messages."""
    command = [str(RUNTIME), "-P", str(WORKERS / "queue_worker.py")]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        running = Sandbox(process, provider, aws, serials)
        running.send(message, 10)
        yield running
        assert process.stdin
        process.stdin.close()


def measure(amount: Amount, provider: Served, aws: Served, certificates: Certificates) -> Section:
    """Ours with ledger and secret; beside it the official SDK bare, one call a record over as many threads."""
    section, serials = Section("queue_function"), count(1)
    ours = site(OURS, certificates.authority, compiled=True)
    sdk = site(SDK, certificates.authority, compiled=True)
    for port, part in (("https" if amount.quick else "https_30", _kinds), ("https", _growth)):
        with (
            sandbox(variables(ours, "queue", provider.url(port), aws, keeps=True), provider, aws, serials) as full,
            sandbox(
                _threaded(variables(sdk, "queue", provider.url(port), aws, keeps=False)), provider, aws, serials
            ) as bare,
        ):
            part(section, full, bare, amount)
    return section


def _threaded(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"BENCHMARK_THREADS": THREADS}


def _rounds(amount: Amount) -> int:
    return 1 if amount.quick else min(MOST_ROUNDS, amount.rounds)


def _kinds(section: Section, ours: Sandbox, bare: Sandbox, amount: Amount) -> None:
    """Urgent messages have a call each: as many as the SDK's beside them, and once as many as the others."""
    messages, rounds = FEW if amount.quick else MESSAGES, _rounds(amount)
    runs = {kind: partial(ours.send, KINDS[kind], messages) for kind in ("bulk", "personalised")}
    found = interleaved(rounds, runs, f"queue function, {messages:,} messages of each kind")
    beside = {"urgent": partial(ours.send, urgent, URGENT), BARE: partial(bare.send, message, URGENT)}
    found |= interleaved(rounds, beside, f"queue function, {URGENT:,} urgent, and the official SDK")
    found |= interleaved(1, {ALL_URGENT: partial(ours.send, urgent, messages)}, f"queue function, {messages:,} urgent")
    section.raw["kinds"] = {"messages": messages, "beside_the_official_sdk": URGENT, **found}
    middle = medians(found)
    for kind, name, target in (("bulk", "identical", 10), ("personalised", "personalised", 100)):
        calls = middle[kind]["provider_calls"] * MESSAGES / messages
        section.figures.append(Figure(f"queue, 10,000 {name} messages: provider calls", calls, target))
        table_calls = 100 * middle[kind]["table_calls"] / messages
        section.figures.append(Figure(f"queue, 100 {name} messages: table calls", table_calls, 10))
    ratio = middle["urgent"]["cpu_ms"] / middle[BARE]["cpu_ms"]
    section.figures.append(Figure(f"queue, {URGENT:,} urgent messages: CPU to SDK, {THREADS} threads", ratio, 1.6))
    table_calls = middle["urgent"]["table_calls"] * 1000 / URGENT
    most = 155  # fifty times twenty are counted, claimed and written down; policy and day are asked for once
    section.figures.append(Figure("queue, 1,000 urgent messages: table calls", table_calls, most))
    if messages == MESSAGES:
        seconds = middle[ALL_URGENT]["wall_ms"] * messages / 1000
        section.figures.append(Figure(f"queue, {messages:,} urgent messages: seconds", seconds, LONGEST))
    rows = [
        [
            kind,
            f"{URGENT if kind in beside else messages:,}",
            f"{of['provider_calls']:,.0f}",
            f"{of['table_calls']:,.0f}",
            f"{of['cpu_ms']:.3f}",
            f"{of['wall_ms']:.3f}",
            f"{of['wall_ms'] * MESSAGES / 1000:.1f}",
        ]
        for kind, of in middle.items()
    ]
    head = ["", "messages", "provider calls", "table calls", "CPU ms each", "wall ms each", "s per 10,000"]
    section.grids.append(Grid("Queue function, warm", head, rows))


def _growth(section: Section, ours: Sandbox, bare: Sandbox, amount: Amount) -> None:
    sizes, rounds, rows = FEW_SIZES if amount.quick else SIZES, _rounds(amount), []
    found = interleaved(rounds, {BARE: partial(bare.send, message, BASE)}, "queue function, the official SDK")
    section.raw["growth, official SDK"] = found
    alone = medians(found)[BARE]["cpu_ms"]
    for kind in ("bulk", "personalised"):
        *smaller, largest = ({f"{size:,}": partial(ours.send, KINDS[kind], size)} for size in sizes)
        runs = {size: run for each in smaller for size, run in each.items()}
        found = interleaved(rounds, runs, f"queue function, growth, {kind}")
        found |= interleaved(1, largest, f"queue function, {sizes[-1]:,} messages, {kind}")
        section.raw[f"growth, {kind}"] = found
        each = {size: of["cpu_ms"] for size, of in medians(found).items()}
        growth = each[f"{sizes[-1]:,}"] / each[f"{BASE:,}"]
        section.figures.append(Figure(f"queue, {kind}: CPU per message, {sizes[-1]:,} to {BASE:,}", growth, FLAT))
        rows.append([kind, *(f"{cpu:.3f}" for cpu in each.values())])
    rows.append([BARE, *(f"{alone:.3f}" if size == BASE else "" for size in sizes)])
    head = ["CPU ms per message", *(f"{size:,}" for size in sizes)]
    section.grids.append(Grid("Queue function, by the number of messages", head, rows))
