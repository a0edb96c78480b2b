"""A service that signs people in with a code by SMS: somebody else's, to show how such a one is tested."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from secrets import randbelow, token_hex
from typing import TYPE_CHECKING

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from botocore.credentials import Credentials

PATIENCE = 30  # seconds, in which the door has answered or will not
VALID_FOR = timedelta(minutes=5)
TOLD = {  # what the person reads, by the door's status
    200: "We have sent you a code.",
    202: "We have sent you a code. It may take a minute.",  # nobody knows yet, and it must not be sent twice
    400: "This number cannot get a code.",
    422: "This number cannot get a code.",
    429: "You have had several codes. Wait a while before you ask for another.",
}
NOT_NOW = "We cannot send a code at the moment."


@dataclass(frozen=True)
class Door:
    """The HTTP door of aliyun-sms, and the key by which it knows us."""

    api_url: str
    region: str
    key: Credentials = field(repr=False)

    def post(self, message: dict[str, object], idempotency_key: str) -> int:
        """Give the status. Where no answer came the same key is safe to repeat, and one more time is enough."""
        try:
            return self._post(message, idempotency_key)
        except requests.RequestException:
            return self._post(message, idempotency_key)

    def _post(self, message: dict[str, object], idempotency_key: str) -> int:
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        request = AWSRequest("POST", f"{self.api_url}/v1/messages", data=json.dumps(message), headers=headers)
        SigV4Auth(self.key, "execute-api", self.region).add_auth(request)
        answer = requests.post(str(request.url), data=request.data, headers=dict(request.headers), timeout=PATIENCE)
        return answer.status_code


class SignIn:
    """Keeps one code for each number; in production it would be in a database."""

    def __init__(self, door: Door) -> None:
        """Codes go out by that door."""
        self._door = door
        self._codes: dict[str, tuple[str, datetime]] = {}

    def ask(self, phone_number: str) -> str:
        """Send a new code, and give what the person is told."""
        code, expires_at = f"{randbelow(10**6):06}", datetime.now(UTC) + VALID_FOR
        self._codes[phone_number] = code, expires_at
        message = {
            "phone_numbers": [phone_number],
            "template_code": "SMS_154950909",
            "template_param": {"code": code},
            "expires_at": expires_at.isoformat(),  # no code arrives that is of no use any more
            "urgent": True,
        }
        try:
            return TOLD.get(self._door.post(message, f"sign-in-{token_hex(16)}"), NOT_NOW)  # a new code is a new key
        except requests.RequestException:
            return NOT_NOW

    def prove(self, phone_number: str, code: str) -> bool:
        """Whether it is the code that was sent last; each can be used once."""
        sent, expires_at = self._codes.pop(phone_number, ("", datetime.min.replace(tzinfo=UTC)))
        return datetime.now(UTC) < expires_at and compare_digest(sent.encode(), code.encode())
