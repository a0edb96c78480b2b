"""A whole local cloud for the tests: one deployment serves all of them in a worker.

Tests that use `stack` carry `pytestmark = pytest.mark.xdist_group("stack")`, those of the command "cli", so that each
half runs in one worker.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from local import process_table, processes
from local.loopback import session
from local.operations import Operations
from local.outputs import Outputs
from local.settings import ROOT
from tests.privacy import secrets_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import requests

PYTHON = ROOT / ".venv/local/bin/python"
VARIABLES = ("LOCAL_DIR", "GATEWAY_PORT", "SIMULATOR_PORT", "SMS_ENDPOINT", "PARAMETERS", "TEMPLATE", "REGISTRY")
DEVELOPERS = {  # what may be set where the launcher is started, and must not matter
    "AWS_PROFILE": "no-such-profile",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_DEFAULT_REGION": "eu-north-1",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
}
MOST_ENTRIES = 10  # SQS takes no more at once
PATIENCE = 30  # seconds for what happens behind a queue


@dataclass(frozen=True)
class LocalCloud:
    """A local cloud of one directory, and the verbs of the launcher for it."""

    directory: Path
    variables: Mapping[str, str]

    def start(self, verb: str, **more: str) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        environment = inherited | DEVELOPERS | dict(self.variables) | more | {"LOCAL_DIR": str(self.directory)}
        return subprocess.Popen(  # noqa: S603 - a fixed program
            [PYTHON, "-m", "local", verb],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, verb: str, **more: str) -> tuple[int, str]:
        """Carry out a verb and give its exit code and what it printed."""
        process = self.start(verb, **more)
        said, _ = process.communicate()
        return process.returncode, said

    def up(self, **more: str) -> Stack:
        code, said = self.run("up", **more)
        assert code == 0, said
        return Stack(Operations(Outputs.read(self.directory / "outputs.json")), self, said)

    def down(self) -> None:
        """Stop it, and check that nothing is left."""
        leaders = self.leaders()
        code, said = self.run("down")
        assert code == 0, said
        for leader in leaders:
            assert process_table.in_group(leader.pid) == []
        assert_nothing_left(self.directory)

    def leaders(self) -> list[processes.Leader]:
        """The processes that the launcher has noted."""
        return processes.recall(self.directory / "processes.json")


@dataclass(frozen=True)
class Stack:
    """The deployed stack, as an operator uses it."""

    operations: Operations
    cloud: LocalCloud
    said: str  # by `make up`
    clients: dict[str, Any] = field(default_factory=dict)

    @property
    def outputs(self) -> Outputs:
        return self.operations.outputs

    def client(self, service: str) -> Any:
        """A boto3 client with the operator's key."""
        if service not in self.clients:
            self.clients[service] = self.operations.client(service)
        return self.clients[service]

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> requests.Response:
        """POST a JSON document, or bytes as they are, signed with the operator's key."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.operations.request("POST", path, content, headers)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> requests.Response:
        """GET, signed with the operator's key."""
        return self.operations.request("GET", path, headers=headers)

    def log_lines(self, function: str) -> list[str]:
        """What a function logged, by its logical id."""
        return self.operations.log_lines(function)

    def outcomes(self, function: str) -> list[dict[str, Any]]:
        """The outcomes that a function logged, by its logical id."""
        return self.operations.outcomes(function)

    def received(self, *phone_numbers: str) -> list[dict[str, Any]]:
        """What the simulator received for these numbers."""
        with session() as http:
            answer = http.get(f"{self.outputs.simulator_url}/_simulator/messages", timeout=PATIENCE)
        return [message for message in answer.json()["messages"] if message["phone_number"] in phone_numbers]


def enqueue(stack: Stack, bodies: Sequence[str]) -> None:
    """Put messages into the queue of the queue door."""
    for start in range(0, len(bodies), MOST_ENTRIES):
        entries = [{"Id": f"{i}", "MessageBody": body} for i, body in enumerate(bodies[start : start + MOST_ENTRIES])]
        answer = stack.client("sqs").send_message_batch(QueueUrl=stack.outputs.queue_url, Entries=entries)
        assert not answer.get("Failed"), answer["Failed"]


def wait_until(what: str, look: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Look until there is something, and give it."""
    until = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return seen


def leaked(text: str) -> list[str]:
    """Secrets and whole numbers in what the deployed functions logged."""
    return secrets_in(text, ("testSecret", "739164", "王小明"))


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def assert_nothing_left(directory: Path) -> None:
    """No process noted, no outputs, no temporary files; logs and what was built may stay."""
    left = {path.name for path in directory.iterdir()}
    assert left <= {"logs", "sam", "demo"}, left


def new_cloud(directory: Path, **variables: str) -> LocalCloud:
    """A local cloud on free ports, not started yet."""
    ports = {"GATEWAY_PORT": free_port(), "SIMULATOR_PORT": free_port()}
    return LocalCloud(directory, ports | variables)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The project's template, deployed to a local cloud."""
    cloud = new_cloud(tmp_path_factory.mktemp("cloud"))
    stack = cloud.up()
    yield stack
    leaks = [secret for name in stack.outputs.functions for secret in leaked("\n".join(stack.log_lines(name)))]
    cloud.down()
    assert leaks == []


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    """A local cloud that is not started yet; whatever a test starts of it is stopped."""
    made = new_cloud(tmp_path)
    yield made
    made.run("down")
