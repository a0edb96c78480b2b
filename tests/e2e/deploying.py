"""`sam deploy` of what is built for the local cloud, as one types it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from local.deploy import CAPABILITIES
from tests.pages import ROOT

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

KEY = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}  # the emulator's root
SAM = ROOT / ".venv/local/bin/sam"


def deploy(stack: Stack, name: str, *options: str, **parameters: str) -> None:
    """Deploy the build under a name; a parameter that is not named keeps its value."""
    where = stack.cloud.directory / "sam"
    command = [str(SAM), "deploy", "--stack-name", name, "--resolve-s3", "--capabilities", *CAPABILITIES, *options]
    command += ["--config-file", f"{where}/samconfig.toml", "--template-file", f"{where}/build/template.yaml"]
    command += ["--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        **{name.upper(): value for name, value in KEY.items()},
        "AWS_ENDPOINT_URL": stack.outputs.emulator_url,
        "AWS_DEFAULT_REGION": stack.outputs.region,
        "SAM_CLI_TELEMETRY": "0",
        "NO_PROXY": "*",
    }
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed program
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
