"""The README's commands, run as they stand, against an emulator in the place of AWS.

What differs from AWS is in the prelude: where the endpoint is, and what the guided deploy is answered.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import wait_until
from tests.readme import ROOT, blocks, section

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

STACK_NAME = "aliyun-sms"
PRELUDE = """
set -euo pipefail
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
curl() { # the emulator's API answers at another address than the one in the outputs
    local id=${API_URL#https://}
    command curl --no-progress-meter "${@/#$API_URL/http://${id%%.*}.execute-api.localhost:$GATEWAY_PORT}"
}
"""


@dataclass(frozen=True)
class Reader:
    """Somebody who types what the README says, in a checkout of their own."""

    checkout: Path
    environment: dict[str, str]
    stack: Stack

    def type(self, text: str, answers: str = "") -> str:
        """Run commands with bash; the words `aliyun-sms` mean the stack that was deployed for this test."""
        typed = text.replace("--stack-name aliyun-sms", f"--stack-name {self.environment['STACK_NAME']}")
        run = subprocess.run(  # noqa: S603 - the README's commands
            ["bash", "-c", PRELUDE + typed],  # noqa: S607 - bash of the machine, as a reader has it
            cwd=self.checkout,
            env=self.environment,
            input=answers,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
        return run.stdout


@pytest.fixture(scope="module")
def reader(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    assert shutil.which("curl"), "curl is missing; on Debian: apt-get install curl"
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("template.yaml", "samconfig.toml", "Makefile"):
        shutil.copy(ROOT / name, checkout)
    for name in ("functions", "layers", "events"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    outputs = stack.outputs
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "PATH": f"{ROOT / '.venv/dev/bin'}:{ROOT / '.venv/local/bin'}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": outputs.emulator_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "",
        "AWS_REGION": outputs.region,
        "AWS_DEFAULT_REGION": outputs.region,
        "GATEWAY_PORT": outputs.emulator_url.rpartition(":")[2],
        "SAM_CLI_TELEMETRY": "0",
        "TMPDIR": str(tmp_path_factory.mktemp("temporary")),
        "STACK_NAME": "readme",
        "NO_PROXY": "*",
    }
    return Reader(checkout, environment, stack)


@pytest.fixture(scope="module")
def deployed(reader: Reader) -> Reader:
    """The section on deploying, from the guided deploy to the filled secret; then the key of a caller."""
    guided, secret = blocks("sh", section("Deploying"))
    reader.type(guided, answers=_answers(reader))
    reader.type(secret.replace("your-key-id", "testId").replace("your-key-secret", "testSecret"))
    reader.type(*blocks("sh", section("Sending")))
    reader.environment["AWS_ACCESS_KEY_ID"] = reader.stack.outputs.aws_access_key_id
    reader.environment["AWS_SECRET_ACCESS_KEY"] = reader.stack.outputs.aws_secret_access_key
    return reader


def _answers(reader: Reader) -> str:
    """Name the stack, point it to the simulator, take every default, and say yes to the changes."""
    text = (ROOT / "template.yaml").read_text("utf-8")
    parameters = re.findall(
        r"^  (\w+):$", text.partition("\nParameters:")[2].partition("\nConditions:")[0], re.MULTILINE
    )
    given = {"SmsEndpoint": str(reader.stack.outputs.simulator_url)}
    answers = ["readme", "", *(given.get(name, "") for name in parameters)]
    return "\n".join([*answers, "", "", "", "", "", "", "y", ""])


def _received(reader: Reader, *phone_numbers: str) -> list[dict[str, Any]]:
    return reader.stack.received(*phone_numbers)


def test_the_two_commands_of_the_first_screen_are_verbs_of_the_makefile() -> None:
    """`make demo` itself runs in test_local_cloud.py, and `make test` is what runs this."""
    [commands] = blocks("sh", section("aliyun-sms on AWS Lambda"))

    for line in commands.splitlines():
        verb = line.partition("#")[0].split()
        subprocess.run([*verb, "--dry-run"], cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - the README's


def test_a_request_is_answered_with_its_result(deployed: Reader) -> None:
    [commands] = blocks("sh", section("Request"))

    result = json.loads(deployed.type(commands))

    assert (result["status"], result["code"]) == ("accepted", "OK")
    assert "739164" in _received(deployed, "13800138000")[-1]["content"]


def test_a_message_in_the_queue_arrives(deployed: Reader) -> None:
    send, receive = blocks("sh", section("Queue"))
    before = len(_received(deployed, "13800138000"))

    assert json.loads(deployed.type(send))["MessageId"]
    wait_until("a second one beside the request's", lambda: len(_received(deployed, "13800138000")) > before)
    deployed.type(receive)


def test_a_schedules_input_can_be_tried(deployed: Reader) -> None:
    [commands] = blocks("sh", section("Schedule"))

    printed = deployed.type(commands)

    answer = json.loads(printed[printed.index('{"results"') :])
    assert set(answer["counts"]) == {"accepted"}
