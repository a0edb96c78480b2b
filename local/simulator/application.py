"""The simulator as an ASGI application: the provider at the root, its controls and the inbox beside it."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from local.simulator import control
from local.simulator.call import Call, unpack
from local.simulator.disruption import answer_in_trouble, disrupted
from local.simulator.exchange import exchange
from local.simulator.loopback import LoopbackOnly
from local.simulator.page import Page
from local.simulator.provider import answer
from local.simulator.state import Entry, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from local.simulator.answers import Answer
    from local.simulator.faults import Fault

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]  # the gateway itself refuses all but the first two


def build(state: State, refuse: Callable[[float], None]) -> Starlette:
    """Build the application; `refuse` closes the listening socket for so many seconds."""
    guarded = [Middleware(LoopbackOnly)]
    routes = [
        Route("/", provide, methods=METHODS),
        Mount("/_simulator", routes=control.ROUTES, middleware=guarded),
        Mount("/inbox", Page(), middleware=guarded),
    ]
    application = Starlette(routes=routes, exception_handlers={ClientDisconnect: _gone, Exception: _bug})
    application.state.simulator = state
    application.state.refuse = refuse
    return application


async def provide(request: Request) -> Response:
    """Answer one request to the provider, with the fault that is planned for it."""
    state: State = request.app.state.simulator
    call = await unpack(request)
    fault = state.faults.draw(call.action)
    messages = len(state.messages.all)
    decided = _decide(state, call, fault)
    response = disrupted(fault, decided.response(call) if decided else Response())
    state.requests.append(_entry(state, call, fault, decided))
    if len(state.messages.all) > messages:
        state.exchanges[state.messages.all[-1].request_id] = exchange(call, decided, fault)
    state.bell.ring()
    if fault and fault.kind == "refuse":
        request.app.state.refuse(fault.seconds)
    return response


def _decide(state: State, call: Call, fault: Fault | None) -> Answer | None:
    if fault is None:
        return answer(state, call)
    decided = answer(state, call) if fault.processed else None
    in_trouble = answer_in_trouble(call, fault)
    if in_trouble and state.options.nonce_check == "before":
        # The gateway answered: it has seen the nonce, though it did not carry the call out.
        state.nonces.use(call.access_key_id, call.nonce, state.clock())
    return in_trouble or decided


def _entry(state: State, call: Call, fault: Fault | None, decided: Answer | None) -> Entry:
    return Entry(
        at=state.clock(),
        method=call.method,
        action=call.action,
        signature_version=call.signature_version,
        query_keys=[name for name, _ in call.query],
        form_keys=[name for name, _ in call.form],
        out_id=call.params.get("OutId") or None,
        nonce=call.nonce,
        fault=fault.kind if fault else None,
        http_status=decided.status if decided else None,
        code=decided.code if decided else None,
    )


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response()


async def _bug(_request: Request, error: Exception) -> Response:
    """Say where the simulator itself is wrong, without the values that an exception's text can hold."""
    print(f"simulator: {type(error).__name__}", file=sys.stderr)
    traceback.print_tb(error.__traceback__)
    return PlainTextResponse("simulator bug", 500)
