"""One warm sandbox: invokes a handler with each event that comes in as a line of JSON; prints what each one took.

The event is parsed before the clock starts, as Lambda's runtime does it before the handler; logs go nowhere, but are
written.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from typing import Any

LONGEST = 60.0  # seconds, as in template.yaml


class Context:
    """What the handlers ask of Lambda's context."""

    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    function_name = "benchmark"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws-cn:lambda:cn-north-1:123456789012:function:benchmark"
    memory_limit_in_mb = "512"

    def __init__(self) -> None:
        self._until = time.monotonic() + LONGEST

    def get_remaining_time_in_millis(self) -> int:
        """Of the invocation that began when this was made."""
        return max(0, int(1000 * (self._until - time.monotonic())))


def main() -> None:
    """Until standard input ends."""
    results = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    module, _, name = os.environ["_HANDLER"].rpartition(".")
    lambda_handler = getattr(import_module(module), name)
    for line in sys.stdin:
        print(json.dumps(invoked(lambda_handler, json.loads(line))), file=results, flush=True)


def invoked(lambda_handler: Any, event: Any) -> dict[str, float]:
    """Seconds of one invocation, and how many records are to come again."""
    context = Context()
    cpu, wall = time.process_time(), time.perf_counter()
    answer = lambda_handler(event, context)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "failures": len(answer["batchItemFailures"])}


if __name__ == "__main__":
    main()
