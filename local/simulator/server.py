"""The listening socket: uvicorn, with connections that can be reset and a port that can refuse."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.applications import Starlette

REQUEST_LINE = 1 << 20  # signature version 3 puts a thousand numbers in the query


class Protocol(H11Protocol):
    """HTTP/1.1 that shows the application its transport, as `scope["state"]["transport"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Put the transport where each request's scope is made from."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Server(uvicorn.Server):
    """uvicorn, which can also stop listening for a while."""

    def __init__(self, host: str, port: int) -> None:
        """Take the port, so that a busy one raises OSError at once; the application comes later."""
        self.socket = bind(host, port)
        self.host, self.port = self.socket.getsockname()[:2]
        self._listening_again: asyncio.Task[None] | None = None

    def serve_application(self, application: Starlette) -> None:
        """Serve until SIGTERM or SIGINT."""
        config = uvicorn.Config(
            application,
            http=Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            access_log=False,
            log_config=None,
            log_level="critical",
            h11_max_incomplete_event_size=REQUEST_LINE,
            timeout_graceful_shutdown=0,
        )
        super().__init__(config)
        self.run(sockets=[self.socket])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so in one line."""
        await super().startup(sockets)
        print(f"simulator listening on http://{self.host}:{self.port}", flush=True)

    def refuse(self, seconds: float) -> None:
        """Close the listening socket and idle connections now; listen again on the same port after so many seconds."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self._listening_again:
            self._listening_again.cancel()
        self._listening_again = asyncio.create_task(self._listen_again(seconds))

    async def _listen_again(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await super().startup([bind(self.host, self.port)])
        except OSError as error:
            print(f"simulator: cannot listen again on port {self.port}: {error.strerror}", file=sys.stderr)
            self.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """Take a port and listen; a busy one raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off, but only where the protocol is named: else each answer waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening
