"""The client against all that can take its time: none of it takes more than the call has."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms import Credentials, SmsClient
from aliyun_sms.errors import CodedError, NotSent, OutcomeUnknown
from aliyun_sms.provider import addresses
from tests.integration.servers import (
    TARGET,
    Behaviour,
    Certificate,
    Server,
    answers,
    answers_once_then,
    drips,
    hangs,
    resets,
    sends,
    sips,
    tunnels_to,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOT_SENT = (NotSent, "client:connect-failure")
UNKNOWN = (OutcomeUnknown, "client:read-timeout")
BIG = {"code": "x" * 16_000_000}  # more than sockets hold on their way
NAME = "sms.example"
PATIENCE = 20  # seconds until a test gives up on a call that has one or two


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes no connection and refuses none: those that wait to be taken are as many as may."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003 - as the standard library has it
            waiting.connect_ex(listener.getsockname())
        yield int(listener.getsockname()[1])


def names(monkeypatch: pytest.MonkeyPatch, *ports: int, families: tuple[int, ...] = ()) -> None:
    """The name has loopback addresses with these ports, the first of them of other families."""
    kinds = [*families, *[socket.AF_INET] * (len(ports) - len(families))]
    found = [
        (family, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for family, port in zip(kinds, ports, strict=True)
    ]
    given = socket.getaddrinfo

    def look_up(host: str, *rest: Any) -> Any:
        if host != NAME:
            return given(host, *rest)
        if rest[-1] == socket.AI_NUMERICHOST:
            raise socket.gaierror
        return found

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def outcome(client: SmsClient, seconds_left: float | None = None, values: dict[str, str] | None = None) -> Any:
    """The code of the answer to a send, or type and code of what it raises; it gives up on one that takes too long."""
    send = partial(client.send_sms, ["13800138000"], "sign", "SMS_1", values or {"code": "1"})
    thread = ThreadPoolExecutor(1)
    try:
        return thread.submit(send, seconds_left=seconds_left).result(timeout=PATIENCE).code
    except CodedError as error:
        return type(error), error.code
    finally:
        thread.shutdown(wait=False)


def make_client(endpoint: str, **options: Any) -> SmsClient:
    return SmsClient(Credentials("testId", "testSecret"), endpoint=endpoint, **options)


def test_addresses_that_are_silent_leave_time_for_the_one_that_answers(
    start: Callable[[Behaviour], Server], silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(answers)
    names(monkeypatch, silent, silent, silent, server.port)

    assert outcome(make_client(f"http://{NAME}"), seconds_left=4.0) == "OK"


def test_a_hundred_addresses_that_are_silent_take_no_more_time_than_one(
    silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, *[silent] * 100)

    assert outcome(make_client(f"http://{NAME}", connect_timeout=1.0)) == NOT_SENT


def test_an_address_of_a_kind_that_the_machine_does_not_know_is_passed_over(
    start: Callable[[Behaviour], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(answers)
    names(monkeypatch, server.port, server.port, families=(12345,))

    assert outcome(make_client(f"http://{NAME}")) == "OK"


@pytest.fixture
def hanging_look_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A resolver that answers nobody until the test is over, and then that there is no such name."""
    over = Event()
    given = socket.getaddrinfo

    def look_up(host: str, *rest: Any) -> Any:
        if host != NAME:
            return given(host, *rest)
        if rest[-1] != socket.AI_NUMERICHOST:
            over.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    over.set()


@pytest.mark.usefixtures("hanging_look_up")
@pytest.mark.parametrize("seconds_left", [None, 1.5])
def test_a_look_up_that_hangs_is_not_waited_for(seconds_left: float | None) -> None:
    assert outcome(make_client(f"https://{NAME}", connect_timeout=0.3), seconds_left) == NOT_SENT


@pytest.fixture
def one_look_up() -> Iterator[None]:
    """All look-ups that may be made at once but one are under way."""
    others = addresses.MOST_LOOK_UPS - 1
    assert all(addresses.look_ups.acquire(timeout=PATIENCE) for _ in range(others))
    yield
    addresses.look_ups.release(others)


@pytest.mark.usefixtures("one_look_up", "hanging_look_up")
def test_look_ups_that_hang_take_no_more_than_their_share_of_threads(start: Callable[[Behaviour], Server]) -> None:
    assert outcome(make_client(f"https://{NAME}", connect_timeout=0.1)) == NOT_SENT
    assert outcome(make_client(f"https://{NAME}", connect_timeout=PATIENCE * 2)) == NOT_SENT
    assert outcome(make_client(start(answers).url)) == "OK"  # where there is nothing to look up


def test_tls_that_hangs_is_not_sent_to(start: Callable[[Behaviour], Server]) -> None:
    assert outcome(make_client(start(hangs).secure_url, connect_timeout=PATIENCE * 2), seconds_left=1.3) == NOT_SENT


def test_a_proxy_and_the_tls_behind_it_have_one_time_together(
    start: Callable[[Behaviour], Server], certificate: Certificate
) -> None:
    proxy = start(sends(b"HTTP/1.1 200 OK\r\n\r\n", hangs))
    client = make_client(
        f"https://{TARGET}", proxy=proxy.url, ssl_context=certificate.trusted(), connect_timeout=PATIENCE * 2
    )

    assert outcome(client, seconds_left=1.3) == NOT_SENT


def test_a_proxy_that_drips_its_answer_is_not_sent_through(start: Callable[[Behaviour], Server]) -> None:
    proxy = start(sends(b"HTTP/1.1 200 OK\r\nX-Long: ", drips))

    assert outcome(make_client(f"https://{TARGET}", proxy=proxy.url, connect_timeout=0.3)) == NOT_SENT


def test_a_message_goes_through_a_proxy_over_tls(
    start: Callable[[Behaviour], Server], certificate: Certificate
) -> None:
    server = start(certificate.over_tls(answers))
    proxy = start(certificate.over_tls(tunnels_to(server.port)))
    client = make_client(f"https://{TARGET}", proxy=proxy.secure_url, ssl_context=certificate.trusted())

    assert [outcome(client) for _ in range(2)] == ["OK"] * 2
    assert (len(proxy.connections), len(server.requests)) == (1, 2)


def drips_tls(server: Server, connection: socket.socket) -> None:
    """Begins a handshake's record of 16 KB."""
    connection.recv(1)
    connection.sendall(b"\x16\x03\x03\x40\x00")
    drips(server, connection)


def test_tls_that_drips_behind_a_proxy_over_tls_is_not_sent_to(
    start: Callable[[Behaviour], Server], certificate: Certificate
) -> None:
    proxy = start(certificate.over_tls(sends(b"HTTP/1.1 200 OK\r\n\r\n", drips_tls)))
    client = make_client(
        f"https://{TARGET}", proxy=proxy.secure_url, ssl_context=certificate.trusted(), connect_timeout=0.5
    )

    assert outcome(client) == NOT_SENT


@pytest.mark.parametrize("kept", [False, True], ids=["on a new connection", "on a kept one"])
@pytest.mark.parametrize("behaviour", [hangs, sips])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
def test_a_request_that_is_not_taken_in_time_has_left_in_part_and_is_unknown(
    start: Callable[[Behaviour], Server], certificate: Certificate, secure: object, behaviour: Behaviour, kept: object
) -> None:
    then = answers_once_then(behaviour) if kept else behaviour
    server = start(certificate.over_tls(then) if secure else then)
    client = make_client(
        server.secure_url if secure else server.url, ssl_context=certificate.trusted(), read_timeout=0.7
    )
    if kept:
        outcome(client)

    assert outcome(client, values=BIG) == UNKNOWN


def test_connecting_that_was_slow_takes_no_time_from_the_request(
    start: Callable[[Behaviour], Server], monkeypatch: pytest.MonkeyPatch, silent: int
) -> None:
    """What the time to connect leaves is for connecting: the request and its answer have their own."""
    server = start(answers)
    names(monkeypatch, silent, server.port)

    assert outcome(make_client(f"http://{NAME}", connect_timeout=1.0, read_timeout=10.0), values=BIG) == "OK"


@pytest.mark.parametrize("start_of_answer", [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_drips_is_not_waited_for_beyond_the_time_that_is_left(
    start: Callable[[Behaviour], Server], start_of_answer: bytes
) -> None:
    client = make_client(start(sends(start_of_answer, drips)).url, read_timeout=PATIENCE * 2)

    assert outcome(client, seconds_left=1.2) == UNKNOWN


def test_a_kept_connection_that_takes_no_byte_of_a_request_has_sent_nothing(
    start: Callable[[Behaviour], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was reset while it was idle, and looked alive when it was asked."""
    server = start(answers_once_then(resets))
    client = make_client(server.url)
    outcome(client)
    server.hung_up.wait()
    monkeypatch.setattr("aliyun_sms.provider.connection._Connection.is_connected", True)

    assert outcome(client) == NOT_SENT
    assert len(server.requests) == 1
