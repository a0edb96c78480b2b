"""How a fault is carried out: answers of a gateway in trouble, and connections that break or fall silent."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from local.simulator.answers import (
    Answer,
    BusinessError,
    GatewayError,
    business_refusal,
    gateway_refusal,
    new_request_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from local.simulator.call import Call
    from local.simulator.faults import Fault

LINGER_NOT_AT_ALL = struct.pack("ii", 1, 0)  # close sends RST
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
IN_TROUBLE = {
    "internal_error": ("InternalError", "The request processing has failed due to some unknown error.", 500),
    "unavailable": ("ServiceUnavailable", "The request has failed due to a temporary failure of the server.", 503),
    "throttled": ("Throttling.User", "Request was denied due to user flow control.", 400),
}


def answer_in_trouble(call: Call, fault: Fault) -> Answer | None:
    """Give the provider's own answer for a fault that has one."""
    request_id = new_request_id()
    if fault.kind in IN_TROUBLE:
        answer = gateway_refusal(call, request_id, GatewayError(*IN_TROUBLE[fault.kind]))
        if fault.retry_after:
            answer.headers["x-acs-retry-after"] = str(fault.retry_after)
        return answer
    if fault.kind != "answer":
        return None
    message = fault.message or fault.code
    if fault.status == 200:  # noqa: PLR2004 OK is the form of the business errors
        return business_refusal(call, request_id, BusinessError(fault.code, message))
    return gateway_refusal(call, request_id, GatewayError(fault.code, message, fault.status))


class Reset(Response):
    """No answer: the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 the signature is ASGI's
        """Send RST instead of an answer."""
        transport = scope["state"]["transport"]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT_AT_ALL)
        transport.abort()
        await _gone(receive)


class Silent(Response):
    """No answer for a while; then `late`, if the caller is still there."""

    def __init__(self, seconds: float, late: Response) -> None:
        """Keep what comes late."""
        super().__init__()
        self.seconds = seconds
        self.late = late

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait until the caller goes, or the time is over."""
        try:
            await asyncio.wait_for(_gone(receive), self.seconds)
        except TimeoutError:
            await self.late(scope, receive, send)


class Truncated(Response):
    """Half of the answer; Content-Length promises all of it."""

    def __init__(self, whole: Response) -> None:
        """Keep what will not arrive whole."""
        super().__init__(whole.body, whole.status_code, whole.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close in the middle."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["state"]["transport"].close()
        await _gone(receive)


def closing(response: Response) -> Response:
    """Answer, and close the connection."""
    response.headers["connection"] = "close"
    return response


BREAKS: dict[str, Callable[[Fault, Response], Response]] = {
    "refuse": lambda _, response: closing(response),
    "reset_before": lambda *_: Reset(),
    "reset_after": lambda *_: Reset(),
    "hang": lambda fault, response: Silent(fault.seconds, response),
    "hang_before": lambda fault, _: Silent(fault.seconds, Reset()),
    "truncated": lambda _, response: Truncated(response),
    "bad_gateway": lambda *_: HTMLResponse(BAD_GATEWAY, 502),
    "garbage": lambda *_: PlainTextResponse("OK?"),
}


def disrupted(fault: Fault | None, response: Response) -> Response:
    """Give the response that breaks as the fault says."""
    return BREAKS[fault.kind](fault, response) if fault and fault.kind in BREAKS else response


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
