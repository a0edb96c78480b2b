"""What tells one payload, or one access key, from another without keeping it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .credentials import Credentials
    from .message import Message


def fingerprint(message: Message) -> str:
    """What tells one payload from another under the same key: all that reaches the recipient, and nothing else."""
    sent = (
        message.phone_numbers,
        message.sign_name,
        message.template_code,
        message.template_param,
        message.sms_up_extend_code,
    )
    return sha256(json.dumps(sent).encode()).hexdigest()


def token_digest(credentials: Credentials) -> str | None:
    """Enough of a token to see that it is another one."""
    token = credentials.security_token
    return sha256(token.encode()).hexdigest()[:16] if token else None
