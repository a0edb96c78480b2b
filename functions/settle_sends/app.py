"""Settles sends whose outcome is unknown, and puts messages that waited in the ledger back into the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aliyun_sms.observability import publishes_metrics
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_settling, now

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SECONDS_TO_END = 2.0  # kept back for the last write and the answer

settling = build_settling(read_settings())


@publishes_metrics
def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - the schedule's says nothing
    """Settle what is due, as far as the time goes; answers {"settled": {status: number}}.

    Whatever goes wrong leaves what it is about for the next minute.
    """
    deadline = now().timestamp() + context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_END
    return {"settled": dict(settling.settle_due(deadline))}
