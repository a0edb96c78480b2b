"""Clients of AWS, by botocore alone: boto3 would cost a cold start 40 ms more."""

from __future__ import annotations

import logging
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_CALL = 11.0  # seconds that one takes at worst: two tries of five seconds, and a pause between them

logging.getLogger("botocore").setLevel(logging.WARNING)  # its debug lines hold secrets

_making = Lock()  # botocore's session does not make clients for two threads at once


def made_at_once(service: str) -> Callable[[], Any]:
    """A client made during init, when Lambda does not yet limit the processor time to the function's memory."""
    client = _client(service)
    return lambda: client


def made_when_needed(service: str) -> Callable[[], Any]:
    """A client made at its first use, since most sandboxes never need it."""
    make = cache(partial(_client, service))

    def made() -> Any:
        with _making:
            return make()

    return made


def error_kinds() -> tuple[type[Any], type[Any]]:
    """The exceptions that a client raises: for what AWS answered, and for what kept it from answering."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - costs a cold start 150 ms

    return ClientError, BotoCoreError


def _client(service: str) -> Any:
    """A client that gives up within LONGEST_CALL: botocore's own patience, minutes, outlasts the function."""
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
    """The session of all clients, which makes a second one cheap."""
    import botocore.session  # noqa: PLC0415 - costs a cold start 150 ms

    return botocore.session.get_session()
