"""Keeps the developer's own AWS settings out, so that nothing here can ever reach a real account."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Neither accounts nor the make above us, nor another project's Python, speak to what we start.
FOREIGN = ("AWS_", "SAM_", "MAKE", "MFLAGS", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
LOOPBACK = "127.0.0.1,localhost"


def isolated(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the environment without any AWS account, profile or endpoint, and with loopback past any proxy."""
    kept = {name: value for name, value in environ.items() if not name.startswith(FOREIGN)}
    return kept | {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
    }
