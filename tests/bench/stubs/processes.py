"""Starts the stubs, and asks them what they have counted."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Served:
    """A stub that is running: its ports by their names."""

    ports: dict[str, int]

    def host(self, name: str) -> str:
        return f"127.0.0.1:{self.ports[name]}"

    def url(self, name: str) -> str:
        return f"{name.partition('_')[0]}://{self.host(name)}"

    def counts(self) -> dict[str, int]:
        """What was counted since it was asked last; what was kept until then is forgotten."""
        connection = HTTPConnection(self.host("http"))
        connection.request("GET", "/_counts")
        counts: dict[str, int] = json.loads(connection.getresponse().read())
        connection.close()
        return counts


@contextmanager
def served(stub: str, certificate: Path | None = None) -> Iterator[Served]:
    """Run a stub of this folder; it ends when this program does."""
    command = [sys.executable, "-m", f"tests.bench.stubs.{stub}"]
    command += ["--certificate", str(certificate)] if certificate else []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield Served(json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(10)
