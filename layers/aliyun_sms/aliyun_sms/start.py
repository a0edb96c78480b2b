"""Builds what a function keeps for the life of its sandbox."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from .client import SmsClient
from .credentials import SecretCredentials
from .dead_letters import DeadLetters
from .errors import Fault, InvalidSettings
from .ledger import Ledger
from .messages_queue import MessagesQueue
from .observability import logger
from .sender import Sender
from .submission import Submitter, wait_about
from .table import DynamoTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from .credentials import CredentialsSource
    from .settings import Settings
    from .settle import Settler

SECONDS_A_DAY = 86_400


def build_sender(settings: Settings) -> Sender:
    """The sender with its client and ledger; without a ledger one log line says what is not guaranteed."""
    credentials = build_credentials(settings)
    return Sender(
        build_client(settings, credentials),
        credentials,
        build_ledger(settings),
        defaults=settings.defaults,
        advice_language=settings.advice_language,
        looks_up_refusals=settings.refusal_policy == "look-up",
        pause=wait_about,
    )


def build_settler(settings: Settings) -> Settler:
    """What settles unknown outcomes; raises InvalidSettings where the table or a queue of it is not set."""
    from .handover import QueueHandover  # noqa: PLC0415 - no door needs it
    from .settle import Settler  # noqa: PLC0415 - the same

    ledger = _open_ledger(_set(settings.messages_table, "SMS_MESSAGES_TABLE"), settings)
    credentials = build_credentials(settings)
    client = build_client(settings, credentials)
    submitter = Submitter(
        client,
        credentials,
        ledger,
        clock=now,
        pause=wait_about,
        advice_language=settings.advice_language,
        looks_up_refusals=settings.refusal_policy == "look-up",
    )
    return Settler(
        ledger,
        submitter,
        client,
        QueueHandover(build_messages_queue(settings), build_dead_letters(settings)),
        clock=now,
        grace_seconds=int(settings.unknown_grace_seconds),
        sends_again=settings.unknown_policy == "resend",
    )


def build_credentials(settings: Settings) -> CredentialsSource:
    """The access key of the settings, or the secret that holds it."""
    if settings.credentials:
        return settings.credentials
    return SecretCredentials(settings.credentials_secret_arn or "", _at_once("secretsmanager"))


def build_client(settings: Settings, credentials: CredentialsSource) -> SmsClient:
    """The client of the provider."""
    return SmsClient(
        credentials,
        endpoint=settings.endpoint,
        signature_version=settings.signature_version,
        read_timeout=settings.provider_timeout_seconds,
        proxy=settings.proxy,
    )


def build_ledger(settings: Settings) -> Ledger | None:
    """The ledger, if there is one."""
    if settings.messages_table is None:
        logger.warning("no ledger: SMS_MESSAGES_TABLE is empty, so a repeated idempotency key is sent again")
        return None
    return _open_ledger(settings.messages_table, settings)


def _open_ledger(name: str, settings: Settings) -> Ledger:
    table = DynamoTable(name, _at_once("dynamodb"))
    return Ledger(table, retention_seconds=int(settings.retention_days * SECONDS_A_DAY))


def build_dead_letters(settings: Settings) -> DeadLetters:
    """The dead-letter queue of a door that needs one; raises InvalidSettings where it is not set."""
    return DeadLetters(_set(settings.dead_letter_queue_url, "SMS_DEAD_LETTER_QUEUE_URL"), _when_needed("sqs"))


def build_messages_queue(settings: Settings) -> MessagesQueue:
    """The queue of the queue door; raises InvalidSettings where it is not set."""
    return MessagesQueue(_set(settings.queue_url, "SMS_QUEUE_URL"), _when_needed("sqs"))


def _set(value: str | None, name: str) -> str:
    if value is None:
        raise InvalidSettings([Fault(name, "is not set")])
    return value


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


_MAKING = Lock()  # botocore's session does not make clients for two threads at once


def _at_once(service: str) -> Callable[[], Any]:
    """A client made now: while a function starts, Lambda does not yet hold it to the processor time of its memory."""
    client = _aws(service)
    return lambda: client


def _when_needed(service: str) -> Callable[[], Any]:
    """A client made at its first use, since most sandboxes never need it."""
    make = cache(partial(_aws, service))

    def made() -> Any:
        with _MAKING:
            return make()

    return made


def _aws(service: str) -> Any:
    """A client that gives up within ten seconds: botocore's own patience, minutes, outlasts the function."""
    from botocore.config import Config  # noqa: PLC0415 - costs a cold start 150 ms

    config = Config(
        connect_timeout=2,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 2},
        parameter_validation=False,  # AWS checks what it gets; here it would be half the time of a large transaction
    )
    return _session().create_client(service, config=config)


@cache
def _session() -> Any:
    """The session of all clients, which makes a second one cheap. boto3 would cost a cold start 40 ms more."""
    import botocore.session  # noqa: PLC0415 - the same

    return botocore.session.get_session()
