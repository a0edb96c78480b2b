"""Whether a port is free."""

from __future__ import annotations

import socket

from local.errors import PortBusy


def require_free(port: int, variable: str) -> None:
    """Raise PortBusy, which names the variable to change, if the port cannot be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as those who will listen: no waiting for old ones
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortBusy(port, variable) from error
