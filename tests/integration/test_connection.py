"""The client against real sockets: what is certainly not sent, what nobody knows, and that it asks once."""

from __future__ import annotations

import socket
import ssl
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms import Credentials, SmsClient
from aliyun_sms.errors import CodedError, NotSent, OutcomeUnknown
from aliyun_sms.provider.connection import trusting_context
from tests.integration.servers import (
    TARGET,
    Behaviour,
    Certificate,
    Server,
    answers,
    answers_once_then,
    answers_together,
    answers_with_a_broken_header,
    drips,
    hangs,
    hangs_up,
    hangs_up_on_the_first_byte,
    resets,
    resets_unread,
    sends,
)

if TYPE_CHECKING:
    from aliyun_sms.provider.answer import Answer

KEY = Credentials("LTAIcanaryId", "canarySecret", "canaryToken")
NUMBER = "13800138000"
VALUE = "canary-value"
CANARIES = (NUMBER, VALUE, "LTAIcanaryId", "canarySecret", "canaryToken", "127.0.0.1", TARGET, "PhoneNumbers")
PATIENCE = 0.3  # seconds, for a server that never answers

VERSIONS = pytest.mark.parametrize("version", [1, 3], ids=["V1", "V3"])


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


Start = Callable[[Behaviour], Server]


def make_client(endpoint: str, version: int = 1, **options: Any) -> SmsClient:
    return SmsClient(KEY, endpoint=endpoint, signature_version=version, **options)


def send(client: SmsClient, out_id: str = "order-1") -> Answer:
    return client.send_sms([NUMBER], "sign", "SMS_1", {"code": VALUE}, out_id=out_id)


def failure(client: SmsClient) -> tuple[type[CodedError], str]:
    """Type and code of what a send raises, which as it is printed tells nobody's secrets."""
    try:
        send(client)
    except CodedError as error:
        printed = f"{traceback.format_exc()} {error} {error!r} {error.description}"
        assert not [canary for canary in CANARIES if canary in printed]
        return type(error), error.code
    pytest.fail("it was sent")


NOT_SENT = (NotSent, "client:connect-failure")


@VERSIONS
def test_a_refused_connection_is_not_sent(closed_port: int, version: int) -> None:
    assert failure(make_client(f"http://127.0.0.1:{closed_port}", version)) == NOT_SENT


@VERSIONS
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_does_not_resolve_is_not_sent(scheme: str, version: int) -> None:
    assert failure(make_client(f"{scheme}://nowhere.invalid", version)) == NOT_SENT


@VERSIONS
def test_a_certificate_that_nobody_vouches_for_is_not_sent_to(
    start: Start, certificate: Certificate, version: int
) -> None:
    server = start(certificate.over_tls(answers))

    assert failure(make_client(server.secure_url, version)) == NOT_SENT
    assert (len(server.connections), server.requests) == (1, [])


@VERSIONS
def test_a_certificate_for_another_name_is_not_sent_to(start: Start, certificate: Certificate, version: int) -> None:
    server = start(certificate.over_tls(answers))
    endpoint = server.secure_url.replace("127.0.0.1", "localhost")
    client = make_client(endpoint, version, ssl_context=certificate.trusted())

    assert failure(client) == NOT_SENT
    assert server.requests == []


@VERSIONS
@pytest.mark.parametrize("behaviour", [hangs, hangs_up_on_the_first_byte])
def test_a_tls_handshake_that_does_not_come_about_is_not_sent(start: Start, behaviour: Behaviour, version: int) -> None:
    server = start(behaviour)

    assert failure(make_client(server.secure_url, version, connect_timeout=PATIENCE)) == NOT_SENT
    assert len(server.connections) == 1


START = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
BODY = b'{"Code": "OK"}'
BROKEN_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n"
BROKEN_GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
BAD_REDIRECT = b"HTTP/1.1 307 X\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n"
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"

BROKEN_OFF = {
    "is reset": (sends(b"", resets), "client:connection-reset"),
    "is reset within the body": (sends(START + BODY, resets), "client:connection-reset"),
    "is closed": (sends(b""), "client:connection-reset"),
    "is closed within the body": (sends(START + BODY), "client:connection-reset"),
    "has a broken chunk": (sends(BROKEN_CHUNK), "client:connection-reset"),
    "is said to be gzip": (sends(BROKEN_GZIP), "client:unreadable-answer"),
    "is no HTTP": (sends(b"220 mail.example ESMTP\r\n"), "client:connection-reset"),
    "is a bad redirect": (sends(BAD_REDIRECT), "client:unreadable-answer"),
    "never comes": (sends(b"", hangs), "client:read-timeout"),
    "hangs within the body": (sends(START + BODY, hangs), "client:read-timeout"),
    "drips headers": (sends(b"HTTP/1.1 200 OK\r\nX-Long: ", drips), "client:read-timeout"),
    "drips the body": (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", drips), "client:read-timeout"),
    "is a failure": (sends(BAD_GATEWAY), "http:502"),
}


@VERSIONS
@pytest.mark.parametrize(("behaviour", "code"), BROKEN_OFF.values(), ids=BROKEN_OFF)
def test_once_the_request_has_left_nobody_knows_and_it_is_not_made_again(
    start: Start, behaviour: Behaviour, code: str, version: int
) -> None:
    server = start(behaviour)
    patience = PATIENCE if code == "client:read-timeout" else 10.0

    assert failure(make_client(server.url, version, read_timeout=patience)) == (OutcomeUnknown, code)
    assert len(server.requests) == 1


@VERSIONS
def test_a_connection_reset_before_the_request_was_read_is_unknown_too(start: Start, version: int) -> None:
    server = start(resets_unread)

    assert failure(make_client(server.url, version)) == (OutcomeUnknown, "client:connection-reset")
    assert len(server.connections) == 1


@VERSIONS
def test_an_answer_with_a_broken_header_leaves_no_log_line(
    start: Start, version: int, caplog: pytest.LogCaptureFixture
) -> None:
    server = start(answers_with_a_broken_header)

    send(make_client(server.url, version), "one")

    assert [record.getMessage() for record in caplog.records] == []


@VERSIONS
def test_two_messages_share_one_connection(start: Start, version: int) -> None:
    server = start(answers)
    client = make_client(server.url, version)

    sent = [send(client, out_id).biz_id for out_id in ("one", "two")]

    assert sent == ["one", "two"]
    assert (len(server.connections), len(server.requests)) == (1, 2)


@VERSIONS
def test_a_kept_connection_that_the_server_has_closed_is_replaced_unnoticed(start: Start, version: int) -> None:
    server = start(answers_once_then(hangs_up))
    client = make_client(server.url, version)
    send(client)
    server.hung_up.wait()

    assert send(client).code == "OK"
    assert (len(server.connections), len(server.requests)) == (2, 2)


def test_a_kept_connection_that_was_idle_for_long_is_replaced_since_it_may_be_dead(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(answers)
    client = make_client(server.url)
    monkeypatch.setattr("aliyun_sms.provider.connection.LONGEST_IDLE", -1.0)

    for _ in range(2):
        send(client)

    assert (len(server.connections), len(server.requests)) == (2, 2)


@VERSIONS
def test_a_kept_connection_that_breaks_under_a_request_leaves_it_unknown_and_is_not_tried_again(
    start: Start, version: int
) -> None:
    server = start(answers_once_then(sends(b"", resets)))
    client = make_client(server.url, version)
    send(client)

    assert failure(client) == (OutcomeUnknown, "client:connection-reset")
    assert (len(server.connections), len(server.requests)) == (1, 2)


def test_after_a_failure_the_next_message_goes_on_a_new_connection(start: Start) -> None:
    server = start(answers_once_then(sends(b"", resets)))
    client = make_client(server.url)
    send(client)
    failure(client)

    assert send(client).code == "OK"
    assert len(server.connections) == 2


def test_threads_that_share_a_client_each_get_their_own_answer(start: Start) -> None:
    server = start(answers)
    client = make_client(server.url)
    out_ids = [f"order-{i}" for i in range(80)]

    with ThreadPoolExecutor(8) as threads:
        sent = [answer.biz_id for answer in threads.map(lambda out_id: send(client, out_id), out_ids)]

    assert sent == out_ids
    assert len(server.requests) == 80


def test_as_many_connections_are_kept_as_threads_send_at_once(start: Start) -> None:
    together = Barrier(30, timeout=30)
    server = start(partial(answers_together, together))
    client = make_client(server.url)

    with ThreadPoolExecutor(30) as threads:
        for _ in range(2):
            assert {answer.code for answer in threads.map(lambda _: send(client), range(30))} == {"OK"}

    assert (len(server.connections), len(server.requests)) == (30, 60)


@VERSIONS
def test_a_certificate_that_is_good_is_sent_to(start: Start, certificate: Certificate, version: int) -> None:
    server = start(certificate.over_tls(answers))
    client = make_client(server.secure_url, version, ssl_context=certificate.trusted())

    assert [send(client).code for _ in range(2)] == ["OK", "OK"]
    assert (len(server.connections), len(server.requests)) == (1, 2)


def test_no_connection_is_made_without_a_good_certificate_or_below_tls_1_2() -> None:
    context = trusting_context()

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "by a proxy"])
def test_the_certificates_are_read_once_however_many_connections_there_are(
    start: Start, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, proxied: object
) -> None:
    server = start(certificate.behind_a_tunnel(answers) if proxied else certificate.over_tls(answers))
    read = reads_of_certificates(monkeypatch)
    monkeypatch.setattr("aliyun_sms.provider.connection.DEFAULT_CA_BUNDLE_PATH", certificate.path)
    monkeypatch.setattr("aliyun_sms.provider.connection.LONGEST_IDLE", -1.0)
    client = make_client(f"https://{TARGET}", proxy=server.url) if proxied else make_client(server.secure_url)

    assert [send(client).code for _ in range(3)] == ["OK"] * 3
    assert (len(server.connections), read) == (3, ["load_verify_locations"])


def reads_of_certificates(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls from now on, by name, that make a context of ssl read certificates to trust."""
    calls: list[str] = []

    def listen(name: str) -> None:
        original = getattr(ssl.SSLContext, name)

        def noted(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(ssl.SSLContext, name, noted)

    for name in ("load_verify_locations", "load_default_certs", "set_default_verify_paths"):
        listen(name)
    return calls


@VERSIONS
def test_a_proxy_is_asked_for_a_tunnel_and_sees_nothing_of_the_message(
    start: Start, certificate: Certificate, version: int
) -> None:
    proxy = start(certificate.behind_a_tunnel(answers))
    client = make_client(f"https://{TARGET}", version, proxy=proxy.url, ssl_context=certificate.trusted())

    answered = [send(client).code for _ in range(2)]

    connect, *requests = proxy.requests
    assert answered == ["OK", "OK"]
    assert connect.startswith(f"CONNECT {TARGET}:443 HTTP/1.".encode())
    assert [request.split(b" ")[0] for request in requests] == [b"POST", b"POST"]
    assert len(proxy.connections) == 1


refuses_to_tunnel = sends(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


@VERSIONS
def test_a_password_for_the_proxy_goes_to_the_proxy(start: Start, version: int) -> None:
    proxy = start(refuses_to_tunnel)

    failure(make_client(f"https://{TARGET}", version, proxy=proxy.url.replace("//", "//user:password@")))

    assert b"Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==" in proxy.requests[0]


NO_TUNNEL = {
    "refuses": refuses_to_tunnel,
    "closes the tunnel": sends(b"HTTP/1.1 200 OK\r\n\r\n"),
    "closes": sends(b""),
    "hangs": sends(b"", hangs),
    "resets": sends(b"", resets),
}


@VERSIONS
@pytest.mark.parametrize("behaviour", NO_TUNNEL.values(), ids=NO_TUNNEL)
def test_a_proxy_that_makes_no_tunnel_is_not_sent_through(start: Start, behaviour: Behaviour, version: int) -> None:
    proxy = start(behaviour)
    client = make_client(f"https://{TARGET}", version, proxy=proxy.url, connect_timeout=PATIENCE)

    assert failure(client) == NOT_SENT
    assert [request.split(b" ")[0] for request in proxy.requests] == [b"CONNECT"]


@VERSIONS
def test_a_proxy_that_is_not_there_is_not_sent_through(closed_port: int, version: int) -> None:
    client = make_client(f"https://{TARGET}", version, proxy=f"http://127.0.0.1:{closed_port}")

    assert failure(client) == NOT_SENT


def test_a_proxy_is_not_asked_for_plain_http(start: Start) -> None:
    server, proxy = start(answers), start(refuses_to_tunnel)

    assert send(make_client(server.url, proxy=proxy.url)).code == "OK"
    assert proxy.connections == []


def test_proxies_of_the_environment_are_ignored(
    start: Start, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, secure, proxy = start(answers), start(certificate.over_tls(answers)), start(refuses_to_tunnel)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)

    send(make_client(plain.url))
    send(make_client(secure.secure_url, ssl_context=certificate.trusted()))

    assert (len(plain.requests), len(secure.requests), proxy.connections) == (1, 1, [])
