"""What `sms alerts list` shows of the rows that the alert door writes: names alone, no number and no text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer
from moto import mock_aws

from cli import __main__ as command
from cli.place import Place
from tests.unit.cli.dead_letter_queues import OF_TABLE
from tests.workbench.alert_desk import LISI, AlertDesk, routes
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "alerts"


@pytest.fixture
def table(deployed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:  # noqa: ARG001 - a local cloud on paper
    monkeypatch.setattr(Place, "outputs", {"SendOnAlertFunctionArn": "f", "AlertsTable": TABLE})
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(TableName=TABLE, **OF_TABLE)
        monkeypatch.setattr(Place, "client", lambda *_: dynamodb)
        yield dynamodb


def keep(table: Any, desk: AlertDesk) -> None:
    """Put what a door has written into the table."""
    for item in desk.table.items.values():
        kept = {name: value for name, value in item.items() if value is not None}
        table.put_item(TableName=TABLE, Item=TypeSerializer().serialize(kept)["M"])


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert command.run(["alerts", "list", "--json"]) == 0
    said = capsys.readouterr()
    assert LISI not in said.out + said.err
    found: list[dict[str, Any]] = json.loads(said.out)["episodes"]
    return found


def test_what_fires_is_listed_with_what_was_sent_to_whom(table: Any, capsys: pytest.CaptureFixture[str]) -> None:
    desk = AlertDesk(routes(repeat_minutes=5))
    desk.fires("disk")
    desk.passes(6)
    keep(table, desk)

    [episode] = listed(capsys)

    assert (episode["name"], episode["source"]) == ("disk", "test")
    assert episode["since"] < episode["routes"][0]["sent"][1]["at"]
    assert [route["route"] for route in episode["routes"]] == ["default"]
    assert [(each["contact"], each["kind"], each["status"]) for each in episode["routes"][0]["sent"]] == [
        ("lisi", "firing", "accepted"),
        ("lisi", "repeat", "accepted"),
    ]

    command.run(["alerts", "list"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("disk  since ")
    assert [line.split()[-1] for line in lines[2:]] == ["accepted", "accepted"]


def test_what_has_recovered_is_not_listed(table: Any, capsys: pytest.CaptureFixture[str]) -> None:
    desk = AlertDesk()
    desk.fires("disk")
    desk.passes(1)
    desk.recovers("disk")
    keep(table, desk)

    assert listed(capsys) == []
    command.run(["alerts", "list"])
    assert capsys.readouterr().out == "nothing fires\n"


def test_what_does_not_last_is_not_listed(table: Any, capsys: pytest.CaptureFixture[str]) -> None:
    desk = AlertDesk()
    desk.fires("a text", lasts=False)
    keep(table, desk)

    assert listed(capsys) == []


def test_of_what_is_gathered_nobody_was_told_yet(table: Any, capsys: pytest.CaptureFixture[str]) -> None:
    desk = AlertDesk(routes(wait_minutes=5))
    desk.fires("disk of 13900139000")
    keep(table, desk)

    assert [(each["name"], each["routes"]) for each in listed(capsys)] == [("disk of 139****9000", [])]
    command.run(["alerts", "list"])
    assert "nobody was told yet" in capsys.readouterr().out


def test_what_is_still_to_be_sent_is_told(table: Any, capsys: pytest.CaptureFixture[str]) -> None:
    desk = AlertDesk()
    desk.client.plan.append(answer("isv.AMOUNT_NOT_ENOUGH"))
    desk.fires("disk")
    keep(table, desk)

    [episode] = listed(capsys)

    assert episode["routes"][0]["sent"][0]["status"] == "to be sent"
