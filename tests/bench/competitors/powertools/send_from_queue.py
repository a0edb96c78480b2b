"""Queue door: sends the message of each record once for its message id."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord  # noqa: TC002 - the processor reads it
from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function

from .sms import logger, metrics, persistence, send

processor = BatchProcessor(event_type=EventType.SQS)
config = IdempotencyConfig(event_key_jmespath="messageId")


@idempotent_function(data_keyword_argument="record", persistence_store=persistence, config=config)  # type: ignore[untyped-decorator]  # Powertools gives it no type
def send_record(record: SQSRecord) -> dict[str, Any]:
    """Send one record's message."""
    return send(json.loads(record.body))


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> Any:
    """Answer with the records that should come again."""
    config.register_lambda_context(context)
    return process_partial_response(event=event, record_handler=send_record, processor=processor, context=context)
