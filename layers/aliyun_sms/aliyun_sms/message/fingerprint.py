"""What tells one payload from another under the same key: a hash of all that reaches the recipient, and nothing else.

It is stored, and compared by later versions. So it begins with the name of its form, and the rule of a form stays as it
is for as long as rows may have it.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .message import Message

FORM = "2:"
_SENT = ("phone_numbers", "sign_name", "template_code", "template_param", "sms_up_extend_code")


def fingerprint(message: Message) -> str:
    """Of the message as it was given, but normalised, with its values in any order.

    A default is no part of it: when it is corrected, the message is the same.
    """
    given = {name: value for name, value in message.document().items() if name in _SENT}
    if message.template_param is not None:
        given["template_param"] = json.loads(message.template_param)
    return FORM + _hash(json.dumps(given, sort_keys=True))


def is_fingerprint_of(message: Message, stored: str) -> bool:
    """Whether a stored fingerprint is that of a message, by the rule of its own form."""
    return stored == (fingerprint(message) if stored.startswith(FORM) else _first_form(message))


def _first_form(message: Message) -> str:
    """As version 0.1.0 wrote it: without a name, with the defaults filled in, and values in the order of their text."""
    sent = [getattr(message, name) for name in _SENT]
    return _hash(json.dumps(sent))


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
