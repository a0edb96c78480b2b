"""Builds what a function keeps for the life of its sandbox."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from .client import SmsClient
from .credentials import SecretCredentials
from .dead_letters import DeadLetters
from .errors import Fault, InvalidSettings
from .observability import logger
from .sender import Sender

if TYPE_CHECKING:
    from .settings import Settings


def build_sender(settings: Settings) -> Sender:
    """The sender with its client, and one log line that says what is not guaranteed."""
    logger.warning("no ledger: SMS_MESSAGES_TABLE is empty, so a repeated idempotency key is sent again")
    credentials = settings.credentials or SecretCredentials(
        settings.credentials_secret_arn or "", partial(_aws, "secretsmanager")
    )
    client = SmsClient(
        credentials,
        endpoint=settings.endpoint,
        signature_version=settings.signature_version,
        read_timeout=settings.provider_timeout_seconds,
        proxy=settings.proxy,
    )
    return Sender(client, credentials, defaults=settings.defaults, advice_language=settings.advice_language)


def build_dead_letters(settings: Settings) -> DeadLetters:
    """The dead-letter queue of a door that needs one; raises InvalidSettings where it is not set."""
    if settings.dead_letter_queue_url is None:
        raise InvalidSettings([Fault("SMS_DEAD_LETTER_QUEUE_URL", "is not set")])
    return DeadLetters(settings.dead_letter_queue_url, cache(partial(_aws, "sqs")))


def _aws(service: str) -> Any:
    """A client that gives up within ten seconds: boto3's own patience, minutes, outlasts the function."""
    import boto3  # noqa: PLC0415 - costs a cold start 150 ms
    from botocore.config import Config  # noqa: PLC0415 - the same

    retries = {"mode": "standard", "total_max_attempts": 2}
    return boto3.client(service, config=Config(connect_timeout=2, read_timeout=3, retries=retries))
