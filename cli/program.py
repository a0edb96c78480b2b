"""What the command is called where it was typed, for the commands that it prints."""

from __future__ import annotations

import os
import shlex


def program() -> str:
    """`sms` where it is installed; from a checkout what was typed, as its launcher says."""
    return shlex.quote(os.environ.get("SMS_COMMAND", "sms"))
