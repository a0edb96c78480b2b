"""The AWS emulator, as a program to start: MiniStack."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from local.emulator.client import REGION
from local.errors import LocalCloudError
from local.loopback import answers
from local.processes import Program
from local.settings import ROOT

if TYPE_CHECKING:
    from local.settings import Settings

LAMBDA_PYTHON = ROOT / ".venv/runtime/bin/python"  # holds what Lambda's image holds, and no more


def emulator(settings: Settings) -> Program:
    """Give the program to start; nothing of the caller's environment reaches it but the search path."""
    if not LAMBDA_PYTHON.exists():
        raise LocalCloudError(f"{LAMBDA_PYTHON} is missing; `make up` and `make demo` install it")
    temporary = str(settings.temporary)
    environment = {
        "AUTH": "true",  # IAM is enforced
        "AWS_DEFAULT_REGION": REGION,
        "BIND_HOST": "127.0.0.1",  # by default it listens to the whole network
        "GATEWAY_PORT": str(settings.gateway_port),
        "IOT_MTLS_ENABLED": "0",  # by default it takes port 8883 too
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_PYTHON": str(LAMBDA_PYTHON),
        "LANG": "C.UTF-8",
        "MINISTACK_REGION": REGION,
        "PATH": os.environ.get("PATH", os.defpath),
        "S3_DATA_DIR": f"{temporary}/s3",
        "SFTP_ENABLED": "0",
        "STATE_DIR": f"{temporary}/state",
        "TMPDIR": temporary,
    }
    command = [sys.executable, "-m", "local.emulator.ministack_server"]
    return Program("emulator", command, environment, ROOT, settings.log("emulator"))


def is_ready(settings: Settings) -> bool:
    """Whether the emulator answers."""
    return answers(f"{settings.emulator_url}/_ministack/ready")
