"""Connections that tell a failure to connect from one after the request may have left.

`requests` folds both into ConnectionError and SSLError, and its texts quote the URL. Here a connection that cannot be
made raises NotSent, which urllib3 and requests let through as it is; whatever else they raise came later.
"""

from __future__ import annotations

import http.client
import io
import time
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .errors import NotSent

if TYPE_CHECKING:
    import socket

    from urllib3.poolmanager import PoolManager
    from urllib3.response import HTTPResponse

LONGEST_IDLE = 20.0  # seconds; a frozen sandbox does not hear that the other side, or a NAT gateway, has hung up


class _TimedReader(io.RawIOBase):
    """Reads from a socket until a time. The socket's own time-out counts anew for each byte that drips in."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        timeout = sock.gettimeout()
        self._raw = raw
        self._sock = sock
        self._until = None if timeout is None else time.monotonic() + timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._until is not None:
            seconds_left = self._until - time.monotonic()
            if seconds_left <= 0:
                raise TimeoutError("the answer was not complete in time")
            self._sock.settimeout(seconds_left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer that has to be complete within the read time-out, headers and body together."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _Response
    _used_at = 0.0  # by the wall clock: the other one may stand still in a frozen sandbox

    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:  # noqa: BLE001 - whatever it was, no byte of the request was written
            raise NotSent("client:connect-failure", f"the connection failed: {type(error).__name__}") from None

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in the base
        response = super().getresponse()
        self._used_at = time.time()
        return response

    @property
    def is_connected(self) -> bool:
        """Whether the pool may use it once more. What is sent into a dead one has an unknown outcome, for nothing."""
        return super().is_connected and time.time() - self._used_at < LONGEST_IDLE


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS: a bad certificate and a proxy's refusal are failures to connect."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _telling(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager


class Adapter(HTTPAdapter):
    """The adapter of the client's session: no retries, and connections that tell."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As the base, with our connections."""
        super().init_poolmanager(*args, **kwargs)
        _telling(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:
        """As the base, with our connections."""
        return _telling(super().proxy_manager_for(proxy, **kwargs))
