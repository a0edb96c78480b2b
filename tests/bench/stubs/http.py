"""HTTP/1.1 servers on asyncio that are fast enough never to be what is measured."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import ssl
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_END = b"\r\n\r\n"
COUNTS = b"GET /_counts "  # answers with what was counted, and begins anew: nothing counted, nothing kept


@dataclass(frozen=True, slots=True)
class Listener:
    """One port of a stub. `seconds` is how long each answer takes."""

    name: str
    secure: bool
    seconds: float = 0.0


class Stub:
    """What answers: gets the head and the body of a request, gives status and JSON, and counts."""

    def __init__(
        self,
        content_type: str,
        answer: Callable[[bytes, bytes, Counter[str]], tuple[int, bytes]],
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self._content_type = content_type
        self._answer = answer
        self._forget = forget
        self._counts: Counter[str] = Counter()

    def response(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(COUNTS):
            counts, self._counts = self._counts, Counter()
            self._forget()
            return self._framed(200, json.dumps(counts).encode())
        return self._framed(*self._answer(head, body, self._counts))

    def _framed(self, status: int, body: bytes) -> bytes:
        head = f"HTTP/1.1 {status} -\r\nContent-Type: {self._content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


class _Connection(asyncio.Protocol):
    """One kept-alive connection, without pipelining."""

    def __init__(self, stub: Stub, seconds: float) -> None:
        self._stub = stub
        self._seconds = seconds
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(_END)
        if end < 0:
            return
        head = bytes(self._received[:end])
        found = _LENGTH.search(head)
        whole = end + len(_END) + (int(found[1]) if found else 0)
        if len(self._received) < whole:
            return
        response = self._stub.response(head, bytes(self._received[end + len(_END) : whole]))
        del self._received[:whole]
        if self._seconds:
            asyncio.get_running_loop().call_later(self._seconds, self._transport.write, response)
        else:
            self._transport.write(response)


async def _serve(stub: Stub, listeners: Sequence[Listener], context: ssl.SSLContext | None) -> None:
    """Listen, print the ports as one line of JSON, and end when standard input does: with whoever started us."""
    loop, ports = asyncio.get_running_loop(), {}
    for listener in listeners:
        server = await loop.create_server(
            lambda seconds=listener.seconds: _Connection(stub, seconds),
            "127.0.0.1",
            ssl=context if listener.secure else None,
            backlog=512,
        )
        ports[listener.name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await asyncio.to_thread(sys.stdin.read)


def run(stub: Stub, listeners: Sequence[Listener]) -> None:
    """The program of a stub; secure ports only where a certificate is given."""
    options = argparse.ArgumentParser()
    options.add_argument("--certificate", help="PEM file of certificate and key")
    given = options.parse_args()
    context = None
    if given.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.certificate)
    asyncio.run(_serve(stub, [each for each in listeners if context or not each.secure], context))
