"""The messages of a run, of every kind that is treated differently."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

BY_REQUEST = "request"
IDENTICAL, PERSONALISED, URGENT = "identical", "personalised", "urgent"  # by the queue
KINDS = (BY_REQUEST, IDENTICAL, PERSONALISED, BY_REQUEST, URGENT, PERSONALISED, BY_REQUEST, IDENTICAL, IDENTICAL)
ILLEGAL, LIMITED = "isv.MOBILE_NUMBER_ILLEGAL", "isv.BUSINESS_LIMIT_CONTROL:触发天级流控Permits:40"
REFUSED_EACH = 23  # so that each kind has some


@dataclass(frozen=True, slots=True)
class Message:
    """One of the run; the reference tells it in the ledger, the number at the provider."""

    number: int

    @property
    def kind(self) -> str:
        return KINDS[self.number % len(KINDS)]

    @property
    def reference(self) -> str:
        return f"fault-{self.number:05d}"

    @property
    def phone_number(self) -> str:
        return f"139{self.number:08d}"

    @property
    def refusal(self) -> str | None:
        """What the provider refuses the number with.

        A limit only where the message is alone and no caller waits for it to open: among others it takes minutes to
        find whom it is of, which tests/integration does in a time of its own.
        """
        if self.number % REFUSED_EACH != REFUSED_EACH - 1:
            return None
        return LIMITED if self.kind == URGENT else ILLEGAL

    @property
    def body(self) -> str:
        fields = {"phone_numbers": [self.phone_number], "reference": self.reference, "idempotency_key": self.reference}
        return json.dumps(fields | self._content)

    @property
    def _content(self) -> dict[str, Any]:
        if self.kind == IDENTICAL:
            return {"template_code": "SMS_200000003"}
        if self.kind == PERSONALISED:
            param = {"name": f"{self.number:05d}", "order": "7"}
            return {"template_code": "SMS_200000001", "template_param": param}
        return {"template_param": {"code": f"{self.number % 1_000_000:06d}"}, "urgent": self.kind == URGENT}


def made(count: int) -> list[Message]:
    """So many messages."""
    return [Message(number) for number in range(count)]


def refused_numbers(messages: list[Message]) -> dict[str, str]:
    """The simulator's option for those of them that it refuses."""
    return {message.phone_number: message.refusal for message in messages if message.refusal}
