"""Cold start of each door under awslambdaric: a new process, the imports, the first invocation over TLS."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.figures import Figure, Grid, Section
from tests.bench.measuring import interleaved, medians
from tests.bench.places import RUNTIME
from tests.bench.routes import put_routes
from tests.bench.runtime_api import MEGABYTE, StartFailed, cold_start
from tests.bench.sandbox import TEN, event, variables
from tests.bench.sites import NOTHING, OURS, POWERTOOLS, SCRIPT, SDK, site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.certificate import Certificates
    from tests.bench.figures import Amount
    from tests.bench.stubs.processes import Served

DOORS = {"request": 0.45, "queue": 0.40, "schedule": 0.40}  # the bare SDK's share that ours is to stay under
ALERT = "alert"  # a door that no other side has: it stands beside ours for requests
OF_REQUEST = 1.3  # its share of that: it reads the routes, and writes down what it tells, besides
RECIPIENTS = {"request": 1, "queue": TEN, "schedule": 1, ALERT: 1}


class Variant(NamedTuple):
    """What is started."""

    site: str
    keeps: bool  # with ledger and secret
    compiled: bool

    def text(self) -> str:
        named = {OURS: "ours", SDK: "official SDK", POWERTOOLS: "official SDK + Powertools", SCRIPT: "requests script"}
        kept = ", ledger and secret" if self.keeps else ""
        return "nothing" if self.site == NOTHING else f"{named[self.site]}{kept}{', .pyc' if self.compiled else ''}"


SIDES = [(OURS, False), (SDK, False), (SCRIPT, False), (OURS, True), (POWERTOOLS, True)]
VARIANTS = [Variant(NOTHING, keeps=False, compiled=True)]
VARIANTS += [Variant(name, keeps, compiled) for name, keeps in SIDES for compiled in (True, False)]
OF_ALERTS = [VARIANTS[0], *(each for each in VARIANTS if each.site == OURS and each.keeps)]


def measure(amount: Amount, provider: Served, aws: Served, certificates: Certificates) -> Section:
    """All variants of all doors, and what is deployed of them."""
    sites = {variant: site(variant.site, certificates.authority, compiled=variant.compiled) for variant in VARIANTS}
    rounds, serials = 1 if amount.quick else amount.rounds, count(1)
    section = Section("cold_start")
    put_routes(aws)
    for door in RECIPIENTS:
        starts = {
            variant.text(): partial(
                _start,
                door,
                serials,
                variables(sites[variant], door, provider.url("https"), aws, keeps=variant.keeps),
                provider,
            )
            for variant in (OF_ALERTS if door == ALERT else VARIANTS)
        }
        section.raw[door] = interleaved(rounds, starts, f"cold start, {door}")
    for door in DOORS:
        _tell(section, door, medians(section.raw[door]))
    _tell_of_alerts(section, medians(section.raw[ALERT]), medians(section.raw["request"]))
    _sizes(section, certificates)
    return section


def _start(door: str, serials: Iterator[int], environment: dict[str, str], provider: Served) -> dict[str, float]:
    provider.counts()
    started = cold_start(RUNTIME, environment, event(door, next(serials)))
    recipients = provider.counts().get("recipients", 0)
    if recipients != RECIPIENTS[door] and not environment["_HANDLER"].startswith(NOTHING):
        raise StartFailed(f"{environment['_HANDLER']} sent to {recipients}: {started.answer}")
    return {"cpu_ms": started.cpu, "wall_ms": started.wall, "memory_mb": started.memory}


def _tell(section: Section, door: str, middle: dict[str, dict[str, float]]) -> None:
    def ratio(ours: Variant, other: Variant, reading: str = "cpu_ms") -> float:
        return middle[ours.text()][reading] / middle[other.text()][reading]

    ours, ours_keeping = Variant(OURS, keeps=False, compiled=True), Variant(OURS, keeps=True, compiled=True)
    sdk, tools = Variant(SDK, keeps=False, compiled=True), Variant(POWERTOOLS, keeps=True, compiled=True)
    shipped, tools_shipped = sdk._replace(compiled=False), tools._replace(compiled=False)
    start = f"cold start, {door}"
    section.figures.extend(
        [
            Figure(f"{start}: CPU, .pyc on both sides", ratio(ours, sdk), DOORS[door]),
            Figure(f"{start}: CPU, as shipped", ratio(ours, shipped), 0.25),
            Figure(f"{start}, ledger and secret: CPU, .pyc on both sides", ratio(ours_keeping, tools), 0.60),
            Figure(f"{start}, ledger and secret: CPU, as shipped", ratio(ours_keeping, tools_shipped), 0.35),
            Figure(f"{start}: memory", ratio(ours, sdk, "memory_mb"), 0.65),
        ]
    )
    head = [door, "CPU ms", "to SDK", "wall ms", "memory MB"]
    bare = middle[sdk.text()]["cpu_ms"]
    rows = [
        [name, f"{of['cpu_ms']:.0f}", f"{of['cpu_ms'] / bare:.2f}", f"{of['wall_ms']:.0f}", f"{of['memory_mb']:.0f}"]
        for name, of in middle.items()
    ]
    section.grids.append(
        Grid(f"Cold start, {door}: init and first invocation; beside the official SDK with .pyc", head, rows)
    )


def _tell_of_alerts(section: Section, alert: dict[str, dict[str, float]], request: dict[str, dict[str, float]]) -> None:
    ours = Variant(OURS, keeps=True, compiled=True).text()
    ratio = alert[ours]["cpu_ms"] / request[ours]["cpu_ms"]
    section.figures.append(Figure(f"cold start, {ALERT}: CPU to the request door's", ratio, OF_REQUEST))
    rows = [
        [name, f"{of['cpu_ms']:.0f}", f"{of['cpu_ms'] / request[name]['cpu_ms']:.2f}", f"{of['wall_ms']:.0f}",
         f"{of['memory_mb']:.0f}"]
        for name, of in alert.items()
    ]  # fmt: skip
    head = [ALERT, "CPU ms", "to request", "wall ms", "memory MB"]
    section.grids.append(Grid(f"Cold start, {ALERT}: init and first invocation; beside our request door", head, rows))


def _sizes(section: Section, certificates: Certificates) -> None:
    """Zips of function and layer, or function and packages; the request door's, whose function is the largest."""
    sizes = {
        (name, compiled): site(name, certificates.authority, compiled=compiled).zipped("request")
        for name in (OURS, SDK, POWERTOOLS, SCRIPT)
        for compiled in (False, True)
    }
    sdk = sizes[SDK, False]
    section.raw["zipped_bytes"] = {
        f"{name}{', .pyc' if compiled else ''}": size for (name, compiled), size in sizes.items()
    }
    section.figures.extend(
        [
            Figure("zip of function and layer", sizes[OURS, False] / sdk, 0.35),
            Figure("zip of function and layer, ours with .pyc", sizes[OURS, True] / sdk, 0.50),
        ]
    )
    rows = [
        [Variant(name, keeps=False, compiled=compiled).text(), f"{size / MEGABYTE:.2f}", f"{size / sdk:.2f}"]
        for (name, compiled), size in sizes.items()
    ]
    section.grids.append(
        Grid(
            "Zipped function and layer, or function and packages; beside the official SDK without .pyc",
            ["", "MB", "to SDK"],
            rows,
        )
    )
