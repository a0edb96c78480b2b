"""Rounds that take turns, medians, and what they were measured on."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Readings = dict[str, list[float]]  # of one subject: what was read in each round, by the reading's name

PACKAGES = (
    "alibabacloud-dysmsapi20170525",
    "alibabacloud-tea-openapi",
    "darabonba-core",
    "aws-lambda-powertools",
    "boto3",
    "phonenumberslite",
    "requests",
    "urllib3",
)


def interleaved(
    rounds: int, subjects: Mapping[str, Callable[[], Mapping[str, float]]], title: str
) -> dict[str, Readings]:
    """Measure A B C A B C …, so that what else the machine does meets all alike."""
    found: dict[str, Readings] = {name: {} for name in subjects}
    print(f"  {title}, {rounds} rounds:", end="", flush=True)
    for number in range(1, rounds + 1):
        print(f" {number}", end="" if number < rounds else "\n", flush=True)
        for name, measure in subjects.items():
            for reading, value in measure().items():
                found[name].setdefault(reading, []).append(value)
    return found


def medians(found: Mapping[str, Readings]) -> dict[str, dict[str, float]]:
    """The middle of each subject's readings."""
    return {name: {reading: median(values) for reading, values in of.items()} for name, of in found.items()}


def machine() -> dict[str, str]:
    """Processor, system, Python and packages; nothing that names the host or its folders."""
    packages = {name: version(name) for name in PACKAGES}
    processor = f"{_processor()}, {os.cpu_count()} cores"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {"processor": processor, "system": _system(), "python": python, **packages}


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", described.read_text()) if described.exists() else None
    return found[1].strip() if found else platform.processor() or platform.machine()


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = sys.platform
    return f"{name}, {platform.machine()}"
