"""Request door: sends the message of an HTTP request once for its Idempotency-Key."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent

from .sms import logger, metrics, persistence, send

resolver = APIGatewayHttpResolver()


@resolver.post("/v1/messages")
def post_message() -> dict[str, Any]:
    """Send one message."""
    return send(resolver.current_event.json_body)


@logger.inject_lambda_context
@metrics.log_metrics
@idempotent(persistence_store=persistence, config=IdempotencyConfig(event_key_jmespath='headers."idempotency-key"'))
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an HTTP API event, payload format 2.0."""
    return resolver.resolve(event, context)
