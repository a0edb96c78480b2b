"""The control API, and the process itself: how it starts, what it says, how it stops."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from local.simulator.server import bind
from tests.integration.conftest import ROOT, signed_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.conftest import Simulator


def test_it_says_that_it_listens(simulator: Simulator) -> None:
    assert simulator.control("GET", "health").json() == {"status": "ok"}


def test_clearing_empties_messages_requests_and_nonces(simulator: Simulator) -> None:
    form = signed_form()
    simulator.post(form)

    simulator.clear()

    assert simulator.messages() == []
    assert simulator.requests() == []
    assert simulator.post(form).code == "OK"


def test_clearing_leaves_faults_and_options(simulator: Simulator) -> None:
    simulator.faults("garbage")
    simulator.options(limits=True)

    simulator.clear()

    assert simulator.faults_left()["plan"] == [{"fault": "garbage"}]
    assert simulator.options()["limits"] is True


def test_a_request_is_logged_by_names_without_its_values(simulator: Simulator) -> None:
    simulator.call(OutId="order-1", SignatureNonce="n-1")

    (entry,) = simulator.requests()
    assert entry.pop("at").endswith("Z")
    assert sorted(entry.pop("form_keys"))[:4] == ["AccessKeyId", "Action", "Format", "OutId"]
    assert entry == {
        "method": "POST",
        "action": "SendSms",
        "signature_version": 1,
        "query_keys": [],
        "out_id": "order-1",
        "nonce": "n-1",
        "fault": None,
        "http_status": 200,
        "code": "OK",
    }
    assert "13800138000" not in json.dumps(simulator.requests())


def test_requests_that_are_refused_are_logged_too(simulator: Simulator) -> None:
    simulator.call(secret="wrong")
    simulator.call(PhoneNumbers="12")

    assert [(entry["http_status"], entry["code"]) for entry in simulator.requests()] == [
        (400, "SignatureDoesNotMatch"),
        (200, "isv.MOBILE_NUMBER_ILLEGAL"),
    ]


@pytest.mark.parametrize(("limit", "shown"), [("0", []), ("2", ["n-1", "n-2"]), ("9", ["n-0", "n-1", "n-2"])])
@pytest.mark.parametrize("path", ["messages", "requests"])
def test_the_last_ones_are_shown_with_the_count_of_all(
    simulator: Simulator, path: str, limit: str, shown: list[str]
) -> None:
    for i in range(3):
        simulator.call(SignatureNonce=f"n-{i}")

    answer = simulator.control("GET", f"{path}?limit={limit}").json()

    assert answer["count"] == 3
    assert [each["nonce"] for each in answer[path]] == shown


@pytest.mark.parametrize("limit", ["-1", "ten", ""])
def test_a_limit_that_is_none_is_refused(simulator: Simulator, limit: str) -> None:
    reply = simulator.control("GET", f"messages?limit={limit}")

    assert (reply.status, reply.json()["error"]) == (400, "limit: a whole number, zero or more")


def test_options_go_back_to_what_the_command_line_said(start_simulator: Callable[..., Any]) -> None:
    with start_simulator("--limits") as simulator:
        simulator.options(limits=False, send_status=1)

        assert simulator.control("DELETE", "options").json()["limits"] is True
        assert simulator.options()["send_status"] == 3


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("faults", b'{"plan":[{"fault":"explode"}]}', "plan[0]: unknown fault 'explode'"),
        ("faults", b'{"plan":[{"fault":"hang","minutes":1}]}', "unknown field 'minutes' of hang"),
        ("faults", b'{"plans":[]}', "plans: unknown member"),
        ("faults", b'{"refuse_seconds":"1"}', "refuse_seconds: a number"),
        ("faults", b"[]", "a JSON object"),
        ("faults", b"{", "Expecting"),
        ("options", b'{"nonce":"after"}', "nonce: unknown option"),
        ("options", b'{"nonce_check":"never"}', "nonce_check: one of"),
        ("options", b'{"refused_numbers":{"12":"isv.A"}}', "refused_numbers: each name is a phone number"),
    ],
)
def test_what_is_wrong_is_named(simulator: Simulator, path: str, body: bytes, named: str) -> None:
    reply = simulator.control("PUT", path, body)

    assert reply.status == 400
    assert named in reply.json()["error"]


def test_asyncio_can_tell_that_the_sockets_are_tcp_and_sends_small_answers_at_once() -> None:
    with bind("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP


def test_a_busy_port_is_said_by_its_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])

        ended = run("--port", port)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"simulator: cannot listen on 127.0.0.1, port {port}: ")
    assert ended.stderr.count("\n") == 1


def test_a_registry_that_is_not_there_is_named() -> None:
    ended = run("--port", "0", "--registry", "nowhere.json")

    assert ended.returncode == 1
    assert "nowhere.json" in ended.stderr


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.simulator", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603 our own module


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_even_with_a_call_that_hangs_and_prints_no_number(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "local.simulator", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 our own module
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        exchange(port, "PUT", "/_simulator/faults", b'{"plan":[null,{"fault":"hang"}]}')
        exchange(port, "POST", "/", signed_form())
        with socket.create_connection(("127.0.0.1", port)) as hanging:
            hanging.sendall(request("POST", "/", signed_form()))
            while b'"hang"' not in exchange(port, "GET", "/_simulator/requests"):
                pass

            process.send_signal(number)
            printed, complained = process.communicate(timeout=30)

    assert process.returncode == 0
    assert printed == ""
    assert complained == ""


def request(method: str, target: str, body: bytes = b"") -> bytes:
    head = f"{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {len(body)}\r\n"
    return f"{head}content-type: application/x-www-form-urlencoded\r\n\r\n".encode() + body


def exchange(port: int, method: str, target: str, body: bytes = b"") -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answer:
        connection.sendall(request(method, target, body))
        return answer.read()
