"""What can be chosen where the reference leaves it open, from the command line and while running."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from math import inf
from typing import TYPE_CHECKING, Any, Self

from local.simulator.numbers import normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHOICES: dict[str, tuple[Any, ...]] = {
    "nonce_check": ("before", "after"),
    "batch_refusal": ("whole", "partial", "partial_refused"),
    "send_status": (1, 2, 3),
    "limits": (True, False),
}


class BadOption(ValueError):
    """An option that does not exist, or a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key of the account; with a token it is a temporary one."""

    access_key_id: str
    access_key_secret: str
    security_token: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:secret` or `id:secret:token`."""
        access_key_id, _, rest = text.partition(":")
        secret, _, token = rest.partition(":")
        if not access_key_id or not secret:
            raise BadOption("access_keys: each is id:secret or id:secret:token")
        return cls(access_key_id, secret, token)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the product."""

    code: str
    message: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `code` or `code:message`; without a message it is the code."""
        code, _, message = text.partition(":")
        return cls(code, message or code)


@dataclass(frozen=True, slots=True)
class Options:
    """How the simulator behaves."""

    nonce_check: str = "before"
    batch_refusal: str = "whole"
    visibility_seconds: float = 0
    limits: bool = False
    send_status: int = 3
    access_keys: tuple[AccessKey, ...] = (AccessKey("testId", "testSecret"),)
    expired_tokens: tuple[str, ...] = ()
    denied_actions: tuple[str, ...] = ()
    refused_numbers: Mapping[str, Refusal] = field(default_factory=dict)
    refused_values: Mapping[str, Refusal] = field(default_factory=dict)

    def changed(self, changes: dict[str, Any]) -> Options:
        """Give these options with some changed; an unknown name or value raises BadOption."""
        known = [each.name for each in fields(self)]
        for name in changes:
            if name not in known:
                raise BadOption(f"{name}: unknown option; known: {', '.join(known)}")
        return replace(self, **{name: _value(name, given) for name, given in changes.items()})

    def shown(self) -> dict[str, Any]:
        """Tell what is chosen, without secrets and tokens."""
        plain = ("nonce_check", "batch_refusal", "visibility_seconds", "limits", "send_status")
        chosen = {name: getattr(self, name) for name in plain}
        denied = {"denied_actions": list(self.denied_actions)}
        refused = {name: {key: each.code for key, each in getattr(self, name).items()} for name in REFUSED}
        return chosen | denied | refused | {"access_keys": [key.access_key_id for key in self.access_keys]}


def _value(name: str, given: Any) -> Any:
    if name == "access_keys":
        return tuple(AccessKey.parse(text) for text in _texts(name, given))
    if name in {"expired_tokens", "denied_actions"}:
        return _texts(name, given)
    if name in REFUSED:
        return {REFUSED[name](key): Refusal.parse(text) for key, text in _texts_by_key(name, given).items()}
    if name == "visibility_seconds":
        return _seconds(name, given)
    if not any(type(given) is type(choice) and given == choice for choice in CHOICES[name]):
        raise BadOption(f"{name}: one of {', '.join(map(json.dumps, CHOICES[name]))}")
    return given


def _texts(name: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise BadOption(f"{name}: a list of strings")
    return tuple(given)


def _texts_by_key(name: str, given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(text, str) and text for text in given.values()):
        raise BadOption(f"{name}: an object of codes, each with or without a message: code or code:message")
    return given


def _number(text: str) -> str:
    if (phone_number := normalised(text)) is None:
        raise BadOption("refused_numbers: each name is a phone number")
    return phone_number


REFUSED: dict[str, Callable[[str], str]] = {"refused_numbers": _number, "refused_values": str}


def _seconds(name: str, given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < inf:
        raise BadOption(f"{name}: a number of seconds, zero or more")
    return given
