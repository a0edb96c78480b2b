"""Connecting to one of the addresses of a name, in a time that bounds the look-up and all of them together."""

from __future__ import annotations

import socket
import time
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING, Any

from urllib3.util.connection import allowed_gai_family

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_LOOK_UPS = 64  # at once: one that hangs keeps its thread, though nobody waits for it any more
LEAST_SHARE = 0.25  # seconds for one address: fewer would pass over one that is only far away

_Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]

look_ups = BoundedSemaphore(MOST_LOOK_UPS)


def connected(host: str, port: int, seconds: float, options: Iterable[tuple[Any, ...]] | None) -> socket.socket:
    """A socket with these options, connected to the first address that takes it within so many seconds.

    Each address has an even share of the time that is left, so that one that is silent leaves some for the next.
    Raises OSError, TimeoutError among them, or UnicodeError for what is no name.
    """
    until = time.monotonic() + seconds
    addresses = look_up(host.strip("[]"), port, seconds)
    failure = OSError("the name has no address")
    for place, address in enumerate(addresses):
        seconds_left = until - time.monotonic()
        if seconds_left <= 0:
            raise TimeoutError("no address answered in time")
        share = max(LEAST_SHARE, seconds_left / (len(addresses) - place))
        try:
            return _connected(address, min(share, seconds_left), options or ())
        except OSError as error:
            failure = error
    raise failure


def _connected(address: _Address, seconds: float, options: Iterable[tuple[Any, ...]]) -> socket.socket:
    family, kind, protocol, _, place = address
    sock = socket.socket(family, kind, protocol)
    try:
        for option in options:
            sock.setsockopt(*option)
        sock.settimeout(seconds)
        sock.connect(place)
    except BaseException:
        sock.close()
        raise
    return sock


def look_up(host: str, port: int, seconds: float) -> Sequence[_Address]:
    """The addresses of a host, in the system's order, which may be one itself; raises TimeoutError or OSError."""
    try:
        return _addresses(host, port, socket.AI_NUMERICHOST)
    except socket.gaierror:
        return _look_up_in_time(host, port, seconds)


def _look_up_in_time(host: str, port: int, seconds: float) -> Sequence[_Address]:
    """By a thread of its own, since the system's look-up cannot be broken off."""
    found: SimpleQueue[Sequence[_Address] | Exception] = SimpleQueue()

    def look() -> None:
        try:
            found.put(_addresses(host, port))
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            found.put(error)
        finally:
            look_ups.release()

    _start(look)
    try:
        answer = found.get(timeout=seconds)
    except Empty:
        raise TimeoutError("the name was not found in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _start(look: Any) -> None:
    if not look_ups.acquire(blocking=False):
        raise OSError("too many look-ups hang")
    try:
        Thread(target=look, daemon=True).start()
    except BaseException:
        look_ups.release()
        raise


def _addresses(host: str, port: int, flags: int = 0) -> Sequence[_Address]:
    return socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM, 0, flags)
