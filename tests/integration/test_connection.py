"""The client against real sockets: what is certainly not sent, what nobody knows, and that it asks once."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from threading import Barrier, Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from aliyun_sms import Credentials, SmsClient
from aliyun_sms.connection import trusting_context
from aliyun_sms.errors import CodedError, NotSent, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aliyun_sms.answer import Answer

KEY = Credentials("LTAIcanaryId", "canarySecret", "canaryToken")
NUMBER = "13800138000"
VALUE = "canary-value"
TARGET = "sms.example"  # whom a proxy is asked for; nobody looks the name up
CANARIES = (NUMBER, VALUE, "LTAIcanaryId", "canarySecret", "canaryToken", "127.0.0.1", TARGET, "PhoneNumbers")
PATIENCE = 0.3  # seconds, for a server that never answers

VERSIONS = pytest.mark.parametrize("version", [1, 3], ids=["V1", "V3"])


@dataclass(slots=True)
class Server:
    """What a server saw. `over` is set when the test is."""

    port: int
    connections: list[socket.socket] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    hung_up: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def secure_url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def read(self, connection: socket.socket) -> bytes:
        """One request, headers and body; nothing where the other side hung up."""
        request = b""
        while b"\r\n\r\n" not in request:
            request += (part := connection.recv(65_536))
            if not part:
                return b""
        head, _, body = request.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65_536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]


Behaviour = Callable[[Server, socket.socket], None]


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Server]:
    """A server that behaves so on each of its connections, until the test is over."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(40) as threads:
        server = Server(listener.getsockname()[1])
        accepting = Thread(target=_accept, args=(server, listener, behaviour, threads))
        accepting.start()
        try:
            yield server
        finally:
            server.over.set()
            with socket.create_connection(("127.0.0.1", server.port)):  # so that it looks whether it is over
                accepting.join()
            for connection in server.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


def _accept(server: Server, listener: socket.socket, behaviour: Behaviour, threads: ThreadPoolExecutor) -> None:
    while True:
        connection, _ = listener.accept()
        if server.over.is_set():
            connection.close()
            return
        server.connections.append(connection)
        threads.submit(_serve, server, connection, behaviour)


def _serve(server: Server, connection: socket.socket, behaviour: Behaviour) -> None:
    with connection, suppress(OSError):
        behaviour(server, connection)


def answer(request: bytes) -> bytes:
    """OK, with the request's OutId as its BizId, on a connection that stays open."""
    head, _, body = request.partition(b"\r\n\r\n")
    params = dict(parse_qsl(head.split(b" ")[1].partition(b"?")[2] + b"&" + body))
    text = json.dumps({"Code": "OK", "Message": "OK", "RequestId": "R", "BizId": params.get(b"OutId", b"").decode()})
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()


def answers(server: Server, connection: socket.socket) -> None:
    while request := server.read(connection):
        connection.sendall(answer(request))


def answers_together(together: Barrier, server: Server, connection: socket.socket) -> None:
    """Answers once so many requests as the barrier asks for have come."""
    while request := server.read(connection):
        together.wait()
        connection.sendall(answer(request))


def answers_once_then_hangs_up(server: Server, connection: socket.socket) -> None:
    connection.sendall(answer(server.read(connection)))
    connection.shutdown(socket.SHUT_RDWR)
    connection.close()
    server.hung_up.set()


def answers_once_then_resets(server: Server, connection: socket.socket) -> None:
    connection.sendall(answer(server.read(connection)))
    resets(server, connection)


def resets(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    _reset(connection)


def resets_unread(_: Server, connection: socket.socket) -> None:
    connection.recv(1, socket.MSG_PEEK)  # the request is there, so connecting is over
    _reset(connection)


def resets_within_the_body(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b'{"Code": "OK"')
    _reset(connection)


def drips(server: Server, connection: socket.socket, start: bytes) -> None:
    """Never silent for long, and never done."""
    server.read(connection)
    connection.sendall(start)
    while not server.over.wait(PATIENCE / 10):
        connection.sendall(b"x")


def drips_headers(server: Server, connection: socket.socket) -> None:
    drips(server, connection, b"HTTP/1.1 200 OK\r\nX-Long: ")


def drips_the_body(server: Server, connection: socket.socket) -> None:
    drips(server, connection, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")


def answers_with_a_broken_header(server: Server, connection: socket.socket) -> None:
    connection.sendall(answer(server.read(connection)).replace(b"\r\n", b"\r\nno header at all\r\n", 1))


def hangs_up(server: Server, connection: socket.socket) -> None:
    server.read(connection)


def hangs_up_on_the_first_byte(_: Server, connection: socket.socket) -> None:
    connection.recv(1)


def hangs(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    server.over.wait()


def hangs_within_the_body(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Code": "OK"}')
    server.over.wait()


def is_silent(server: Server, _: socket.socket) -> None:
    server.over.wait()


def truncates(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Code": "OK"}')


def sends_a_broken_chunk(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n")


def sends_broken_gzip(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")


def speaks_no_http(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"220 mail.example ESMTP\r\n")


def sends_a_bad_redirect(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 307 X\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n")


def fails(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")


def refuses_to_tunnel(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


def tunnels_to_nobody(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")


def _reset(connection: socket.socket) -> None:
    """Close with a RST in place of a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate for the loopback address and for TARGET, and a server that shows it."""

    path: Path

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.path)

    def over_tls(self, behaviour: Behaviour) -> Behaviour:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)

        def secure(server: Server, connection: socket.socket) -> None:
            with context.wrap_socket(connection.dup(), server_side=True) as wrapped:
                behaviour(server, wrapped)

        return secure

    def behind_a_tunnel(self, behaviour: Behaviour) -> Behaviour:
        secure = self.over_tls(behaviour)

        def tunnels(server: Server, connection: socket.socket) -> None:
            server.read(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            secure(server, connection)

        return tunnels


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, TARGET)])
    now = datetime.now(UTC)
    names = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName(TARGET)]
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    pem, unencrypted = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, unencrypted) + built.public_bytes(pem))
    return Certificate(path)


@pytest.fixture
def start() -> Iterator[Callable[[Behaviour], Server]]:
    """Start servers that run until the test is over."""
    with ExitStack() as servers:
        yield lambda behaviour: servers.enter_context(serving(behaviour))


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
@pytest.mark.parametrize("behaviour", [is_silent, hangs_up_on_the_first_byte])
def test_a_tls_handshake_that_does_not_come_about_is_not_sent(start: Start, behaviour: Behaviour, version: int) -> None:
    server = start(behaviour)

    assert failure(make_client(server.secure_url, version, connect_timeout=PATIENCE)) == NOT_SENT
    assert len(server.connections) == 1


@VERSIONS
@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (resets, "client:connection-reset"),
        (resets_within_the_body, "client:connection-reset"),
        (hangs_up, "client:connection-reset"),
        (truncates, "client:connection-reset"),
        (sends_a_broken_chunk, "client:connection-reset"),
        (sends_broken_gzip, "client:connection-reset"),
        (speaks_no_http, "client:connection-reset"),
        (sends_a_bad_redirect, "client:unreadable-answer"),
        (hangs, "client:read-timeout"),
        (hangs_within_the_body, "client:read-timeout"),
        (drips_headers, "client:read-timeout"),
        (drips_the_body, "client:read-timeout"),
        (fails, "http:502"),
    ],
)
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
    server = start(answers_once_then_hangs_up)
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
    monkeypatch.setattr("aliyun_sms.connection.LONGEST_IDLE", -1.0)

    for _ in range(2):
        send(client)

    assert (len(server.connections), len(server.requests)) == (2, 2)


@VERSIONS
def test_a_kept_connection_that_breaks_under_a_request_leaves_it_unknown_and_is_not_tried_again(
    start: Start, version: int
) -> None:
    server = start(answers_once_then_resets)
    client = make_client(server.url, version)
    send(client)

    assert failure(client) == (OutcomeUnknown, "client:connection-reset")
    assert (len(server.connections), len(server.requests)) == (1, 2)


def test_after_a_failure_the_next_message_goes_on_a_new_connection(start: Start) -> None:
    server = start(answers_once_then_resets)
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
    monkeypatch.setattr("aliyun_sms.connection.DEFAULT_CA_BUNDLE_PATH", certificate.path)
    monkeypatch.setattr("aliyun_sms.connection.LONGEST_IDLE", -1.0)
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


@VERSIONS
def test_a_password_for_the_proxy_goes_to_the_proxy(start: Start, version: int) -> None:
    proxy = start(refuses_to_tunnel)

    failure(make_client(f"https://{TARGET}", version, proxy=proxy.url.replace("//", "//user:password@")))

    assert b"Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==" in proxy.requests[0]


@VERSIONS
@pytest.mark.parametrize("behaviour", [refuses_to_tunnel, tunnels_to_nobody, hangs_up, hangs, resets])
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
