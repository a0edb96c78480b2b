"""The policy that holds now: the row that an operator put, read again each minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aliyun_sms import observability
from aliyun_sms.errors import InvalidPolicy, PolicyUnavailable
from aliyun_sms.ledger.table import TableUnavailable
from aliyun_sms.policy.document import Policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aliyun_sms.ledger.table import Table
    from aliyun_sms.message.incoming import Origin

KEY = "policy"  # of its row
NO_RULES = "{}"
SECONDS = 60  # until it is read again,
SECONDS_WITHOUT = 5  # and where none was ever read: as long as a caller is told to wait


class PolicyInForce:
    """Keeps the last policy that could be read. Without a row there are no rules."""

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        """Nothing is read before it is asked for."""
        self._table = table
        self._clock = clock
        self._policy: Policy | None = None
        self._text: str | None = None  # that it was read from
        self._until = 0.0

    def at_present(self) -> Policy:
        """The policy, not older than a minute where it can be read; raises PolicyUnavailable where it never could."""
        if self._clock().timestamp() >= self._until:
            self._read()
            self._until = self._clock().timestamp() + (SECONDS if self._policy else SECONDS_WITHOUT)
        if self._policy is None:
            raise PolicyUnavailable
        return self._policy

    def daily_recipients(self, origin: Origin) -> int | None:
        """How many recipients a day the caller has by a rule; None where the stack's own number holds for it."""
        return self._policy.rule_for(origin.names).daily_recipients if self._policy else None

    def _read(self) -> None:
        try:
            row = self._table.get_all([KEY]).get(KEY)
            text = row["document"] if row else NO_RULES
            if self._policy is None or text != self._text:
                self._policy = _policy_of(text)
            self._text = text
        except (TableUnavailable, InvalidPolicy) as error:
            observability.log_policy_unread(str(error))
        except Exception as error:  # noqa: BLE001 - an odd row must not stop what the last good one lets through
            observability.log_policy_unread(type(error).__name__)


def _policy_of(text: str) -> Policy:
    if text == NO_RULES:
        return Policy()
    from aliyun_sms.policy.reading import read_policy  # noqa: PLC0415 - most stacks have no policy

    return read_policy(text)
