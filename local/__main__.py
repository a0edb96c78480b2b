"""The local cloud's verbs: python -m local up | down | demo, run by the Makefile."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from local import cloud, deploy
from local.errors import LocalCloudError
from local.isolation import isolated
from local.pasted import CURL, exports
from local.settings import read_settings

if TYPE_CHECKING:
    from types import FrameType

    from local.settings import Settings

INTERRUPTED = 130  # what a shell gives for a program that Ctrl-C ended


def main(arguments: list[str]) -> int:
    """Carry out one verb and give the exit code."""
    verbs = {"up": up, "down": down, "demo": demo}
    if len(arguments) != 1 or arguments[0] not in verbs:
        print("usage: python -m local up | down | demo", file=sys.stderr)
        return 2
    _speak_anywhere()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    _isolate()
    try:
        return verbs[arguments[0]](read_settings(os.environ))
    except LocalCloudError as error:
        print(f"make {arguments[0]}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"make {arguments[0]}: interrupted; what it started is stopped", file=sys.stderr)
        return INTERRUPTED


def up(settings: Settings) -> int:
    """Start the local cloud and leave it running."""
    outputs = cloud.up(settings)
    print(f"\nThe local cloud is up and sends through {settings.provider_url}.")
    print(f"Caps of a day: {deploy.caps_told(settings)}. PARAMETERS sets them, as DailyRecipientLimit=50.")
    print(f"Where all of it is: {os.path.relpath(settings.outputs)}. To use it from a shell, paste:\n")
    print(exports(outputs))
    print(f"\nTo send a first message, either of:\n\n{CURL}\n{settings.send_command}")
    print(f"\n`{settings.stop_command}` stops it.")
    return 0


def down(settings: Settings) -> int:
    """Stop it."""
    if not cloud.down(settings):
        print(f"nothing of {os.path.relpath(settings.directory)} was running")
    return 0


def demo(settings: Settings) -> int:
    """Show it at work, from start to stop."""
    from local.demo.run import run  # noqa: PLC0415 - up and down need none of it

    return run(settings)


def _speak_anywhere() -> None:
    """Let a terminal that knows no Chinese show question marks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _isolate() -> None:
    environment = isolated(os.environ)
    os.environ.clear()
    os.environ.update(environment)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
