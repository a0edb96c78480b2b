"""What the inbox page rests on: who is answered, the stream of events, and a request with its answer."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.conftest import PATIENCE, signed_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.conftest import Simulator

FORM = "application/x-www-form-urlencoded"
PATHS = ["/inbox/", "/inbox/inbox.js", "/_simulator/messages", "/_simulator/events", "/_simulator/options"]


@contextmanager
def following(simulator: Simulator, **headers: str) -> Iterator[Callable[[str], tuple[str, Any]]]:
    """A stream of events, of which the next one of a name is read: its id and content."""
    connection = HTTPConnection(simulator.host, simulator.port, timeout=PATIENCE)
    connection.request(
        "GET", "/_simulator/events", headers={name.replace("_", "-"): each for name, each in headers.items()}
    )
    answer = connection.getresponse()

    def read(name: str) -> tuple[str, Any]:
        while answer.readline() != f"event: {name}\n".encode():
            pass
        event_id, content = (answer.readline().decode().partition(": ")[2] for _ in range(2))
        return event_id.strip(), json.loads(content)

    yield read
    answer.close()
    connection.close()


@pytest.mark.parametrize(
    "host", ["attacker.example", "127.0.0.1.attacker.example:9100", "localhost.example", "10.0.0.1"]
)
@pytest.mark.parametrize("path", PATHS)
def test_a_name_that_leads_here_by_dns_alone_is_refused(simulator: Simulator, path: str, host: str) -> None:
    assert simulator.request("GET", path, headers={"host": host}).status == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9100", "[::1]:9100", "LocalHost"])
def test_names_of_this_machine_are_answered(simulator: Simulator, host: str) -> None:
    assert simulator.request("GET", "/_simulator/messages", headers={"host": host}).status == 200
    assert simulator.request("GET", "/inbox/", headers={"host": host}).status == 200


@pytest.mark.parametrize(
    "origin", ["http://attacker.example", "null", "https://localhost:9100", "http://localhost:9101"]
)
@pytest.mark.parametrize(("method", "path"), [("PUT", "faults"), ("PUT", "options"), ("DELETE", "messages")])
def test_a_page_of_another_origin_changes_nothing(simulator: Simulator, method: str, path: str, origin: str) -> None:
    simulator.call()

    reply = simulator.request(method, f"/_simulator/{path}", b"{}", {"host": "localhost:9100", "origin": origin})

    assert reply.status == 403
    assert len(simulator.messages()) == 1


def test_the_page_itself_may_change_what_it_shows(simulator: Simulator) -> None:
    headers = {"host": "localhost:9100", "origin": "http://localhost:9100"}

    assert simulator.request("PUT", "/_simulator/options", b'{"limits": true}', headers).json()["limits"] is True


def test_the_provider_answers_under_any_name(simulator: Simulator) -> None:
    headers = {"host": "dysmsapi.aliyuncs.com", "content-type": FORM}

    assert simulator.request("POST", "/", signed_form(), headers).code == "OK"


@pytest.mark.parametrize("path", ["/inbox/", "/inbox/inbox.js", "/inbox/inbox.css", "/inbox/icon.svg"])
def test_nothing_but_the_files_of_the_page_runs_on_it(simulator: Simulator, path: str) -> None:
    headers = simulator.request("GET", path).headers

    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_its_address_may_lack_the_last_slash(simulator: Simulator) -> None:
    reply = simulator.request("GET", "/inbox")

    assert (reply.status, reply.headers["location"]) == (307, f"{simulator.url}/inbox/")


def test_a_stream_begins_anew_then_tells_what_comes(simulator: Simulator) -> None:
    simulator.call(SignatureNonce="n-1")
    with following(simulator) as read:
        inbox, _ = read("reset")
        _, controls = read("controls")
        event_id, (first,) = read("messages")
        simulator.call(SignatureNonce="n-2")
        _, (second,) = read("messages")

    assert controls["options"]["limits"] is False
    assert event_id == inbox.removesuffix("0") + "1"
    assert [first["nonce"], second["nonce"]] == ["n-1", "n-2"]


def test_who_connects_again_is_told_what_came_meanwhile(simulator: Simulator) -> None:
    simulator.call(SignatureNonce="n-1")
    with following(simulator) as read:
        seen, _ = read("messages")
    simulator.call(SignatureNonce="n-2")

    with following(simulator, last_event_id=seen) as read:
        _, messages = read("messages")

    assert [message["nonce"] for message in messages] == ["n-2"]


def test_who_saw_an_inbox_that_is_gone_begins_anew(simulator: Simulator) -> None:
    simulator.call()
    with following(simulator) as read:
        seen, _ = read("messages")
        simulator.clear()
        assert read("reset")[1] == {}
    simulator.call(SignatureNonce="n-3")

    with following(simulator, last_event_id=seen) as read:
        read("reset")
        _, messages = read("messages")

    assert [message["nonce"] for message in messages] == ["n-3"]


def test_the_controls_and_the_last_request_are_told_as_they_change(simulator: Simulator) -> None:
    with following(simulator) as read:
        read("controls")
        simulator.faults("throttled")
        assert read("controls")[1]["faults"]["plan"] == [{"fault": "throttled"}]
        simulator.call()
        assert read("controls")[1]["faults"]["plan"] == []
        assert read("request")[1]["code"] == "Throttling.User"


def test_a_request_that_sent_something_is_kept_with_its_signature_and_its_answer(simulator: Simulator) -> None:
    answer = simulator.call(OutId="order-2").json()

    exchange = simulator.control("GET", f"requests/{answer['RequestId']}").json()

    lines = exchange["request"].splitlines()
    assert lines[0] == "POST /"
    assert {"PhoneNumbers=13800138000", "OutId=order-2"} <= set(lines)
    assert any(line.startswith("Signature=") for line in lines)
    assert json.loads(exchange["answer"]) == answer
    assert (exchange["http_status"], exchange["fault"]) == (200, None)


def test_a_token_is_not_shown(simulator: Simulator) -> None:
    simulator.options(access_keys=["testId:testSecret:the-token"])
    answer = simulator.call(SecurityToken="the-token").json()

    shown = simulator.control("GET", f"requests/{answer['RequestId']}").body

    assert b"SecurityToken=(not shown)" in shown
    assert b"the-token" not in shown


def test_what_sent_nothing_is_not_kept(simulator: Simulator) -> None:
    request_id = simulator.call(PhoneNumbers="12").json()["RequestId"]

    assert simulator.control("GET", f"requests/{request_id}").status == 404
