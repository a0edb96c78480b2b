"""Each fault, as the caller of a socket meets it."""

from __future__ import annotations

import json
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, IncompleteRead
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.conftest import signed_form

if TYPE_CHECKING:
    from tests.integration.conftest import Simulator

FORM = {"content-type": "application/x-www-form-urlencoded"}


def logged(simulator: Simulator) -> list[tuple[str | None, int | None, str | None]]:
    return [(entry["fault"], entry["http_status"], entry["code"]) for entry in simulator.requests()]


def test_without_faults_nothing_fails(simulator: Simulator) -> None:
    assert simulator.call().code == "OK"
    assert logged(simulator) == [(None, 200, "OK")]


def test_a_reset_before_the_call_is_carried_out(simulator: Simulator) -> None:
    simulator.faults("reset_before")

    with pytest.raises(ConnectionResetError):
        simulator.call()

    assert simulator.messages() == []
    assert logged(simulator) == [("reset_before", None, None)]


def test_a_reset_after_the_call_is_carried_out(simulator: Simulator) -> None:
    simulator.faults("reset_after")

    with pytest.raises(ConnectionResetError):
        simulator.call()

    assert len(simulator.messages()) == 1
    assert logged(simulator) == [("reset_after", 200, "OK")]


@pytest.mark.parametrize(("fault", "sent"), [("hang", 1), ("hang_before", 0)])
def test_an_answer_that_does_not_come(simulator: Simulator, fault: str, sent: int) -> None:
    simulator.faults({"fault": fault, "seconds": 60})
    with closing(HTTPConnection(simulator.host, simulator.port, timeout=30)) as caller:
        caller.request("POST", "/", signed_form(), FORM)
        simulator.wait_for_requests(1)
        assert len(simulator.messages()) == sent
        assert simulator.call().code == "OK", "others are answered meanwhile"

        assert caller.sock is not None
        caller.sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            caller.getresponse()


def test_an_answer_that_comes_late(simulator: Simulator) -> None:
    simulator.faults({"fault": "hang", "seconds": 0.01})

    assert simulator.call().code == "OK"


def test_a_hang_before_the_call_is_carried_out_ends_in_a_reset(simulator: Simulator) -> None:
    simulator.faults({"fault": "hang_before", "seconds": 0.01})

    with pytest.raises(ConnectionResetError):
        simulator.call()

    assert simulator.messages() == []


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("internal_error", 500, "InternalError"),
        ("unavailable", 503, "ServiceUnavailable"),
        ("throttled", 400, "Throttling.User"),
    ],
)
def test_a_gateway_in_trouble(simulator: Simulator, fault: str, status: int, code: str) -> None:
    simulator.faults(fault)

    reply = simulator.call()

    assert (reply.status, reply.code) == (status, code)
    assert set(reply.json()) == {"RequestId", "HostId", "Code", "Message", "Recommend"}
    assert "x-acs-retry-after" not in reply.headers
    assert simulator.messages() == []
    assert logged(simulator) == [(fault, status, code)]


@pytest.mark.parametrize("fault", ["internal_error", "unavailable", "bad_gateway", "garbage"])
@pytest.mark.parametrize(("processed", "sent"), [(True, 1), (False, 0)])
def test_trouble_before_or_after_the_call_is_carried_out(
    simulator: Simulator,
    fault: str,
    processed: bool,  # noqa: FBT001 a case, not a switch
    sent: int,
) -> None:
    simulator.faults({"fault": fault, "processed": processed})

    simulator.call()

    assert len(simulator.messages()) == sent


def test_throttling_can_say_when_to_come_again(simulator: Simulator) -> None:
    simulator.faults({"fault": "throttled", "retry_after": 1500})

    assert simulator.call().headers["x-acs-retry-after"] == "1500"


def test_a_bad_gateway_answers_in_html(simulator: Simulator) -> None:
    simulator.faults("bad_gateway")

    reply = simulator.call()

    assert reply.status == 502
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.body.startswith(b"<html>")


def test_garbage_is_a_200_that_is_no_json(simulator: Simulator) -> None:
    simulator.faults("garbage")

    reply = simulator.call()

    assert reply.status == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert len(simulator.messages()) == 1


def test_a_truncated_answer_ends_before_its_length(simulator: Simulator) -> None:
    simulator.faults("truncated")

    with pytest.raises(IncompleteRead) as cut:
        simulator.call()

    assert cut.value.expected
    assert cut.value.partial.startswith(b"{")
    assert len(simulator.messages()) == 1


@pytest.mark.parametrize(
    ("status", "members"),
    [
        (200, {"RequestId", "Code", "Message"}),
        (403, {"RequestId", "Code", "Message", "HostId", "Recommend"}),
    ],
)
def test_any_code_can_be_answered_in_its_form(simulator: Simulator, status: int, members: set[str]) -> None:
    simulator.faults({"fault": "answer", "code": "isv.AMOUNT_NOT_ENOUGH", "message": "账户余额不足", "status": status})

    reply = simulator.call()

    assert reply.status == status
    assert set(reply.json()) == members
    assert (reply.code, reply.json()["Message"]) == ("isv.AMOUNT_NOT_ENOUGH", "账户余额不足")
    assert simulator.messages() == []


def test_trouble_can_be_xml(simulator: Simulator) -> None:
    simulator.faults("unavailable")

    assert b"<Code>ServiceUnavailable</Code>" in simulator.call(Format="XML").body


@pytest.mark.parametrize(
    ("nonce_check", "code"), [("before", "SignatureNonceUsed"), ("after", "OK")], ids=["burnt", "not burnt"]
)
def test_a_gateway_in_trouble_has_burnt_the_nonce_or_not(simulator: Simulator, nonce_check: str, code: str) -> None:
    simulator.options(nonce_check=nonce_check)
    simulator.faults("unavailable")
    form = signed_form()

    assert simulator.post(form).code == "ServiceUnavailable"
    assert simulator.post(form).code == code


@pytest.mark.parametrize("fault", ["reset_before", {"fault": "hang_before", "seconds": 0}])
def test_a_call_that_never_reached_the_gateway_can_be_made_again(simulator: Simulator, fault: Any) -> None:
    simulator.faults(fault)
    form = signed_form()
    with pytest.raises(ConnectionResetError):
        simulator.post(form)

    assert simulator.post(form).code == "OK"


@pytest.mark.parametrize("nonce_check", ["before", "after"])
def test_a_call_whose_answer_was_lost_cannot_be_made_again(simulator: Simulator, nonce_check: str) -> None:
    simulator.options(nonce_check=nonce_check)
    simulator.faults("reset_after")
    form = signed_form()
    with pytest.raises(ConnectionResetError):
        simulator.post(form)

    assert simulator.post(form).code == "SignatureNonceUsed"
    assert len(simulator.messages()) == 1


def test_the_request_that_draws_a_refusal_is_answered_and_the_next_cannot_connect(simulator: Simulator) -> None:
    simulator.faults({"fault": "refuse", "seconds": 0.3})

    reply = simulator.call()

    assert reply.code == "OK"
    assert reply.headers["connection"] == "close"
    with pytest.raises(ConnectionRefusedError):
        simulator.call()
    simulator.wait_until_listening()
    assert simulator.call().code == "OK"
    assert len(simulator.messages()) == 2


def test_connections_can_be_refused_from_now(simulator: Simulator) -> None:
    simulator.faults(refuse_seconds=0.3)

    with pytest.raises(ConnectionRefusedError):
        simulator.call()
    simulator.wait_until_listening()
    assert simulator.call().code == "OK"


def test_a_refusal_closes_connections_that_were_kept_alive(simulator: Simulator) -> None:
    kept = HTTPConnection(simulator.host, simulator.port, timeout=30)
    kept.request("GET", "/_simulator/health")
    kept.getresponse().read()
    assert kept.sock is not None

    simulator.faults(refuse_seconds=0.3)

    assert kept.sock.recv(1) == b""
    kept.close()


def test_faults_are_drawn_in_the_order_of_the_requests_then_exhausted(simulator: Simulator) -> None:
    simulator.faults(None, "unavailable", {"fault": "answer", "code": "isv.OUT_OF_SERVICE"})

    assert [simulator.call().code for _ in range(4)] == ["OK", "ServiceUnavailable", "isv.OUT_OF_SERVICE", "OK"]


def test_a_plan_counts_requests_to_the_provider_alone(simulator: Simulator) -> None:
    simulator.faults("unavailable")
    simulator.messages()

    assert simulator.faults_left()["plan"] == [{"fault": "unavailable"}]
    assert simulator.call().code == "ServiceUnavailable"
    assert simulator.faults_left()["plan"] == []


def test_chances_are_the_same_for_the_same_seed(simulator: Simulator) -> None:
    def codes() -> list[str]:
        simulator.faults(random={"unavailable": 0.3, "throttled": 0.3}, seed=7)
        return [simulator.call().code for _ in range(30)]

    first = codes()

    assert first == codes()
    assert set(first) == {"OK", "ServiceUnavailable", "Throttling.User"}


def test_each_fault_is_drawn_once_by_callers_at_the_same_time(simulator: Simulator) -> None:
    simulator.faults(*["unavailable"] * 10)

    with ThreadPoolExecutor(10) as callers:
        codes = list(callers.map(lambda _: simulator.call().code, range(30)))

    assert (codes.count("ServiceUnavailable"), codes.count("OK")) == (10, 20)
    assert len(simulator.messages()) == 20


def test_a_caller_who_resets_in_the_middle_of_a_body_does_no_harm(simulator: Simulator) -> None:
    with socket.create_connection((simulator.host, simulator.port)) as caller:
        caller.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nAction=Se")
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert simulator.call().code == "OK"
    assert len(simulator.requests()) == 1
