"""The account's signatures and templates, read from a file; those that are not approved cannot be sent with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

BUNDLED = Path(__file__).with_name("registry.json")
SIGNATURE_KINDS = ("general", "otp")
TEMPLATE_KINDS = ("otp", "notification", "promotion")
REVIEWS = {"in_review": 0, "approved": 1, "rejected": 2, "withdrawn": 10}  # as GetSmsSign and GetSmsTemplate name them
VARIABLE = re.compile(r"\$\{([^{}]+)\}")


class BadRegistry(ValueError):
    """The file does not hold signatures and templates."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature; kind otp goes with one-time-code templates only."""

    sign_name: str
    kind: str
    review: str = "approved"

    def __post_init__(self) -> None:
        """Refuse a kind or a review that does not exist."""
        _check(f"signature {self.sign_name}", "kind", self.kind, SIGNATURE_KINDS)
        _check(f"signature {self.sign_name}", "review", self.review, REVIEWS)


@dataclass(frozen=True, slots=True)
class Template:
    """A template; its variables are written ${name}."""

    template_code: str
    kind: str
    content: str
    review: str = "approved"

    def __post_init__(self) -> None:
        """Refuse a kind or a review that does not exist."""
        _check(f"template {self.template_code}", "kind", self.kind, TEMPLATE_KINDS)
        _check(f"template {self.template_code}", "review", self.review, REVIEWS)

    @property
    def variables(self) -> list[str]:
        """Names of the variables, in their order."""
        return VARIABLE.findall(self.content)

    def render(self, template_param: dict[str, str]) -> str:
        """Put the values in; every variable must have one."""
        return VARIABLE.sub(lambda variable: template_param[variable[1]], self.content)


@dataclass(frozen=True, slots=True)
class Registry:
    """Signatures by name and templates by code."""

    signatures: dict[str, Signature]
    templates: dict[str, Template]


def load(path: Path = BUNDLED) -> Registry:
    """Read a registry; a file that is none raises BadRegistry or OSError."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        signatures = [Signature(**signature) for signature in held["signatures"]]
        templates = [Template(**template) for template in held["templates"]]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise BadRegistry(f"{path.name}: signatures and templates as in {BUNDLED.name} ({error})") from error
    return Registry(
        {signature.sign_name: signature for signature in signatures},
        {template.template_code: template for template in templates},
    )


def _check(whose: str, name: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise BadRegistry(f"{whose}: {name} is one of {', '.join(known)}")
