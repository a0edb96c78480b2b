"""The message: the same JSON object at every door, validated when it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from aliyun_sms.errors import Fault, InvalidMessage, UnknownField
from aliyun_sms.privacy import mask, shown

from .fields import FIELDS, fields_within
from .phone_number import with_plus
from .reach import EVERYBODY, Reach

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import datetime

TemplateFaults = Callable[[str, str | None], Sequence[Fault]]  # what is wrong with the values of a template


def any_values(_template_code: str, _template_param: str | None) -> Sequence[Fault]:
    """Nothing is wrong with any."""
    return ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """The signature and template of messages that name none."""

    sign_name: str | None = None
    template_code: str | None = None

    def without(self, given: Container[str]) -> dict[str, str]:
        """Those that are set, but for the fields that are given."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value and name not in given}


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Message:
    """What to send to whom. `phone_numbers` are as the provider takes them, `template_param` is JSON text.

    `from_defaults` names the fields that were left out, and have the values of the defaults.
    """

    phone_numbers: tuple[str, ...]
    sign_name: str
    template_code: str
    template_param: str | None
    sms_up_extend_code: str | None
    reference: str | None
    idempotency_key: str | None
    expires_at: datetime | None
    urgent: bool
    from_defaults: frozenset[str]

    def __init__(
        self,
        document: object,
        defaults: Defaults | None = None,
        reach: Reach = EVERYBODY,
        template_faults: TemplateFaults = any_values,
    ) -> None:
        """Read the JSON object of a door that reaches so far; raises InvalidMessage with every fault in it.

        A field that is null counts as absent; one that a message does not have is refused whatever it holds.
        """
        if not isinstance(document, Mapping):
            raise InvalidMessage([Fault("message", "is not a JSON object")])
        given = {name: value for name, value in document.items() if value is not None}
        left_out = (defaults or Defaults()).without(given)
        object.__setattr__(self, "from_defaults", frozenset(left_out))
        given |= left_out
        unknown = [name for name in document if name not in FIELDS]
        faults: list[Fault] = [UnknownField(shown(name), "is not a field of a message") for name in unknown]
        for name, field in fields_within(reach).items():
            try:
                object.__setattr__(self, name, field.read(given.get(name)))
            except InvalidMessage as invalid:
                faults.extend(invalid.faults)
        if hasattr(self, "template_code") and hasattr(self, "template_param"):
            faults.extend(template_faults(self.template_code, self.template_param))
        if faults:
            raise InvalidMessage(faults)

    @property
    def named(self) -> frozenset[str]:
        """The fields that could have been left out for a default, and were not."""
        return frozenset(field.name for field in fields(Defaults)) - self.from_defaults

    @property
    def content(self) -> tuple[str, str | None, str | None]:
        """Signature, values and extend code: all that messages of one template differ in, but for their recipients."""
        return self.sign_name, self.template_param, self.sms_up_extend_code

    @property
    def masked_numbers(self) -> tuple[str, ...]:
        """The numbers with their middles hidden, for logs."""
        return tuple(mask(number) for number in self.phone_numbers)

    def document(self) -> dict[str, object]:
        """The JSON object that makes this message again, without its key, and with the defaults that there are then."""
        values = {
            "phone_numbers": [with_plus(number) for number in self.phone_numbers],
            "sign_name": self.sign_name,
            "template_code": self.template_code,
            "template_param": self.template_param,
            "sms_up_extend_code": self.sms_up_extend_code,
            "reference": self.reference,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "urgent": self.urgent or None,
        }
        return {name: value for name, value in values.items() if value is not None and name not in self.from_defaults}

    def __repr__(self) -> str:
        return f"Message(to {len(self.phone_numbers)}, {self.template_code})"
