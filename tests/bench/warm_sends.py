"""Warm sends: one connection, and 50 threads; plain and over TLS; a provider that answers at once or after 30 ms."""

from __future__ import annotations

import json
import subprocess
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.figures import Figure, Grid, Section
from tests.bench.measuring import interleaved, medians
from tests.bench.places import RUNTIME, WORKERS
from tests.bench.sandbox import variables
from tests.bench.sites import OURS, SCRIPT, SDK, site

if TYPE_CHECKING:
    from tests.bench.certificate import Certificates
    from tests.bench.figures import Amount
    from tests.bench.stubs.processes import Served

THREADS = 50
MOST_ROUNDS = 5
ENDPOINTS = {"http": "plain, 0 ms", "https": "TLS, 0 ms", "http_30": "plain, 30 ms", "https_30": "TLS, 30 ms"}


class Client(NamedTuple):
    """What sends, from which site. A client that opens a connection for each send is given fewer."""

    text: str
    worker: str
    site: str
    keeps_connections: bool = True


CLIENTS = [
    Client("ours", "ours", OURS),
    Client("official SDK", "sdk", SDK),
    Client("requests session", "session", SCRIPT),
    Client("requests.post", "post", SCRIPT, keeps_connections=False),
]


def measure(amount: Amount, provider: Served, aws: Served, certificates: Certificates) -> Section:
    """All clients to all endpoints: first one connection, then the threads, in one process each."""
    section = Section("warm_sends")
    environments = {
        client: variables(
            site(client.site, certificates.authority, compiled=True), "request", "https://", aws, keeps=False
        )
        for client in CLIENTS
    }
    for port, endpoint in ENDPOINTS.items():
        runs = {
            client.text: partial(
                _sent, client, provider.url(port), environments[client], _sends(client, port, quick=amount.quick)
            )
            for client in CLIENTS
        }
        found = interleaved(1 if amount.quick else min(MOST_ROUNDS, amount.rounds), runs, f"warm sends, {endpoint}")
        section.raw[endpoint] = found
        _tell(section, endpoint, medians(found))
    return section


def _sends(client: Client, port: str, *, quick: bool) -> tuple[int, int]:
    """How many one after the other, and by threads."""
    if not client.keeps_connections:
        return (10, THREADS) if quick else (20, 2 * THREADS)
    sequential = 30 if port.endswith("30") else 300
    return (sequential, 4 * THREADS) if quick else (sequential, 20 * THREADS)


def _sent(client: Client, url: str, environment: dict[str, str], sends: tuple[int, int]) -> dict[str, float]:
    command = [str(RUNTIME), "-P", str(WORKERS / "send_worker.py"), client.worker, url, *map(str, sends), str(THREADS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found = json.loads(done.stdout)
    return {f"{phase}_{name}": value for phase, of in found.items() for name, value in of.items()}


def _tell(section: Section, endpoint: str, middle: dict[str, dict[str, float]]) -> None:
    def ratio(reading: str) -> float:
        return middle["ours"][reading] / middle["official SDK"][reading]

    if endpoint.endswith(" 0 ms"):
        section.figures.append(Figure(f"warm send, 1 connection, {endpoint}: CPU", ratio("one_cpu_ms"), 0.90))
    if endpoint.startswith("TLS"):
        section.figures.append(Figure(f"{THREADS} threads, {endpoint}: CPU", ratio("many_cpu_ms"), 0.40))
        faster = ratio("many_sends_per_second")
        section.figures.append(Figure(f"{THREADS} threads, {endpoint}: sends/s", faster, 2.5, "at least"))
    head = [endpoint, "CPU ms", "to SDK", "sends/s", f"{THREADS} thr: CPU ms", "to SDK", "sends/s"]
    sdk = middle["official SDK"]
    rows = [
        [
            name,
            f"{of['one_cpu_ms']:.2f}",
            f"{of['one_cpu_ms'] / sdk['one_cpu_ms']:.2f}",
            f"{of['one_sends_per_second']:.0f}",
            f"{of['many_cpu_ms']:.2f}",
            f"{of['many_cpu_ms'] / sdk['many_cpu_ms']:.2f}",
            f"{of['many_sends_per_second']:.0f}",
        ]
        for name, of in middle.items()
    ]
    section.grids.append(Grid(f"Warm sends, {endpoint}", head, rows))
