"""Connections that tell a failure to connect from one after the request may have left.

`requests` folds both into ConnectionError and SSLError, and its texts quote the URL. Here a connection that cannot be
made raises NotSent, which urllib3 and requests let through as it is; whatever else they raise came later.
"""

from __future__ import annotations

import ssl
import time
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from aliyun_sms.errors import NotSent

from .addresses import connected
from .bounded_response import BoundedResponse
from .timed_socket import TimedSocket, written

if TYPE_CHECKING:
    import socket

    from urllib3.response import HTTPResponse

CERTIFICATES = Path(__file__).with_name("certificates")  # made by the layer's build
MOST_CONNECTIONS = 64  # kept open, more than a door has threads; what settling needs on top is opened for one call
LONGEST_IDLE = 20.0  # seconds; a frozen sandbox does not hear that the other side, or a NAT gateway, has hung up


class _Connection(HTTPConnection):
    response_class = BoundedResponse
    _used_at = 0.0  # by the wall clock: the other one may stand still in a frozen sandbox
    _has_written = False  # anything of the request that is being made
    _until = inf

    @property
    def timeout(self) -> float:
        """Seconds that are left for what is being done. urllib3 sets them before it connects, and before it reads."""
        seconds_left = self._until - time.monotonic()
        if seconds_left <= 0:
            raise TimeoutError("the time is over")
        return seconds_left

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self._until = inf if seconds is None else time.monotonic() + seconds

    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:  # noqa: BLE001 - whatever it was, no byte of the request was written
            raise NotSent("client:connect-failure", f"the connection failed: {type(error).__name__}") from None

    def _new_conn(self) -> socket.socket:
        sock = connected(self._dns_host, self.port, self.timeout, self.socket_options)
        sock.settimeout(self.timeout)
        return sock

    def _tunnel(self) -> None:
        super()._tunnel()
        self.sock.settimeout(self.timeout)

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._has_written = False
        try:
            super().request(*args, **kwargs)
        except OSError as error:
            if self._has_written:
                raise
            raise NotSent("client:connect-failure", f"no byte was taken: {type(error).__name__}") from None

    def send(self, data: Any) -> None:
        rest = memoryview(data)
        while rest:
            rest = written(self.sock, rest, self.timeout)
            self._has_written = True

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

    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> Any:
        return TimedSocket(super()._connect_tls_proxy(hostname, sock), lambda: self.timeout)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection

    def _make_request(self, conn: Any, method: str, url: str, **more: Any) -> Any:  # type: ignore[override]  # as called
        """With a time for connecting, and one for the request and its answer that begins when that is over."""
        if conn.is_closed:
            conn.connect()
        return super()._make_request(conn, method, url, **{**more, "timeout": more["timeout"].of_answer()})


class _SecurePool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Adapter(HTTPAdapter):
    """Sends to one endpoint over one pool of connections that tell. Nothing is sent twice, no redirect followed."""

    def __init__(self, endpoint: str, proxy: str | None = None, context: ssl.SSLContext | None = None) -> None:
        """`proxy` is the URL of a proxy, `context` what every certificate is verified by, a proxy's too."""
        super().__init__(pool_maxsize=MOST_CONNECTIONS)
        manager = self.proxy_manager_for(proxy, proxy_ssl_context=context) if proxy else self.poolmanager
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        self._pool: HTTPConnectionPool = manager.connection_from_url(endpoint, {"ssl_context": context})

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        """The same pool for every request; the base looks one up by the request's URL."""
        return self._pool

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Without the cookies and the encoding that the base looks for in headers, which may be long."""
        response = requests.Response()
        response.request, response.raw = req, resp
        response.status_code, response.headers = resp.status, CaseInsensitiveDict(resp.headers)
        return response

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Leaves the pool as it is: the base gives it a bundle, which each new connection then reads."""


def trusting_context() -> ssl.SSLContext:
    """Trusts who certifi trusts, from TLS 1.2. Reading its bundle takes about as long as fifty sends: do it once.

    The built layer has the certificates one by one, which are read when they are needed.
    """
    if CERTIFICATES.is_dir():
        context = ssl.create_default_context(capath=str(CERTIFICATES))
    else:
        context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
