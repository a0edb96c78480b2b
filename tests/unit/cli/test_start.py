"""`sms start`: what a stop has stopped goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli import __main__ as command
from tests.unit.cli.dead_letter_queues import put_many
from tests.unit.cli.usage_item import PAULA, SINCE, STOPPED, item, put_item

if TYPE_CHECKING:
    from tests.unit.cli.event_source import Lambda

pytestmark = pytest.mark.usefixtures("aws_lambda")
WHERE = ("--aws", "--region", "us-east-1")
WHY = "a leaked key sends to strangers"


def run(*words: str, code: int = 0) -> None:
    assert command.run([*words, *WHERE]) == code


def test_a_start_undoes_a_stop_and_tells_of_it(
    queues: dict[str, str], aws_lambda: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    put_item(version=3, stopped=STOPPED)
    aws_lambda.state = "Disabled"
    put_many(queues["QueueUrl"], 3)

    run("start")

    assert item() == {"pk": "usage", "version": 4}
    assert aws_lambda.state == "Enabled"
    assert capsys.readouterr().out.splitlines() == [
        f"sends go on; they were stopped since {SINCE} by {PAULA}: {STOPPED['why']}",
        "the queue's event source is enabled; 3 messages waited in the queue",
    ]


def test_a_start_without_a_stop_makes_sure_that_the_queue_is_received(
    aws_lambda: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    aws_lambda.state = "Disabled"

    run("start")

    assert item() == {}
    assert aws_lambda.state == "Enabled"
    assert capsys.readouterr().out.startswith("sends were not stopped\nthe queue's event source is enabled")


def test_where_the_event_source_may_not_be_enabled_that_is_told(
    aws_lambda: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    put_item(stopped=STOPPED)
    aws_lambda.state, aws_lambda.denied = "Disabled", True

    run("start", "--json", code=1)

    said = capsys.readouterr()
    assert json.loads(said.out)["event_source_enabled"] is False
    assert json.loads(said.out)["was_stopped"]["by"] == PAULA
    assert "its messages wait" in said.err.splitlines()[-1]


def test_who_starts_while_another_stops_is_told_and_the_event_source_is_as_the_last_one_left_it(
    aws_lambda: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    put_item(stopped=STOPPED)
    aws_lambda.state = "Disabled"
    aws_lambda.meanwhile = lambda: run("stop", "--why", WHY)

    run("start", code=1)

    assert item()["stopped"]["why"] == WHY
    assert aws_lambda.state == "Disabled"
    assert "sends are stopped again meanwhile, since" in capsys.readouterr().err.splitlines()[-1]
