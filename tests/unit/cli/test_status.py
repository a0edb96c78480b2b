"""What `sms status` shows of a row, and of what the API answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses
from boto3.dynamodb.types import TypeSerializer

from cli import __main__ as command
from cli.place import Place

URL = "http://127.0.0.1:4566/v1/messages"
ROW: dict[str, Any] = {
    "pk": "message#m",
    "message_id": "m",
    "status": "unknown",
    "door": "queue",
    "scope": "queue",
    "key": "order-13800138000",
    "reference": "for 13800138000",
    "result": {"code": "client:read-timeout", "description": "about 13800138000", "recipients": 2},
    "document": {"phone_numbers": ["13800138000", "+85261234567"], "template_param": {"code": "739164"}},
    "created_at": 1_800_000_000,
    "updated_at": 1_800_000_060,
}


class Table:
    """Rows as DynamoDB gives them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    def put(self, row: dict[str, Any]) -> None:
        self.rows[row["pk"]] = TypeSerializer().serialize(row)["M"]

    def get_item(self, *, Key: dict[str, dict[str, str]], **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's
        row = self.rows.get(Key["pk"]["S"])
        return {"Item": row} if row else {}


@pytest.fixture(autouse=True)
def table(deployed: None, monkeypatch: pytest.MonkeyPatch) -> Table:  # noqa: ARG001 - a local cloud on paper
    table = Table()
    monkeypatch.setattr(Place, "outputs", {"ApiUrl": "http://127.0.0.1:4566", "MessagesTable": "messages"})
    monkeypatch.setattr(Place, "client", lambda *_: table)
    return table


def test_a_row_is_shown_masked_without_its_key_and_values(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    table.put(ROW)

    assert command.run(["status", "m", "--json"]) == 0

    said = capsys.readouterr().out
    shown = json.loads(said)
    assert shown["phone_numbers"] == ["138****8000", "852****4567"]
    assert shown["reference"] == "for 138****8000"
    assert shown["description"] == "about 138****8000"
    assert (shown["recipients"], shown["created"]) == (2, "2027-01-15T08:00:00+00:00")
    assert not [text for text in ("13800138000", "61234567", "739164", "order-") if text in said]


def test_a_person_sees_when_it_was_handed_over(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    table.put({**ROW, "held_at": 1_800_000_600})

    command.run(["status", "m"])

    assert "handed_to_a_person  2027-01-15T08:10:00+00:00" in capsys.readouterr().out


def test_a_row_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["status", "none"]) == 1
    assert "has no such message" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["m", "--key", "k"]])
def test_a_message_is_named_by_its_id_or_by_its_key(arguments: list[str]) -> None:
    assert command.run(["status", *arguments]) == 2


@pytest.mark.parametrize(("door", "path"), [("request", "/v1/messages"), ("schedule", "/v1/doors/schedule/messages")])
def test_a_key_is_asked_for_in_a_header(door: str, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    with responses.RequestsMock() as api:
        api.get(f"http://127.0.0.1:4566{path}", json={"message_id": "m", "status": "accepted"})

        assert command.run(["status", "--key", "k", "--door", door]) == 0

        assert api.calls[0].request.headers["Idempotency-Key"] == "k"
    assert "accepted" in capsys.readouterr().out


@pytest.mark.parametrize(("status", "line"), [(404, "under this key"), (403, "may not GET"), (503, "did not tell")])
def test_what_the_api_does_not_tell_is_a_line(status: int, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with responses.RequestsMock() as api:
        api.get(URL, json={}, status=status)

        assert command.run(["status", "--key", "k"]) == 1

    assert line in capsys.readouterr().err
