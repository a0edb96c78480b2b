"""Schedule door: sends the messages of a schedule once for its time."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent

from .sms import logger, metrics, persistence, send


@logger.inject_lambda_context
@metrics.log_metrics
@idempotent(persistence_store=persistence, config=IdempotencyConfig(event_key_jmespath="[schedule, scheduled_time]"))
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Send what the input holds."""
    return {"results": [send(message) for message in event["messages"]]}
