"""Builds what a function keeps for the life of its sandbox, each thing once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .aws.clients import made_at_once, made_when_needed
from .aws.dynamodb import DynamoTable
from .aws.secrets_manager import SecretCredentials
from .aws.sqs import DeadLetters, MessagesQueue, QueueHandover
from .errors import Fault, InvalidSettings
from .ledger.ledger import Ledger
from .ledger.table import NoTable
from .ledger.usage import Limits
from .observability import logger
from .provider.client import SmsClient
from .result import Results
from .sending.sender import Sender
from .sending.submitter import Submitter, wait_about

if TYPE_CHECKING:
    from .provider.credentials import CredentialsSource
    from .settings import Settings
    from .settling.due import Settling

SECONDS_A_DAY = 86_400


def build_sender(settings: Settings) -> Sender:
    """The core behind a door; without a ledger one log line says what is not guaranteed."""
    credentials = build_credentials(settings)
    if settings.messages_table is None:
        logger.warning("no ledger: SMS_MESSAGES_TABLE is empty, so a repeated idempotency key is sent again")
        ledger = Ledger(NoTable())
    else:
        ledger = build_ledger(settings.messages_table, settings)
    submitter = build_submitter(credentials, ledger, settings)
    return Sender(submitter, ledger, defaults=settings.defaults, reach=settings.reach, clock=now)


def build_settling(settings: Settings) -> Settling:
    """What settles unknown outcomes; raises InvalidSettings where the table or a queue of it is not set."""
    from .settling.due import Settling  # noqa: PLC0415 - no door needs it
    from .settling.settler import Policy, Settler  # noqa: PLC0415 - the same

    table = _set(settings.messages_table, "SMS_MESSAGES_TABLE")
    credentials, ledger = build_credentials(settings), build_ledger(table, settings)
    handover = QueueHandover(build_messages_queue(settings), build_dead_letters(settings))
    policy = Policy(int(settings.unknown_grace_seconds), sends_again=settings.unknown_policy == "resend")
    submitter = build_submitter(credentials, ledger, settings)
    settler = Settler(ledger, submitter, handover, policy, clock=now)
    sender = Sender(submitter, ledger, defaults=settings.defaults, reach=settings.reach, clock=now)
    return Settling(ledger, settler, sender, handover, clock=now)


def build_submitter(credentials: CredentialsSource, ledger: Ledger, settings: Settings) -> Submitter:
    """What makes the calls of the provider, and writes each down in the ledger."""
    return Submitter(
        build_client(settings, credentials),
        credentials,
        ledger,
        Results(now, settings.advice_language),
        clock=now,
        pause=wait_about,
        looks_up_refusals=settings.refusal_policy == "look-up",
    )


def build_credentials(settings: Settings, version: str | None = None) -> CredentialsSource:
    """The access key of the settings, or the secret that holds it, or a version of that."""
    if settings.credentials:
        return settings.credentials
    return SecretCredentials(settings.credentials_secret_arn or "", made_at_once("secretsmanager"), version)


def build_client(settings: Settings, credentials: CredentialsSource) -> SmsClient:
    """The client of the provider."""
    return SmsClient(
        credentials,
        endpoint=settings.endpoint,
        signature_version=settings.signature_version,
        read_timeout=settings.provider_timeout_seconds,
        proxy=settings.proxy,
    )


def build_ledger(table: str, settings: Settings) -> Ledger:
    """The ledger in the table of that name."""
    retention_seconds = int(settings.retention_days * SECONDS_A_DAY)
    limits = Limits(settings.daily_limit, settings.daily_limit_per_caller)
    return Ledger(DynamoTable(table, made_at_once("dynamodb")), retention_seconds=retention_seconds, limits=limits)


def build_alerts_table(settings: Settings) -> DynamoTable:
    """The table of the alert door; raises InvalidSettings where it is not set."""
    return DynamoTable(_set(settings.alerts_table, "SMS_ALERTS_TABLE"), made_at_once("dynamodb"))


def build_dead_letters(settings: Settings) -> DeadLetters:
    """The dead-letter queue of a door that needs one; raises InvalidSettings where it is not set."""
    return DeadLetters(_set(settings.dead_letter_queue_url, "SMS_DEAD_LETTER_QUEUE_URL"), made_when_needed("sqs"))


def build_messages_queue(settings: Settings) -> MessagesQueue:
    """The queue of the queue door; raises InvalidSettings where it is not set."""
    return MessagesQueue(_set(settings.queue_url, "SMS_QUEUE_URL"), made_when_needed("sqs"))


def _set(value: str | None, name: str) -> str:
    if value is None:
        raise InvalidSettings([Fault(name, "is not set")])
    return value


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
