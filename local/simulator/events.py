"""What arrives, as it arrives: server-sent events, by which the inbox is live without a reload."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from local.simulator.shown import plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from local.simulator.state import State

MOST_MESSAGES = 500  # in one event; between two the provider answers others
RETRY = "retry: 1000\n\n"  # milliseconds until a browser connects again


async def follow(request: Request) -> Response:
    """Everything since the event that a page saw last, or from the beginning; then what comes."""
    seen = request.headers.get("last-event-id") or request.query_params.get("after", "")
    followed = _events(request.app.state.simulator, seen)
    return StreamingResponse(followed, media_type="text/event-stream", headers={"cache-control": "no-store"})


async def _events(state: State, seen: str) -> AsyncIterator[str]:
    follower = Follower(state, seen)
    yield RETRY
    while True:
        rung = state.bell.rung
        while event := follower.next():
            yield event
        await rung.wait()


class Follower:
    """How far one page is. Nothing is queued for it: it reads on from where it is."""

    def __init__(self, state: State, seen: str) -> None:
        """Go on after the event of this id; where it is of another inbox, `next` begins anew."""
        self._state = state
        self._inbox, _, position = seen.partition("-")
        self._position = int(position) if position.isdecimal() else 0
        self._requests = 0
        self._controls: dict[str, Any] = {}

    def next(self) -> str | None:
        """Give the next event; None where there is nothing new."""
        return self._reset() or self._changed_controls() or self._messages() or self._request()

    def _reset(self) -> str | None:
        if self._inbox == self._state.messages.inbox:
            return None
        self._inbox, self._position, self._requests = self._state.messages.inbox, 0, 0
        return self._event("reset", {})

    def _changed_controls(self) -> str | None:
        controls = {"faults": self._state.faults.left(), "options": self._state.options.shown()}
        if controls == self._controls:
            return None
        self._controls = controls
        return self._event("controls", controls)

    def _messages(self) -> str | None:
        more = self._state.messages.all[self._position : self._position + MOST_MESSAGES]
        self._position += len(more)
        return self._event("messages", [plain(message) for message in more]) if more else None

    def _request(self) -> str | None:
        """The last request alone: it tells why nothing arrived."""
        if len(self._state.requests) <= self._requests:
            return None
        self._requests = len(self._state.requests)
        return self._event("request", plain(self._state.requests[-1]))

    def _event(self, name: str, content: Any) -> str:
        told = json.dumps(content, ensure_ascii=False)
        return f"event: {name}\nid: {self._inbox}-{self._position}\ndata: {told}\n\n"
