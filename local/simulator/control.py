"""The control API: what arrived, what shall fail, what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulator.disruption import closing
from local.simulator.events import follow
from local.simulator.faults import VALID, BadFault
from local.simulator.options import BadOption
from local.simulator.shown import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from local.simulator.state import Entry, Message, State

FAULT_MEMBERS = ("plan", "random", "seed", "refuse_seconds")


async def show_messages(request: Request) -> Response:
    """Every accepted recipient, in the order of acceptance, or the last ones; and how many there are in all."""
    return _shown(request, "messages", _state(request).messages.all)


async def clear(request: Request) -> Response:
    """Forget messages, requests, nonces and what the limits counted."""
    _state(request).clear()
    return Response(status_code=204)


async def show_requests(request: Request) -> Response:
    """Every request to the provider, or the last ones; and how many there are in all."""
    return _shown(request, "requests", _state(request).requests)


async def show_exchange(request: Request) -> Response:
    """The request that sent something, whole, and its answer."""
    held = _state(request).exchanges.get(request.path_params["request_id"])
    if held is None:
        return JSONResponse({"error": "no message was sent by a request of this id"}, 404)
    return JSONResponse(plain(held))


async def show_faults(request: Request) -> Response:
    """What is left of the plan, and the chances."""
    return JSONResponse(_state(request).faults.left())


async def replace_faults(request: Request) -> Response:
    """Take a new plan and new chances; refuse connections from now if `refuse_seconds` says so."""
    try:
        wanted = await _object(request)
        _check_members(wanted)
        _state(request).faults.replace(wanted)
    except ValueError as error:
        return _refusal(error)
    _state(request).bell.ring()
    response = JSONResponse(_state(request).faults.left())
    if "refuse_seconds" not in wanted:
        return response
    request.app.state.refuse(wanted["refuse_seconds"])
    return closing(response)


async def show_options(request: Request) -> Response:
    """What is chosen."""
    return JSONResponse(_state(request).options.shown())


async def change_options(request: Request) -> Response:
    """Change the options that are given, leave the others."""
    state = _state(request)
    try:
        state.options = state.options.changed(await _object(request))
    except ValueError as error:
        return _refusal(error)
    state.bell.ring()
    return JSONResponse(state.options.shown())


async def reset_options(request: Request) -> Response:
    """Go back to the options of the command line."""
    state = _state(request)
    state.options = state.first_options
    state.bell.ring()
    return JSONResponse(state.options.shown())


async def health(_request: Request) -> Response:
    """Say that the simulator listens."""
    return JSONResponse({"status": "ok"})


ROUTES = [
    Route("/messages", show_messages, methods=["GET"]),
    Route("/messages", clear, methods=["DELETE"]),
    Route("/requests", show_requests, methods=["GET"]),
    Route("/requests/{request_id}", show_exchange, methods=["GET"]),
    Route("/events", follow, methods=["GET"]),
    Route("/faults", show_faults, methods=["GET"]),
    Route("/faults", replace_faults, methods=["PUT"]),
    Route("/options", show_options, methods=["GET"]),
    Route("/options", change_options, methods=["PUT"]),
    Route("/options", reset_options, methods=["DELETE"]),
    Route("/health", health, methods=["GET"]),
]


def _state(request: Request) -> State:
    state: State = request.app.state.simulator
    return state


async def _object(request: Request) -> dict[str, Any]:
    body = await request.json()
    if not isinstance(body, dict):
        raise BadOption("the body is a JSON object")
    return body


def _check_members(wanted: dict[str, Any]) -> None:
    for name in wanted:
        if name not in FAULT_MEMBERS:
            raise BadFault(f"{name}: unknown member; known: {', '.join(FAULT_MEMBERS)}")
    if "refuse_seconds" in wanted and not VALID["seconds"](wanted["refuse_seconds"]):
        raise BadFault("refuse_seconds: a number of seconds")


def _shown(request: Request, name: str, held: Sequence[Message | Entry]) -> Response:
    limit = request.query_params.get("limit", str(len(held)))
    if not limit.isdecimal():
        return _refusal(BadOption("limit: a whole number, zero or more"))
    last = held[max(len(held) - int(limit), 0) :]
    return JSONResponse({"count": len(held), name: [plain(each) for each in last]})


def _refusal(error: ValueError) -> Response:
    return JSONResponse({"error": str(error)}, 400)
