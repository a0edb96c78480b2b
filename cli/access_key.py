"""An access key of Alibaba Cloud, from a person or a pipe: never from an argument, which others can see."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cli.errors import MISUSED, Told
from cli.screen import ask_line, ask_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("access_key_id", "access_key_secret", "security_token")
TEXT = re.compile(r"[!-~]+")  # printable ASCII without spaces


@dataclass(frozen=True, slots=True)
class AccessKey:
    """What signs the requests to the provider."""

    access_key_id: str = field(repr=False)
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)

    def document(self) -> dict[str, str]:
        """The secret's content."""
        return {name: value for name in NAMES if (value := getattr(self, name))}


def ask_for(*, token: bool) -> AccessKey:
    """The key that a person types; the secret parts are not shown."""
    given = {
        "access_key_id": ask_line("Access key id: "),
        "access_key_secret": ask_secret("Access key secret (not shown): "),
        "security_token": ask_secret("Security token (not shown): ") if token else None,
    }
    return checked(given)


def read(text: str) -> AccessKey:
    """The key in a JSON object."""
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not given.keys() <= set(NAMES):
        raise Told('stdin must hold {"access_key_id": "…", "access_key_secret": "…"} and nothing else', MISUSED)
    return checked(given)


def checked(given: Mapping[str, object]) -> AccessKey:
    """The key, if each part can be one. What is wrong is not repeated."""
    for name in NAMES:
        value = given.get(name)
        if value in (None, "") and name == "security_token":
            continue
        if not isinstance(value, str) or not TEXT.fullmatch(value.strip()):
            raise Told(f"{name}: must be printable ASCII without spaces", MISUSED)
    return AccessKey(**{name: str(value).strip() for name, value in given.items() if value})
