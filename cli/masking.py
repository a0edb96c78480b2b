"""What may be shown of phone numbers, as everywhere in the project."""

from __future__ import annotations

import re

LEAST_DIGITS = 7  # of a phone number
MAINLAND_DIGITS = 11  # of which four stay hidden

_NUMBER = re.compile(rf"\+?[0-9]{{{LEAST_DIGITS},}}")


def masked(number: str) -> str:
    """The number with its middle hidden: 138****8000."""
    digits = re.sub(r"[^0-9]", "", number)
    if len(digits) >= MAINLAND_DIGITS:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"{digits[:3]}****" if len(digits) >= LEAST_DIGITS else "****"


def scrubbed(text: str) -> str:
    """A text of others with its numbers masked."""
    return _NUMBER.sub(lambda found: masked(found[0]), text)


def masked_principal(arn: str) -> str:
    """An ARN of IAM: its account is no phone number, but a session may be named by one."""
    *account, name = arn.split(":", 5)
    return ":".join([*account, scrubbed(name)])
