"""The command line: `python -m local.simulator --port 9100`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import NoReturn

from local.simulator import registry
from local.simulator.application import build
from local.simulator.options import CHOICES, AccessKey, BadOption, Options
from local.simulator.server import Server
from local.simulator.state import State


def arguments() -> argparse.ArgumentParser:
    """Describe the options."""
    parser = argparse.ArgumentParser(prog="python -m local.simulator", description="A simulator of Alibaba Cloud SMS.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=9100, help="0 takes a free one and says which")
    parser.add_argument(
        "--access-key", action="append", type=_access_key, metavar="ID:SECRET[:TOKEN]", help="repeatable"
    )
    parser.add_argument("--nonce-check", choices=CHOICES["nonce_check"], default="before", help="than other checks")
    parser.add_argument(
        "--batch-refusal", choices=CHOICES["batch_refusal"], default="whole", help="what one bad recipient refuses"
    )
    parser.add_argument("--visibility-seconds", type=float, default=0, help="until QuerySendDetails shows a message")
    parser.add_argument("--limits", action=argparse.BooleanOptionalAction, default=False, help="the limits per number")
    parser.add_argument("--registry", type=Path, default=registry.BUNDLED, help="approved signatures and templates")
    return parser


def main() -> None:
    """Serve until told to stop; say what is wrong in one line and exit 1."""
    chosen = arguments().parse_args()
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))
    try:
        state = State(_options(chosen), registry.load(chosen.registry))
    except (BadOption, OSError, registry.BadRegistry) as error:
        _fail(str(error))
    try:
        server = Server(chosen.host, chosen.port)
    except OSError as error:
        _fail(f"cannot listen on {chosen.host}, port {chosen.port}: {error.strerror}")
    server.serve_application(build(state, server.refuse))


def _options(chosen: argparse.Namespace) -> Options:
    names = ("nonce_check", "batch_refusal", "visibility_seconds", "limits")
    options = Options().changed({name: getattr(chosen, name) for name in names})
    return options.changed({"access_keys": chosen.access_key}) if chosen.access_key else options


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in range(1 << 16):
        raise argparse.ArgumentTypeError(f"{text} is no port: 0 to 65535")
    return int(text)


def _access_key(text: str) -> str:
    try:
        AccessKey.parse(text)
    except BadOption as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _fail(reason: str) -> NoReturn:
    print(f"simulator: {reason}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
