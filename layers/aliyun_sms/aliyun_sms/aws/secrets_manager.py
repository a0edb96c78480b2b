"""The access key as Secrets Manager keeps it."""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import NoCredentials
from aliyun_sms.provider.credentials import KEY_TEXT, Credentials

from .clients import error_kinds

if TYPE_CHECKING:
    from collections.abc import Callable


class SecretCredentials:
    """An access key kept in Secrets Manager, fetched once and again when it is refused.

    The secret is JSON: {"access_key_id", "access_key_secret", "security_token"?}.
    """

    def __init__(self, arn: str, secrets_manager: Callable[[], Any], version: str | None = None) -> None:
        """`secrets_manager` gives the client; a version is one of the secret's, else the one in force."""
        self._asked = {"SecretId": arn} | ({"VersionId": version} if version else {})
        self._secrets_manager = secrets_manager
        self._credentials: Credentials | None = None
        self._fetching = Lock()

    def current(self) -> Credentials:
        """The key as last fetched; raises NoCredentials where there is none or it cannot be fetched."""
        with self._fetching:
            if self._credentials is None:
                self._credentials = self._fetch()
            return self._credentials

    def renew(self, refused: Credentials) -> bool:
        """Fetch again, unless another thread has; True if the secret is not what was refused."""
        with self._fetching:
            if self._credentials is None or self._credentials == refused:
                self._credentials = self._fetch()
            return self._credentials != refused

    def _fetch(self) -> Credentials:
        answered, not_answered = error_kinds()

        try:
            text = self._secrets_manager().get_secret_value(**self._asked)["SecretString"]
        except answered as error:
            raise _refused(error.response.get("Error", {}).get("Code", "")) from None
        except not_answered as error:
            raise NoCredentials("client:credentials-unavailable", type(error).__name__) from None
        except KeyError:
            raise NoCredentials("client:no-credentials", "the secret is binary, not JSON text") from None
        return read_secret(text)


_PERMANENT = {
    "ResourceNotFoundException": "the secret is empty or does not exist",
    "AccessDeniedException": "the function may not read the secret",
    "InvalidRequestException": "the secret is being deleted",
    "DecryptionFailure": "the secret's key does not decrypt it",
}


def _refused(code: str) -> NoCredentials:
    if code in _PERMANENT:
        return NoCredentials("client:no-credentials", _PERMANENT[code])
    return NoCredentials("client:credentials-unavailable", code)


def read_secret(text: str) -> Credentials:
    """The credentials in a secret's JSON text; raises NoCredentials, which names the key at fault."""
    try:
        secret = json.loads(text)
    except (ValueError, RecursionError):
        raise NoCredentials("client:no-credentials", "the secret is not JSON") from None
    if not isinstance(secret, dict):
        raise NoCredentials("client:no-credentials", "the secret is not a JSON object")
    key_id, key_secret = _value(secret, "access_key_id"), _value(secret, "access_key_secret")
    if not key_id or not key_secret:
        name = "access_key_secret" if key_id else "access_key_id"
        raise NoCredentials("client:no-credentials", f"the secret has no {name}")
    return Credentials(key_id, key_secret, _value(secret, "security_token") or None)


def _value(secret: dict[str, object], name: str) -> str:
    value = secret.get(name) or ""
    text = value.strip() if isinstance(value, str) else None
    if text is None or (text and not KEY_TEXT.fullmatch(text)):
        raise NoCredentials("client:no-credentials", f"the secret's {name} is not a string of printable ASCII")
    return text
