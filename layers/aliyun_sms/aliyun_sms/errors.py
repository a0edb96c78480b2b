"""What can go wrong, as one tree. No text of these holds a key, a whole number or a template value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


MOST_FAULTS = 10  # that are told: a stranger's unknown fields could be thousands


class SmsError(Exception):
    """The base of all errors raised here."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a message: the field, with its position in a list, and why.

    `told` is what the field is called for others than the caller, where its name is one that they chose.
    """

    field: str
    reason: str
    told: str | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


class UnknownField(Fault):
    """A field that there is none of. Others than the caller are told how many: a name can be a number or a value."""

    __slots__ = ()


class InvalidMessage(SmsError):
    """A message that must not be sent, with every fault found in it.

    The text is for logs and letters: it counts unknown fields, and tells ten faults of others.
    """

    code = "client:invalid-message"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        known = [fault for fault in self.faults if not isinstance(fault, UnknownField)]
        unknown, more = len(self.faults) - len(known), len(known) - MOST_FAULTS
        told = [f"{unknown} unknown field{'s' if unknown > 1 else ''}"] if unknown else []
        told += [f"{fault.told or fault.field}: {fault.reason}" for fault in known[:MOST_FAULTS]]
        super().__init__("; ".join([*told, f"and {more} more"] if more > 0 else told))


class NotAllowed(InvalidMessage):
    """A message that the operator's policy does not let its caller send; each fault names the rule."""

    code = "client:not-allowed"


class PolicyUnavailable(InvalidMessage):
    """Whether the message may be sent cannot be told now: the operator's policy was never read here."""

    code = "client:policy-unavailable"

    def __init__(self) -> None:
        super().__init__([])
        self.args = ("the stack's policy cannot be read",)


class InvalidPolicy(SmsError):
    """A policy that cannot be put into force, with every fault found in it, each named by its place."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        told = [str(fault) for fault in self.faults[:MOST_FAULTS]]
        more = len(self.faults) - len(told)
        super().__init__("; ".join([*told, f"and {more} more"] if more else told))


class InvalidSettings(SmsError):
    """Environment variables that are missing or wrong, each named."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


class CodedError(SmsError):
    """An error that stands in the catalogue under its code."""

    def __init__(self, code: str, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(f"{code}: {description}")


class NoCredentials(CodedError):
    """There is no access key to sign with, so nothing was sent."""


class NotSent(CodedError):
    """The provider was not reached: certainly nothing was sent."""


class OutcomeUnknown(CodedError):
    """The request left, and what became of it is not known: it may have been carried out.

    `description` can be the provider's, with numbers in it; the error's text is the code alone.
    """

    def __init__(self, code: str, description: str, request_id: str | None = None) -> None:
        super().__init__(code, description)
        self.args = (code,)
        self.request_id = request_id


class ImpossibleTransition(SmsError):
    """A defect: a row was to become what it cannot become."""
