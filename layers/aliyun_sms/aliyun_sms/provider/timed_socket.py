"""Writing and reading within one time, where a socket's own time-out counts anew for each piece that goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def written(sock: Any, rest: memoryview, seconds: float) -> memoryview:
    """What is left of it to write once the other side has taken a piece, for which it has so many seconds."""
    sock.settimeout(seconds)
    return rest[sock.send(rest) :]


class TimedSocket:
    """A connection to a proxy over TLS, through which urllib3 makes another one, piece by piece.

    All but its reading and writing is that of the socket in it.
    """

    def __init__(self, sock: Any, seconds_left: Callable[[], float]) -> None:
        """`seconds_left` raises TimeoutError where there are none."""
        object.__setattr__(self, "_sock", sock)
        object.__setattr__(self, "_seconds_left", seconds_left)

    def recv(self, size: int) -> Any:
        """Up to so many bytes, as they come in the time that is left."""
        self._sock.settimeout(self._seconds_left())
        return self._sock.recv(size)

    def sendall(self, text: bytes) -> None:
        """Write all of it in the time that is left."""
        rest = memoryview(text)
        while rest:
            rest = written(self._sock, rest, self._seconds_left())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._sock, name, value)
