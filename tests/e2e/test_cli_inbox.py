"""`sms inbox` against the local cloud: what was sent is read there, as it arrives."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.command import Command
from tests.pages import ROOT

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

SEND = ("send", "--template", "SMS_154950909", "--param", "code=739164", "--to")


def test_what_was_sent_is_in_the_inbox(stack: Stack) -> None:
    sms = Command(stack)
    sms.run(*SEND, "18900189121")

    lines = sms.run("inbox", "--json").stdout.splitlines()

    assert json.loads(lines[-1])["phone_number"] == "189****9121"
    assert "739164" in json.loads(lines[-1])["content"]


def test_what_is_sent_meanwhile_is_shown_as_it_arrives_until_ctrl_c(stack: Stack) -> None:
    sms = Command(stack)
    following = subprocess.Popen(  # noqa: S603 - a fixed program
        [ROOT / "sms", "inbox", "--follow", "--json"],
        env=sms.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert following.stdout
    sms.run(*SEND, "18900189122")
    while json.loads(following.stdout.readline())["phone_number"] != "189****9122":
        pass

    following.send_signal(signal.SIGINT)

    _, said = following.communicate()
    assert following.returncode == 130
    assert said.splitlines()[1:] == [f"the same on a page: {stack.outputs.inbox_url}", "sms: interrupted"]
