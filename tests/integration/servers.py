"""Servers that answer, or break off at a chosen point, over real sockets."""

from __future__ import annotations

import json
import select
import socket
import ssl
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from threading import Barrier

TARGET = "sms.example"  # whom a proxy is asked for; nobody looks the name up


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


def answers_once_then(then: Behaviour) -> Behaviour:
    """Answers the first request of a connection; what becomes of the next is told."""

    def behaviour(server: Server, connection: socket.socket) -> None:
        connection.sendall(answer(server.read(connection)))
        then(server, connection)

    return behaviour


def answers_with_a_broken_header(server: Server, connection: socket.socket) -> None:
    connection.sendall(answer(server.read(connection)).replace(b"\r\n", b"\r\nno header at all\r\n", 1))


def hangs_up(server: Server, connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)
    connection.close()
    server.hung_up.set()


def resets(server: Server, connection: socket.socket) -> None:
    """Close with a RST in place of a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    server.hung_up.set()


def hangs(server: Server, _: socket.socket) -> None:
    server.over.wait()


def drips(server: Server, connection: socket.socket) -> None:
    """Never silent for as long as a client waits, and never done."""
    while not server.over.wait(0.03):
        connection.sendall(b"x")


def sips(server: Server, connection: socket.socket) -> None:
    """Takes a little now and then, and never a whole request."""
    while not server.over.wait(0.01):
        connection.recv(1000)


def tunnels_to(port: int) -> Behaviour:
    """A proxy over TLS, which makes a tunnel to a server on this machine, whoever was asked for."""

    def behaviour(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port)) as target:
            while True:
                waiting, *_ = select.select([connection, target], [], [])
                source, sink = (connection, target) if connection in waiting else (target, connection)
                if not (part := source.recv(65_536)):  # more than a record holds, so that none is left behind
                    return
                sink.sendall(part)

    return behaviour


def sends(text: bytes, then: Behaviour = hangs_up) -> Behaviour:
    """Reads a request and sends this, whatever it was, and does one of the things above."""

    def behaviour(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        connection.sendall(text)
        then(server, connection)

    return behaviour


def hangs_up_on_the_first_byte(_: Server, connection: socket.socket) -> None:
    connection.recv(1)


def resets_unread(server: Server, connection: socket.socket) -> None:
    connection.recv(1, socket.MSG_PEEK)  # the request is there, so connecting is over
    resets(server, connection)


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
        return sends(b"HTTP/1.1 200 OK\r\n\r\n", then=self.over_tls(behaviour))


def write_certificate(path: Path) -> Certificate:
    """Key and certificate, valid from yesterday until tomorrow, as one PEM file."""
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
    pem, unencrypted = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, unencrypted) + built.public_bytes(pem))
    return Certificate(path)
