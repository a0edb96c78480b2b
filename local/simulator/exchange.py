"""A request that sent something, as it came and as it was answered: what the inbox shows of a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.simulator.answers import Answer
    from local.simulator.call import Call
    from local.simulator.faults import Fault

TOKENS = {"SecurityToken", "x-acs-security-token"}
HIDDEN = "(not shown)"


@dataclass(frozen=True, slots=True)
class Exchange:
    """Both as text. With a fault the caller may have got less than the answer."""

    request: str
    http_status: int | None
    answer: str
    fault: str | None


def exchange(call: Call, answer: Answer | None, fault: Fault | None) -> Exchange:
    """Write down what was asked and answered."""
    text = bytes(answer.response(call).body).decode() if answer else ""
    return Exchange(_request(call), answer.status if answer else None, text, fault.kind if fault else None)


def _request(call: Call) -> str:
    """Headers, then parameters: decoded, a line for each, with the signature and without a token."""
    headers = [f"{name}: {_shown(name, value)}" for name, value in call.headers.items()]
    parameters = [f"{name}={_shown(name, value)}" for name, value in (*call.query, *call.form)]
    return "\n".join([f"{call.method} {call.path}", *headers, "", *parameters])


def _shown(name: str, value: str) -> str:
    return HIDDEN if name in TOKENS else value
