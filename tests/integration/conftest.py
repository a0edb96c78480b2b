"""The simulator in a process of its own, and what tests say to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from local.simulator import signature
from tests.integration.servers import Behaviour, Certificate, Server, serving, write_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PATIENCE = 30  # seconds until a test gives up on a process, far beyond what it takes

SECRET = "testSecret"
SEND_SMS = {
    "Action": "SendSms",
    "PhoneNumbers": "13800138000",
    "SignName": "阿里云短信测试",
    "TemplateCode": "SMS_154950909",
    "TemplateParam": '{"code":"123456"}',
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json()["Code"])


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator: its address, its controls, and requests to it as a caller would make them."""

    host: str
    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def endpoint(self) -> str:
        return f"{self.host}:{self.port}"

    def messages(self) -> list[dict[str, Any]]:
        """Every accepted recipient."""
        return self._control("GET", "messages").json()["messages"]  # type: ignore[no-any-return]

    def requests(self) -> list[dict[str, Any]]:
        """Every request to the provider, with how it was answered."""
        return self._control("GET", "requests").json()["requests"]  # type: ignore[no-any-return]

    def wait_for_requests(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many requests have come to the provider, also where their answers are held back."""
        deadline = time.monotonic() + PATIENCE
        while len(come := self.requests()) < count:
            assert time.monotonic() < deadline, f"{len(come)} requests came, not {count}"
            time.sleep(0.01)
        return come

    def clear(self) -> None:
        """Forget messages, requests, nonces and what the limits counted."""
        self._control("DELETE", "messages")

    def faults(self, *plan: str | dict[str, Any] | None, **more: Any) -> dict[str, Any]:
        """Plan faults, by name or in full; None is a request without one. More: random, seed, refuse_seconds."""
        entries = [{"fault": entry} if isinstance(entry, str) else entry for entry in plan]
        return self._control("PUT", "faults", {"plan": entries, **more}).json()  # type: ignore[no-any-return]

    def faults_left(self) -> dict[str, Any]:
        return self._control("GET", "faults").json()  # type: ignore[no-any-return]

    def options(self, **changes: Any) -> dict[str, Any]:
        """Change options; those not given stay."""
        return self._control("PUT", "options", changes).json()  # type: ignore[no-any-return]

    def reset(self) -> None:
        """Make it as new: no messages, no faults, the options that it was started with."""
        self.wait_until_listening()
        self.faults()
        self._control("DELETE", "options")
        self.clear()

    def control(self, method: str, path: str, body: bytes = b"") -> Reply:
        """Say something to the control API, also something wrong."""
        return self.request(method, f"/_simulator/{path}", body)

    def request(self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
        """Make one request on a connection of its own."""
        connection = HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, dict(response.headers.items()), response.read())
        finally:
            connection.close()

    def call(self, **params: Any) -> Reply:
        """Make a V1 call as a POST of a form; without parameters a good SendSms. None leaves a parameter out."""
        return self.post(signed_form(**params))

    def post(self, form: bytes) -> Reply:
        return self.request("POST", "/", form, {"content-type": "application/x-www-form-urlencoded"})

    def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Reply:
        reply = self.control(method, path, b"" if body is None else json.dumps(body).encode())
        assert reply.status < 300, reply.body.decode()
        return reply

    def wait_until_listening(self) -> None:
        """Wait for the end of a refusal."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._control("GET", "health")
            except ConnectionError:
                assert time.monotonic() < deadline, "the simulator does not listen again"
                time.sleep(0.01)
            else:
                return


def timestamp() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def rpc_params(method: str = "POST", secret: str = SECRET, **changes: Any) -> dict[str, str]:
    """Parameters of a V1 call, signed last; None leaves one out."""
    common = {
        "Version": "2017-05-25",
        "Format": "JSON",
        "AccessKeyId": "testId",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": str(uuid4()),
        "Timestamp": timestamp(),
    }
    action = {} if changes.get("Action", "SendSms") != "SendSms" else SEND_SMS
    params = {name: value for name, value in (common | action | changes).items() if value is not None}
    computed = signature.rpc_signature(signature.rpc_string_to_sign(method, params), secret)
    return {"Signature": computed} | params


def signed_form(**changes: Any) -> bytes:
    return urlencode(rpc_params(**changes)).encode()


@contextmanager
def running(*arguments: str) -> Iterator[Simulator]:
    """Start a simulator on a free port and stop it afterwards."""
    command = [sys.executable, "-m", "local.simulator", "--port", "0", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 our own module
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "listening on http://" in line, "the simulator did not start"
            host, _, port = line.strip().rpartition("/")[2].partition(":")
            yield Simulator(host, int(port), process)
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: Simulator) -> Iterator[Simulator]:
    """One simulator for all tests, as new for each."""
    running_simulator.reset()
    yield running_simulator
    running_simulator.reset()


@pytest.fixture
def start_simulator() -> Callable[..., Any]:
    """Start one with other arguments: `with start_simulator("--limits") as simulator: ...`."""
    return running


@pytest.fixture
def start() -> Iterator[Callable[[Behaviour], Server]]:
    """Start servers that run until the test is over."""
    with ExitStack() as servers:
        yield lambda behaviour: servers.enter_context(serving(behaviour))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate of this machine's, with its key."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "certificate.pem")
