"""The account's approved signatures and templates, read from a file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

BUNDLED = Path(__file__).with_name("registry.json")
SIGNATURE_KINDS = ("general", "otp")
TEMPLATE_KINDS = ("otp", "notification", "promotion")
VARIABLE = re.compile(r"\$\{([^{}]+)\}")


class BadRegistry(ValueError):
    """The file does not hold signatures and templates."""


@dataclass(frozen=True, slots=True)
class Signature:
    """An approved signature; kind otp goes with one-time-code templates only."""

    sign_name: str
    kind: str

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist."""
        if self.kind not in SIGNATURE_KINDS:
            raise BadRegistry(f"signature {self.sign_name}: kind is one of {', '.join(SIGNATURE_KINDS)}")


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template; its variables are written ${name}."""

    template_code: str
    kind: str
    content: str

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist."""
        if self.kind not in TEMPLATE_KINDS:
            raise BadRegistry(f"template {self.template_code}: kind is one of {', '.join(TEMPLATE_KINDS)}")

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
