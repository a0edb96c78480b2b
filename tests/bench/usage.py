"""The row of the day's counts: its size by the callers of a day, and what many functions at once do to it."""

from __future__ import annotations

import time
from functools import partial
from itertools import count
from math import ceil
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

from aliyun_sms.aws.dynamodb import DynamoTable
from aliyun_sms.ledger.usage import MOST_CALLERS, Limits, UsageRow
from tests.bench.figures import Figure, Grid, Section
from tests.bench.measuring import interleaved, medians

if TYPE_CHECKING:
    from tests.bench.figures import Amount
    from tests.bench.stubs.processes import Served

CALLERS = (1, 10, 25, 100, MOST_CALLERS)
FUNCTIONS = (1, 10, 50)  # at once
COUNTS = 40  # by each
NOW = 1_767_366_000  # any time will do
WRITE_UNIT = 1024  # bytes


def measure(amount: Amount, aws: Served) -> Section:
    """Counts by threads that stand for functions: each has a client of its own."""
    section, tables = Section("usage"), count(1)
    section.grids.append(_sizes(aws))
    runs = {f"{functions}": partial(_counted, aws, tables, functions) for functions in FUNCTIONS}
    found = interleaved(1 if amount.quick else amount.rounds, runs, "usage, functions at once")
    section.raw["functions"] = found
    middle = medians(found)
    section.figures.append(Figure("usage, 50 at once: table calls for a count", middle["50"]["calls"], 1.1))
    rows = [[name, f"{of['calls']:.3f}", f"{of['cpu_ms']:.3f}", f"{of['wall_ms']:.3f}"] for name, of in middle.items()]
    head = ["functions at once", "table calls each", "CPU ms each", "wall ms each"]
    section.grids.append(Grid("Counting recipients", head, rows))
    return section


def _sizes(aws: Served) -> Grid:
    """Bytes as DynamoDB counts them: names and texts in UTF-8, a number about a byte for two digits and one more."""
    rows, client = [], _client(aws)
    table = DynamoTable("sizes", lambda: client)
    usage = UsageRow(table, Limits())
    for number in range(MOST_CALLERS):
        usage.reserve(100, NOW, f"iam:AIDA{number:017}")
        if number + 1 in CALLERS:
            size = sum(len(name) + len(str(value)) for name, value in table.get_all(["usage"])["usage"].items())
            rows.append([f"{number + 1}", f"{size:,}", f"{ceil(size / WRITE_UNIT)}"])
    return Grid("The row of the day's counts", ["callers of the day", "bytes", "write units"], rows)


def _counted(aws: Served, tables: count[int], functions: int) -> dict[str, float]:
    """Recipients counted by so many at once, from the first of a day on."""
    name, together = f"usage {next(tables)}", Barrier(functions + 1)
    clients = [_client(aws) for _ in range(functions)]

    def one(client: Any) -> None:
        usage = UsageRow(DynamoTable(name, lambda: client), Limits(functions * COUNTS))
        together.wait()
        for _ in range(COUNTS):
            usage.reserve(1, NOW)

    threads = [Thread(target=one, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    aws.counts()
    together.wait()
    cpu, wall = time.process_time(), time.perf_counter()
    for thread in threads:
        thread.join()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    total = DynamoTable(name, lambda: clients[0]).get_all(["usage"])["usage"]["total"]
    if total != functions * COUNTS:
        raise RuntimeError(f"counted {total} of {functions * COUNTS}")
    calls = sum(aws.counts().values()) - 1
    return {"calls": calls / total, "cpu_ms": 1000 * cpu / total, "wall_ms": 1000 * wall / total}


def _client(aws: Served) -> Any:
    from botocore.session import get_session  # noqa: PLC0415 - it is in this benchmark's environment alone

    return get_session().create_client(
        "dynamodb",
        endpoint_url=aws.url("http"),
        region_name="eu-central-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
