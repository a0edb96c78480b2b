"""An HTTP response that is complete in time, and of a size that a function can take."""

from __future__ import annotations

import http.client
import io
import time
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import OutcomeUnknown

if TYPE_CHECKING:
    import socket

    import requests

MOST_BYTES = 2**20  # of an answer with its headers; a page of 50 sends has a tenth of it
UNREADABLE = "client:unreadable-answer"
_PIECE = 65_536


def read_body(response: requests.Response) -> bytes:
    """The body as it came; raises OutcomeUnknown for one that is encoded, which may unfold to any size."""
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        response.raw.close()
        raise OutcomeUnknown(UNREADABLE, "the answer is encoded, which was not asked for")
    return b"".join(response.raw.stream(_PIECE, decode_content=False))


class BoundedResponse(http.client.HTTPResponse):
    """A response that has to be complete within the socket's time-out, headers and body together.

    Reading it raises TimeoutError, or OutcomeUnknown beyond a megabyte; urllib3 and requests let that through.
    """

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_BoundedReader(self.fp.detach(), sock))


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until a time. The socket's own time-out counts anew for each byte that drips in."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        timeout = sock.gettimeout()
        self._raw = raw
        self._sock = sock
        self._until = None if timeout is None else time.monotonic() + timeout
        self._bytes_left = MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._until is not None:
            seconds_left = self._until - time.monotonic()
            if seconds_left <= 0:
                raise TimeoutError("the answer was not complete in time")
            self._sock.settimeout(seconds_left)
        count = self._raw.readinto(buffer)
        self._bytes_left -= count or 0
        if self._bytes_left < 0:
            raise OutcomeUnknown(UNREADABLE, f"the answer has more than {MOST_BYTES} bytes")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
