"""The bundled provider, as a program to start."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from local.isolation import isolated
from local.loopback import answers
from local.processes import Program
from local.settings import ROOT

if TYPE_CHECKING:
    from local.settings import Settings


def simulator(settings: Settings) -> Program:
    """Give the program to start."""
    command = [sys.executable, "-m", "local.simulator", "--port", str(settings.simulator_port)]
    command += ["--limits"] if settings.limits else []
    command += ["--registry", str(settings.registry)] if settings.registry else []
    environment = isolated(os.environ) | {"TMPDIR": str(settings.temporary)}
    return Program("simulator", command, environment, ROOT, settings.log("simulator"))


def is_ready(settings: Settings) -> bool:
    """Whether the simulator answers."""
    return answers(f"{settings.simulator_url}/_simulator/health")
