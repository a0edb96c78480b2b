"""`sms stop`: the item that every door reads, and the queue's event source."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cli import __main__ as command
from cli.place import Place
from tests.unit.cli.event_source import Lambda
from tests.unit.cli.usage_item import PAULA, SINCE, STOPPED, item, put_item

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("aws_lambda")
WHERE = ("--aws", "--region", "us-east-1")
WHY = "a leaked key sends to strangers"


def run(*words: str, code: int = 0) -> None:
    assert command.run([*words, *WHERE]) == code


def test_a_stop_is_written_and_the_queue_is_received_no_more(
    aws_lambda: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    run("stop", "--why", WHY)

    said = capsys.readouterr()
    assert item()["stopped"]["why"] == WHY
    assert item()["stopped"]["by"].startswith("arn:")
    assert item()["version"] == 1
    assert aws_lambda.state == "Disabled"
    first, second, *follows = said.out.splitlines()
    assert first.startswith("stopped since 20")
    assert first.endswith(f"by {item()['stopped']['by']}: {WHY}")
    assert second == "the queue's event source is disabled"
    assert "`sms start --region us-east-1 --aws` undoes it" in " ".join(follows)
    assert "the queue's event source is disabling: Lambda takes up to a minute" in said.err


def test_what_was_counted_stays_as_it_is() -> None:
    put_item(version=7, day="2026-12-01", total=812, **{"caller#iam:AIDAEXAMPLE": 800})

    run("stop", "--why", WHY)
    run("start")

    assert item() == {"pk": "usage", "version": 9, "day": "2026-12-01", "total": 812, "caller#iam:AIDAEXAMPLE": 800}


def test_a_second_stop_is_told_of_the_first_and_changes_nothing(
    aws_lambda: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    put_item(version=3, stopped=STOPPED)
    aws_lambda.state = "Disabled"

    run("stop", "--why", WHY)

    assert item() == {"pk": "usage", "version": 3, "stopped": STOPPED}
    assert f"stopped already, and so it stays, since {SINCE} by {PAULA}" in capsys.readouterr().out


def test_a_second_stop_disables_what_the_first_could_not(aws_lambda: Lambda) -> None:
    put_item(version=3, stopped=STOPPED)

    run("stop", "--why", WHY)

    assert aws_lambda.state == "Disabled"


@pytest.mark.parametrize("why", ["", "  ", "two\nlines", "x" * 201, "\x1b[31m"])
def test_a_reason_is_a_line_of_up_to_200_characters(why: str) -> None:
    run("stop", "--why", why, code=2)

    assert item() == {}


def test_a_reason_must_be_given() -> None:
    run("stop", code=2)


def test_where_the_event_source_may_not_be_disabled_sends_are_stopped_all_the_same(
    aws_lambda: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    aws_lambda.denied = True

    run("stop", "--why", WHY, code=1)

    assert item()["stopped"]["why"] == WHY
    told = capsys.readouterr().err.splitlines()[-1]
    assert "sends are stopped, but the queue's event source is not disabled" in told
    assert "not allowed to call UpdateEventSourceMapping" in told
    assert "`sms stop` again" in told


def test_where_lambda_takes_too_long_sends_are_stopped_all_the_same(
    aws_lambda: Lambda, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.event_source.SECONDS_TO_WAIT", 0)
    aws_lambda.looks = 100

    run("stop", "--why", WHY, code=1)

    assert item()["stopped"]["why"] == WHY
    assert "Lambda has it as disabling after 0 seconds" in capsys.readouterr().err


def test_a_stack_without_an_event_source_is_stopped_all_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Place, "resources", {})

    run("stop", "--why", WHY, code=1)

    assert item()["stopped"]["why"] == WHY
    assert "deploy it again" in capsys.readouterr().err


def test_a_mapping_that_somebody_else_changes_is_waited_for(aws_lambda: Lambda) -> None:
    aws_lambda.in_use = 2

    run("stop", "--why", WHY)

    assert aws_lambda.state == "Disabled"


def test_a_stop_does_not_wait_for_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_: object, name: str) -> Any:
        if name == "sts":
            raise EndpointConnectionError(endpoint_url="https://sts.us-east-1.amazonaws.com")
        return Lambda() if name == "lambda" else boto3.client(name)

    monkeypatch.setattr(Place, "client", unreachable)

    run("stop", "--why", WHY)

    assert item()["stopped"]["by"] == "somebody whom AWS did not name"


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch, aws_lambda: Lambda) -> Callable[[str, int], None]:
    """Let so many writes be refused with a code, as those of an item that many functions write."""
    client = boto3.client("dynamodb")
    monkeypatch.setattr("cli.stopping.PAUSE", 0)
    clients = {"dynamodb": client, "lambda": aws_lambda}
    monkeypatch.setattr(Place, "client", lambda _, name: clients.get(name) or boto3.client(name))

    def refused(code: str, times: int) -> None:
        left = iter(range(times))

        def refuse(**_: Any) -> None:
            if next(left, None) is not None:
                raise ClientError({"Error": {"Code": code}}, "UpdateItem")

        client.meta.events.register("before-call.dynamodb.UpdateItem", refuse)

    return refused


@pytest.mark.parametrize("code", ["TransactionConflictException", "ProvisionedThroughputExceededException"])
def test_an_attack_that_writes_the_same_item_is_stopped(busy: Callable[[str, int], None], code: str) -> None:
    busy(code, 20)

    run("stop", "--why", WHY)

    assert item()["stopped"]["why"] == WHY


def test_what_cannot_be_written_is_not_tried_for_ever(
    busy: Callable[[str, int], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.stopping.SECONDS_TO_TRY", 0)
    busy("TransactionConflictException", 20)

    run("stop", "--why", WHY, code=1)

    assert item() == {}
    assert "others write the same item at the moment: try again" in capsys.readouterr().err


def test_who_may_not_stop_is_told_so_and_nothing_is_changed(
    busy: Callable[[str, int], None], aws_lambda: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    busy("AccessDeniedException", 1)

    run("stop", "--why", WHY, code=1)

    assert aws_lambda.state == "Enabled"
    assert "not allowed to call UpdateItem" in capsys.readouterr().err


def test_a_number_in_a_reason_is_neither_kept_nor_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run("stop", "--why", "13800138000 called")

    assert item()["stopped"]["why"] == "138****8000 called"
    assert ": 138****8000 called" in capsys.readouterr().out


def test_a_script_gets_json(capsys: pytest.CaptureFixture[str]) -> None:
    put_item(stopped=STOPPED)

    run("stop", "--why", WHY, "--json")

    assert json.loads(capsys.readouterr().out) == {
        "stopped": {"why": STOPPED["why"], "by": PAULA, "since": SINCE},
        "changed": False,
        "event_source_disabled": True,
    }


def test_who_stops_while_another_starts_is_told_and_the_event_source_is_as_the_last_one_left_it(
    aws_lambda: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    aws_lambda.meanwhile = lambda: run("start")

    run("stop", "--why", WHY, code=1)

    assert "stopped" not in item()
    assert aws_lambda.state == "Enabled"
    assert "somebody has started sends again meanwhile" in capsys.readouterr().err.splitlines()[-1]
