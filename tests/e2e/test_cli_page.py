"""The commands of docs/cli.md, run as they stand, against the local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.__main__ import VERBS
from tests.e2e.alert_routes import put_alerts_into
from tests.e2e.command import Command, put_command_into
from tests.e2e.test_cli_letters import hand_over
from tests.pages import CLI, GUARDS, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")


@pytest.fixture(scope="module", autouse=True)
def letter(stack: Stack) -> None:
    """One to be looked up, whatever other tests left."""
    hand_over(stack, "18900189207")


@pytest.mark.parametrize("verb", VERBS)
def test_the_commands_of_a_verb_do_what_the_page_says(stack: Stack, verb: str, desk: Path) -> None:
    for commands in blocks("sh", CLI.section(verb)):
        assert Command(stack).shell(commands, cwd=desk)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the command, a file with a key, one with the policy of docs/guards.md, and those of alerts."""
    put_command_into(tmp_path)
    put_alerts_into(tmp_path)
    (tmp_path / "access-key.json").write_text('{"access_key_id": "testId", "access_key_secret": "testSecret"}')
    (tmp_path / "policy.json").write_text(blocks("json", GUARDS.section("Who"))[0])
    return tmp_path
