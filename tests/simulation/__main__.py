"""Many runs, and a table of what happened in them: python -m tests.simulation --runs 20000 --seed 1."""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from typing import TYPE_CHECKING

from tests.simulation.run import run

if TYPE_CHECKING:
    from tests.simulation.run import Ended

SHOWN = 10  # broken runs, each with its seed


def main() -> int:
    """Exit code 1 if anything that must hold did not."""
    options = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    options.add_argument("--runs", type=int, default=300)
    options.add_argument("--seed", type=int, default=1, help="of the first run; each next has the next")
    given = options.parse_args()
    logging.disable(logging.CRITICAL)
    counts: Counter[str] = Counter()
    broken: list[Ended] = []
    for seed in range(given.seed, given.seed + given.runs):
        ended = run(seed)
        counts += ended.counts
        broken += [ended] if ended.broken else []
    _show(given.runs, counts, broken)
    return 1 if broken else 0


def _show(runs: int, counts: Counter[str], broken: list[Ended]) -> None:
    lines = [("runs", runs), *sorted(counts.items()), ("runs in which an invariant broke", len(broken))]
    sys.stdout.writelines(f"{name:<44}{count:>12,}\n" for name, count in lines)
    sys.stdout.writelines(f"seed {each.seed}: {'; '.join(each.broken)}\n" for each in broken[:SHOWN])


if __name__ == "__main__":
    sys.exit(main())
