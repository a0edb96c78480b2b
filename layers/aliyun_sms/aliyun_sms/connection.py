"""Connections that tell a failure to connect from one after the request may have left.

`requests` folds both into ConnectionError and SSLError, and its texts quote the URL. Here a connection that cannot be
made raises NotSent, which urllib3 and requests let through as it is; whatever else they raise came later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .errors import NotSent

if TYPE_CHECKING:
    from urllib3.poolmanager import PoolManager


class _Connection(HTTPConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:  # noqa: BLE001 - whatever it was, no byte of the request was written
            raise _not_sent(error) from None


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:  # noqa: BLE001 - as above; a proxy's refusal and a bad certificate are among them
            raise _not_sent(error) from None


def _not_sent(error: Exception) -> NotSent:
    return NotSent("client:connect-failure", f"the connection failed: {type(error).__name__}")


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
