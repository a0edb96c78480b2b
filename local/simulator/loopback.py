"""Who may look into the inbox and change what the simulator does: programs and pages of this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.ASCII | re.IGNORECASE)
READING = {"GET", "HEAD"}


class LoopbackOnly:
    """Refuses names that lead here by DNS alone, and what a page of another origin would change."""

    def __init__(self, application: ASGIApp) -> None:
        """Stand before it."""
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or answer 403."""
        reason = refusal(scope["method"], Headers(scope=scope))
        answer = JSONResponse({"error": reason}, 403) if reason else self.application
        await answer(scope, receive, send)


def refusal(method: str, headers: Headers) -> str | None:
    """Say why a request is refused; None where it is not."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if not HOST.fullmatch(host):
        return "host: only 127.0.0.1, localhost and [::1] are answered here"
    if method not in READING and origin is not None and origin.lower() != f"http://{host}".lower():
        return "origin: a page of another origin changes nothing here"
    return None
