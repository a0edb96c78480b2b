"""Lambda's Runtime API for one sandbox: hands out one event, takes the answer, and measures what it took.

docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_START = 60  # seconds
MEGABYTE = 1024 * 1024
REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
FUNCTION_ARN = "arn:aws-cn:lambda:cn-north-1:123456789012:function:benchmark"


class StartFailed(Exception):
    """The function did not start, or did not answer."""


@dataclass(slots=True)
class _Sandbox:
    """What passes between the function and the Runtime API."""

    event: bytes
    answer: bytes = b""
    failed: bool = False
    asked: int = 0
    answered_at: float = 0.0
    done: Event = field(default_factory=Event)  # it asks for the next event: all that the first took is over
    released: Event = field(default_factory=Event)


class _RuntimeApi(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sandbox: _Sandbox  # set in a subclass for each start

    def do_GET(self) -> None:
        """The next invocation; the second is never given."""
        self.sandbox.asked += 1
        if self.sandbox.asked > 1:
            self.sandbox.done.set()
            self.sandbox.released.wait()
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", REQUEST_ID)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(1000 * (time.time() + LONGEST_START))))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", FUNCTION_ARN)
        self._body(self.sandbox.event)

    def do_POST(self) -> None:
        """The answer, or the error of the invocation or of the start."""
        self.sandbox.answer = self.rfile.read(int(self.headers["Content-Length"]))
        self.sandbox.answered_at = time.perf_counter()
        if not self.path.endswith("/response"):
            self.sandbox.failed = True
            self.sandbox.done.set()
        self.send_response(202)
        self._body(b"{}")

    def _body(self, body: bytes) -> None:
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the base
        """Nothing."""


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Milliseconds from the process's start to the answer; CPU is user and system of the process, to its next ask."""

    cpu: float
    wall: float
    memory: float  # megabytes, the most that was resident
    answer: Any


def cold_start(python: Path, variables: Mapping[str, str], event: object) -> ColdStart:
    """Start awslambdaric in a new process, let it handle one event, and end it; raises StartFailed."""
    sandbox = _Sandbox(json.dumps(event).encode())
    with _listening(sandbox) as address, tempfile.TemporaryFile() as output:
        environment = {**variables, "AWS_LAMBDA_RUNTIME_API": address}
        command = [str(python), "-m", "awslambdaric", environment["_HANDLER"]]
        started_at = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            answered = sandbox.done.wait(LONGEST_START)
            memory = _most_resident(process.pid)
        finally:
            process.kill()
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = -1  # it has been waited for
        if not answered or sandbox.failed:
            output.seek(0)
            raise StartFailed(f"{sandbox.answer.decode()}\n{output.read().decode()}")
    cpu = 1000 * (usage.ru_utime + usage.ru_stime)
    memory = memory or usage.ru_maxrss / MEGABYTE  # as macOS has it; on Linux it counts the parent's at the fork
    return ColdStart(cpu, 1000 * (sandbox.answered_at - started_at), memory, json.loads(sandbox.answer))


@contextmanager
def _listening(sandbox: _Sandbox) -> Iterator[str]:
    handler = type("_Bound", (_RuntimeApi,), {"sandbox": sandbox})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        sandbox.released.set()
        server.shutdown()
        server.server_close()


def _most_resident(pid: int) -> float | None:
    """VmHWM in megabytes; None where there is no /proc."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+([0-9]+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else None
