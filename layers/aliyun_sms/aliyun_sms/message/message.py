"""The message: the same JSON object at every door, validated when it is built."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import TYPE_CHECKING

from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.privacy import mask, shown

from .fields import FIELDS
from .phone_number import with_plus

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Defaults:
    """The signature and template of messages that name none."""

    sign_name: str | None = None
    template_code: str | None = None


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Message:
    """What to send to whom. `phone_numbers` are as the provider takes them, `template_param` is JSON text."""

    phone_numbers: tuple[str, ...]
    sign_name: str
    template_code: str
    template_param: str | None
    sms_up_extend_code: str | None
    reference: str | None
    idempotency_key: str | None
    expires_at: datetime | None
    urgent: bool

    def __init__(self, document: object, defaults: Defaults | None = None) -> None:
        """Read a door's JSON object; raises InvalidMessage with every fault in it.

        A field that is null counts as absent.
        """
        if not isinstance(document, Mapping):
            raise InvalidMessage([Fault("message", "is not a JSON object")])
        given = _with_defaults(document, defaults or Defaults())
        faults = [Fault(shown(name), "is not a field of a message") for name in given if name not in FIELDS]
        for name, field in FIELDS.items():
            try:
                object.__setattr__(self, name, field.read(given.get(name)))
            except InvalidMessage as invalid:
                faults.extend(invalid.faults)
        if faults:
            raise InvalidMessage(faults)

    @property
    def content(self) -> tuple[str, str | None, str | None]:
        """Signature, values and extend code: all that messages of one template differ in, but for their recipients."""
        return self.sign_name, self.template_param, self.sms_up_extend_code

    @property
    def masked_numbers(self) -> tuple[str, ...]:
        """The numbers with their middles hidden, for logs."""
        return tuple(mask(number) for number in self.phone_numbers)

    @property
    def fingerprint(self) -> str:
        """What tells one payload from another under the same key: all that reaches the recipient, and nothing else."""
        sent = self.phone_numbers, self.sign_name, self.template_code, self.template_param, self.sms_up_extend_code
        return sha256(json.dumps(sent).encode()).hexdigest()

    def document(self) -> dict[str, object]:
        """The JSON object that makes this message again, without its key."""
        given = {
            "phone_numbers": [with_plus(number) for number in self.phone_numbers],
            "sign_name": self.sign_name,
            "template_code": self.template_code,
            "template_param": self.template_param,
            "sms_up_extend_code": self.sms_up_extend_code,
            "reference": self.reference,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "urgent": self.urgent or None,
        }
        return {name: value for name, value in given.items() if value is not None}

    def __repr__(self) -> str:
        return f"Message(to {len(self.phone_numbers)}, {self.template_code})"


def _with_defaults(document: Mapping[str, object], defaults: Defaults) -> dict[str, object]:
    given = {name: value for name, value in document.items() if value is not None}
    for field in fields(defaults):
        if getattr(defaults, field.name):
            given.setdefault(field.name, getattr(defaults, field.name))
    return given
