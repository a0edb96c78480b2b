"""All benchmarks in one run, beside the official SDK: python -m tests.bench [--quick] [--sections …]."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from tests.bench import cold_start, queue_function, signing, usage, warm_sends
from tests.bench.certificate import certificates
from tests.bench.figures import Amount
from tests.bench.measuring import machine
from tests.bench.places import BUILT, PAGE, ROOT, SHOWN, TRIAL
from tests.bench.report import PLOTS, figures_grid, grids, page_part, terminal, write_json, write_page
from tests.bench.stubs.processes import served

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.figures import Section

SECTIONS = ("cold_start", "signing", "warm_sends", "queue_function", "usage")
ROUNDS = 7


def main() -> None:
    """Measure, print, and write: what docs/ shows only from a whole run."""
    options = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    options.add_argument("--quick", action="store_true", help="few rounds: to see that it works")
    options.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is measured; sections may cap it")
    options.add_argument("--sections", nargs="+", choices=SECTIONS, default=SECTIONS)
    given = options.parse_args()
    started = time.monotonic()
    on = {"rounds": "1, quick" if given.quick else str(given.rounds), **machine()}
    print("\n".join(f"{name:<32}{value}" for name, value in on.items()), flush=True)
    sections = _measure(given.sections, Amount(given.rounds, given.quick))
    print()
    print("\n".join(map(terminal, [*grids(sections), figures_grid(sections)])))
    _write(on, sections, whole=not given.quick and tuple(given.sections) == SECTIONS)
    print(f"{time.monotonic() - started:.0f} s")


def _measure(names: Sequence[str], amount: Amount) -> list[Section]:
    made = certificates(BUILT / "tls")
    with served("provider", made.server) as provider, served("aws", made.server) as aws:
        measures = {
            "cold_start": lambda: cold_start.measure(amount, provider, aws, made),
            "signing": lambda: signing.measure(amount),
            "warm_sends": lambda: warm_sends.measure(amount, provider, aws, made),
            "queue_function": lambda: queue_function.measure(amount, provider, aws, made),
            "usage": lambda: usage.measure(amount, aws),
        }
        return [measures[name]() for name in SECTIONS if name in names]


def _write(on: dict[str, str], sections: list[Section], *, whole: bool) -> None:
    from tests.bench.plots import draw  # noqa: PLC0415 - what draws is not where the tests run

    folder = SHOWN if whole else TRIAL
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "figures.json", on, sections)
    for section in (each for each in sections if each.name in PLOTS):
        draw(section, folder)
    if whole:
        write_page(PAGE, page_part(on, sections))
    print(f"written to {folder.relative_to(ROOT)}{f' and {PAGE.relative_to(ROOT)}' if whole else ''}")


if __name__ == "__main__":
    main()
