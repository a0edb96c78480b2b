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
PHASES = {
    "one": "one connection",
    "opening": f"{THREADS} threads that open theirs and send 5 each",
    "opened": "the same threads, 20 each",
}
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


def _sends(client: Client, port: str, *, quick: bool) -> tuple[int, int, int]:
    """How many one after the other, by threads that open their connections, and by threads that have them."""
    if not client.keeps_connections:
        return (10, THREADS, THREADS) if quick else (20, 2 * THREADS, THREADS)
    sequential = 30 if port.endswith("30") else 300
    return (sequential, 5 * THREADS, 4 * THREADS) if quick else (sequential, 5 * THREADS, 20 * THREADS)


def _sent(client: Client, url: str, environment: dict[str, str], sends: tuple[int, int, int]) -> dict[str, float]:
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
        section.figures.append(Figure(f"{THREADS} threads, {endpoint}: CPU", ratio("opening_cpu_ms"), 0.40))
        faster = ratio("opening_sends_per_second")
        section.figures.append(Figure(f"{THREADS} threads, {endpoint}: sends/s", faster, 2.5, "at least"))
    for phase, title in PHASES.items():
        section.grids.append(_grid(f"Warm sends, {endpoint}, {title}", endpoint, phase, middle))


def _grid(title: str, endpoint: str, phase: str, middle: dict[str, dict[str, float]]) -> Grid:
    sdk = middle["official SDK"]
    cpu, rate = f"{phase}_cpu_ms", f"{phase}_sends_per_second"
    rows = [
        [name, f"{of[cpu]:.2f}", f"{of[cpu] / sdk[cpu]:.2f}", f"{of[rate]:.0f}", f"{of[rate] / sdk[rate]:.2f}"]
        for name, of in middle.items()
    ]
    return Grid(title, [endpoint, "CPU ms", "to SDK", "sends/s", "to SDK"], rows)
