"""Where the benchmarks keep what they build, and where they write."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT = ROOT / ".local-bench"
RUNTIME = ROOT / ".venv" / "runtime" / "bin" / "python"  # functions and clients are measured in AWS's runtime
COMPETITORS = Path(__file__).parent / "competitors"
WORKERS = Path(__file__).parent / "workers"
PAGE = ROOT / "docs" / "performance.md"
SHOWN = ROOT / "docs" / "performance"
TRIAL = BUILT / "results"  # where a quick or partial run writes: what docs/ shows is of a whole one
