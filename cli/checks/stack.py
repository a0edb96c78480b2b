"""The stack itself: how it is deployed, clocks, and what is left of Lambda's concurrency."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from cli.checks.finding import Finding, fault, ok
from cli.faults import MOST_SECONDS_APART

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.place import Place

GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}


def deployment(place: Place) -> Iterator[Finding]:
    """Whether the last deploy came to its end."""
    status = place.described["StackStatus"]
    if status in GOOD:
        yield ok("deployment", status)
    else:
        yield fault("deployment", f"{status}: its events in CloudFormation say why")


def clock(place: Place) -> Iterator[Finding]:
    """Whether this machine's clock and AWS's agree; the functions' is checked by the provider, with the key."""
    answer = place.client("cloudformation").describe_stacks(StackName=place.stack)
    told = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
    apart = int(abs(time.time() - told))
    if apart < MOST_SECONDS_APART:
        yield ok("clock", f"{apart} seconds from AWS's")
    else:
        yield fault("clock", f"{apart} seconds from AWS's, which takes no request that is five minutes off: set it")


def concurrency(place: Place) -> Iterator[Finding]:
    """Whether the queue's function alone could fill the account."""
    limit = place.client("lambda").get_account_settings()["AccountLimit"]
    left = int(limit["UnreservedConcurrentExecutions"])
    most = int(place.parameters["QueueMaximumConcurrency"])
    told = f"{left} of {limit['ConcurrentExecutions']} unreserved in the account, the queue takes up to {most}"
    if left > most:
        yield ok("concurrency", told)
    else:
        yield fault("concurrency", f"{told}, and leaves nothing to the API: docs/operations.md#concurrency")
