"""The access key that signs requests, and where it may come from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

KEY_TEXT = re.compile(r"[!-~]+")  # what a header can carry as it is


class CredentialsSource(Protocol):
    """Where the client gets its access key for each request."""

    def current(self) -> Credentials:
        """The access key to sign with; raises NoCredentials."""

    def renew(self, refused: Credentials) -> bool:
        """Read again, unless that was done since the provider refused this key; True if there is another now."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """An access key, with an STS token where it is temporary. As a source it is its own and never changes."""

    access_key_id: str
    access_key_secret: str
    security_token: str | None = None

    @property
    def token_digest(self) -> str | None:
        """Enough of the token's hash to tell it from another, so that the token itself need not be kept."""
        token = self.security_token
        return sha256(token.encode()).hexdigest()[:16] if token else None

    def current(self) -> Credentials:
        """Itself: a fixed key is its own source."""
        return self

    def renew(self, refused: Credentials) -> bool:  # noqa: ARG002 - as in CredentialsSource
        """False: there is nowhere to read them anew."""
        return False

    def __repr__(self) -> str:
        return "Credentials(…)"
