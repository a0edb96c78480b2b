"""Results as they are shown, what exit code each stands for, and how one is waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cli.errors import DONE, REFUSED, UNKNOWN
from cli.masking import scrubbed
from cli.screen import show_facts, show_json

if TYPE_CHECKING:
    from collections.abc import Callable

SETTLED = {"accepted", "delivered", "undelivered", "rejected", "expired"}
PAUSE = 2.0  # seconds between two looks
CODES = {"rejected": REFUSED, "expired": REFUSED, "undelivered": REFUSED, "unknown": UNKNOWN, "sending": UNKNOWN}


def is_over(result: dict[str, Any]) -> bool:
    """Whether nothing more becomes of the message by itself: it is settled, or a person has it."""
    return result["status"] in SETTLED or bool(result.get("held"))


def comes_again(result: dict[str, Any]) -> bool:
    """Whether the queue, which had it refused, sends it once that can be."""
    return result["status"] == "rejected" and result.get("category") in {"configuration", "throttled", "transient"}


def exit_code(result: dict[str, Any]) -> int:
    """The exit code that a result stands for."""
    return CODES.get(result["status"], DONE)


def shown(result: dict[str, Any]) -> dict[str, Any]:
    """The result with nothing in its texts that looks like a number."""
    texts = {name: scrubbed(str(result[name])) for name in ("description", "reference") if result.get(name)}
    return {**result, **texts}


def show(result: dict[str, Any], *, as_json: bool) -> None:
    """A result for a person, or for a script."""
    if as_json:
        show_json(shown(result))
    else:
        show_facts({name: text(value) for name, value in shown(result).items()})


def text(value: Any) -> str:
    """A value as a fact shows it; nothing where there is nothing to tell."""
    return "\n".join(value) if isinstance(value, list) else "" if value in (None, False) else str(value)


def wait(look: Callable[[], dict[str, Any] | None], pause: float = PAUSE) -> dict[str, Any]:
    """Look until the message is settled or held. A person ends it by Ctrl-C, and the message goes on all the same."""
    while not (result := look()) or not is_over(result):
        time.sleep(pause)
    return result
