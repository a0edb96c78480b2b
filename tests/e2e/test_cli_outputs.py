"""`sms outputs` against the deployed stack: what it exports is what other tools take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.command import Command

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")


def test_the_addresses_are_those_of_the_stack(stack: Stack) -> None:
    done = Command(stack).run("outputs", "--json")

    outputs = json.loads(done.stdout)
    assert outputs["queue_url"] == stack.outputs.queue_url
    assert outputs["messages_table"] == stack.outputs.messages_table
    assert "local cloud" in done.stderr.splitlines()[0]


def test_the_exports_are_enough_for_the_aws_cli(stack: Stack) -> None:
    printed = Command(stack).shell(
        'eval "$(sms outputs --export)" && aws sqs get-queue-attributes --queue-url "$SMS_QUEUE_URL"'
        " --attribute-names QueueArn"
    )

    assert stack.outputs.queue_url.rpartition("/")[2] in printed


def test_a_local_cloud_that_was_killed_is_told_in_a_line(stack: Stack) -> None:
    gone = {**json.loads((stack.cloud.directory / "outputs.json").read_text()), "emulator_url": "http://127.0.0.1:9"}
    elsewhere = stack.cloud.directory / "sam" / "gone"
    elsewhere.mkdir()
    (elsewhere / "outputs.json").write_text(json.dumps(gone))

    done = Command(stack, {"LOCAL_DIR": str(elsewhere)}).run("outputs", code=1)

    assert "http://127.0.0.1:9/ does not answer: `make down` and `make up` start" in done.stderr.splitlines()[1]
