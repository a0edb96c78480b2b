"""What `make up` prints, pasted into a shell by somebody who has an AWS account of their own."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import DEVELOPERS
from tests.pages import ROOT

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")


def pasted(stack: Stack, more: str = "") -> str:
    lines = [line for line in stack.said.splitlines() if re.match(r"export |unset |curl ", line)]
    run = subprocess.run(  # noqa: S603 - what the launcher prints
        ["bash", "-euc", "\n".join([*lines, more])],  # noqa: S607 - bash of the machine, as a reader has it
        env=os.environ | DEVELOPERS | {"AWS_SESSION_TOKEN": "theirs", "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_line_with_curl_sends_a_message(stack: Stack) -> None:
    result = json.loads(pasted(stack))

    assert result["status"] == "accepted"


def test_the_line_with_the_command_sends_a_message(stack: Stack) -> None:
    [line] = [line for line in stack.said.splitlines() if "./sms send" in line]

    assert "accepted" in pasted(stack, f"cd {shlex.quote(str(ROOT))}\n{line}")


def test_boto3_talks_to_the_local_cloud_alone(stack: Stack) -> None:
    code = "import boto3, os; print(boto3.client('sqs').get_queue_attributes("
    code += "QueueUrl=os.environ['QUEUE_URL'], AttributeNames=['QueueArn'])['Attributes'])"

    shown = pasted(stack, shlex.join([sys.executable, "-c", code]))

    assert ":000000000000:" in shown.partition("'QueueArn'")[2]


def test_it_says_how_it_is_stopped_and_where_all_else_stands(stack: Stack) -> None:
    assert f"`make down LOCAL_DIR={stack.cloud.directory}` stops it." in stack.said
    assert "outputs.json" in stack.said
