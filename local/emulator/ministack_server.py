"""MiniStack, with the gaps that our template needs filled: python -m local.emulator.ministack_server.

Reads GATEWAY_PORT and LAMBDA_PYTHON, and whatever MiniStack reads.
"""

from __future__ import annotations

import os
import socketserver
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import eventbridge, lambda_svc, sqs
from samtranslator.translator import transform as sam

from local.emulator import api_address, event_sources, lambda_runtime, permissions, schedules, transport
from local.emulator.expand_http_api import expand_http_apis


def main() -> None:
    """Fill the gaps, then serve until a signal ends it."""
    translate = sam.transform

    def transform(*args: Any, **kwargs: Any) -> dict[str, Any]:
        return expand_http_apis(translate(*args, **kwargs))

    sam.transform = transform
    endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    lambda_runtime.rebind(lambda_svc, Path(os.environ["LAMBDA_PYTHON"]), endpoint)
    event_sources.rebind(lambda_svc, sqs)
    schedules.rebind(eventbridge)
    permissions.rebind(iam_actions, iam_evaluator, lambda_svc)
    transport.rebind(app)
    api_address.rebind(app)
    # Its Runtime API answers in two writes, the second of which would wait 40 ms for the first's acknowledgement.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    app.main()


if __name__ == "__main__":
    main()
