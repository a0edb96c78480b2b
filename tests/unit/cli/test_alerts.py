"""How `sms alerts` checks routes, puts them in force, tries them, and shows who is on duty and what fires."""

from __future__ import annotations

import io
import json
import stat
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from asks import Door, answer
from cli import __main__ as command
from cli.place import Place
from routing.read import read_document
from tests.unit.cli.dead_letter_queues import OF_TABLE
from tests.workbench.routes import DOCUMENT, LI_SI, NOW, alert, document, with_route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from alert import Alert

TABLE = "alerts"
WHO = "arn:aws:sts::123456789012:assumed-role/operations/anna"
BAD = with_route(contacts=["lisi"])
FAULT = {"field": "routes[0].contacts[0]", "reason": 'no contact is named "lisi": did you mean "li.si"?'}


@dataclass
class Functions:
    """The alert door, which answers by its own code; an event of it names the alerts that it holds."""

    meanwhile: Callable[[], None] = lambda: None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, *, Payload: bytes, **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's
        self.asked.append(json.loads(Payload))
        self.meanwhile()
        text = stored().get("document")
        door = Door(lambda: read_document(text) if text else None, read, lambda _: (), lambda _: None, lambda: NOW)
        return {"Payload": io.BytesIO(json.dumps(answer(self.asked[-1], door)).encode())}


def read(event: dict[str, Any]) -> list[Alert]:
    return [alert(name, **event["labels"]) for name in event["alerts"]]


class Identity:
    """Who calls."""

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": WHO}


@pytest.fixture
def functions(deployed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:  # noqa: ARG001 - on paper
    made = Functions()
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr(Place, "outputs", {"SendOnAlertFunctionArn": "f", "AlertsTable": TABLE})
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(TableName=TABLE, **OF_TABLE)
        clients = {"lambda": made, "sts": Identity(), "dynamodb": dynamodb}
        monkeypatch.setattr(Place, "client", lambda _, service: clients[service])
        yield made


@pytest.fixture
def file(place: Path) -> Path:
    return place / "routes.json"


@pytest.fixture
def event(place: Path) -> Path:
    """An event of an alert that the route `web` takes."""
    file = place / "event.json"
    file.write_text(json.dumps({"alerts": ["CPU"], "labels": {"service": "web"}}))
    return file


def write(file: Path, value: object = DOCUMENT) -> str:
    file.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    return str(file)


def stored() -> dict[str, Any]:
    item = boto3.client("dynamodb").get_item(TableName=TABLE, Key={"pk": {"S": "routes"}}).get("Item", {})
    return {name: value for name, typed in item.items() for value in typed.values()}


def shown(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("functions")
def test_a_document_is_checked_and_what_it_means_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["alerts", "check", write(file)]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "contacts      li.si, wang.wu, zhao.liu",
        "on-call       li.si, wang.wu, a week each from 2026-11-30 09:00 Asia/Shanghai",
        'routes[0]     database: severity="critical", service=~"db|cache": to on-call',
        'routes[1]     web: service="web": to wang.wu',
        "other alerts  to zhao.liu",
    ]
    assert stored() == {}


@pytest.mark.usefixtures("functions")
def test_what_a_route_says_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    route = {
        "contacts": ["li.si"], "rotations": ["on-call"], "template_code": "SMS_1", "wait_minutes": 2,
        "repeat_minutes": 60, "budget": 5, "critical": True, "recovery": False, "continue": True,
    }  # fmt: skip

    command.run(["alerts", "check", write(file, with_route(**route))])

    assert capsys.readouterr().out.splitlines()[2:] == [
        (
            "routes[0]     only: every alert: to on-call, li.si; by SMS_1; gathered for 2 min; again after 60 min;"
            " 5 an hour at most; critical; no recovery; later routes too"
        ),
        "other alerts  to every contact",
    ]


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize("verb", [["check"], ["put", "--yes"]])
def test_each_fault_is_told_by_its_place_and_nothing_is_stored(
    file: Path, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    assert command.run(["alerts", *verb, write(file, BAD)]) == 1
    assert capsys.readouterr().out.strip() == f"{FAULT['field']}: {FAULT['reason']}"

    assert command.run(["alerts", *verb, "--json", str(file)]) == 1
    assert shown(capsys) == {"faults": [FAULT]}
    assert stored() == {}


def test_what_is_checked_is_the_text_as_it_stands(functions: Functions, file: Path) -> None:
    file.write_text('{"contacts": [], "contacts": []}')

    assert command.run(["alerts", "check", str(file)]) == 1
    assert functions.asked[0]["document"] == '{"contacts": [], "contacts": []}'


@pytest.mark.usefixtures("functions")
def test_routes_are_put_with_their_version_who_and_when(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["alerts", "put", "--yes", write(file)]) == 0
    said = capsys.readouterr()
    assert "assumed-role/operations/anna" in said.out
    assert "within a minute" in said.err

    assert command.run(["alerts", "put", "--yes", "--json", write(file, document(default=None))]) == 0
    told, row = shown(capsys), stored()
    assert (told["version"], told["put_by"], row["version"], row["put_by"]) == (2, WHO, "2", WHO)
    assert read_document(row["document"]).default is None


@pytest.mark.usefixtures("functions")
def test_without_a_person_to_ask_nothing_is_put(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["alerts", "put", write(file)]) == 2

    assert "Put this in force as version 1? There is nobody to ask: say --yes" in capsys.readouterr().err
    assert stored() == {}


def test_the_second_of_two_who_put_at_once_is_told(
    functions: Functions, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def another_puts() -> None:
        functions.meanwhile = lambda: None
        command.run(["alerts", "put", "--yes", str(file)])

    write(file)
    functions.meanwhile = another_puts

    assert command.run(["alerts", "put", "--yes", str(file)]) == 1
    assert "somebody else put one meanwhile" in capsys.readouterr().err
    assert stored()["version"] == "1"


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read: No such file"), (b"\xff", "is not UTF-8 text"), (b" " * 100_001, "has 100001 bytes")],
)
@pytest.mark.usefixtures("functions")
def test_a_file_that_can_be_none_is_told(
    file: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, told: str
) -> None:
    if content is not None:
        file.write_bytes(content)

    assert command.run(["alerts", "check", str(file)]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("functions")
def test_without_routes_what_to_do_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["alerts", "show"]) == 0
    assert "nobody is told of alerts: sms alerts put FILE" in capsys.readouterr().out

    assert command.run(["alerts", "who"]) == 2
    assert "there is none in force: put one by sms alerts put FILE" in capsys.readouterr().err


@pytest.fixture
def put(functions: Functions, file: Path, capsys: pytest.CaptureFixture[str]) -> Functions:
    """With routes in force."""
    command.run(["alerts", "put", "--yes", write(file)])
    capsys.readouterr()
    functions.asked.clear()
    return functions


@pytest.mark.usefixtures("put")
def test_the_routes_in_force_are_shown_without_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    command.run(["alerts", "show"])
    command.run(["alerts", "show", "--json"])

    said = capsys.readouterr()
    assert 'web: service="web": to wang.wu' in said.out
    assert "138****8000" in said.out
    assert LI_SI not in said.out + said.err


@pytest.mark.usefixtures("put")
def test_they_are_written_whole_into_a_file_of_their_owners(
    place: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = place / "mine.json"

    assert command.run(["alerts", "show", "--to", str(new)]) == 0
    assert json.loads(new.read_text()) == json.loads(file.read_text()) == DOCUMENT
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert "mine.json holds phone numbers: delete it" in capsys.readouterr().err

    assert command.run(["alerts", "show", "--to", str(new)]) == 1


@pytest.mark.usefixtures("put")
def test_what_an_event_would_make_is_shown(event: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["alerts", "try", str(event)]) == 0

    assert capsys.readouterr().out.splitlines() == [
        str(event),
        "  firing, by the route web",
        '    why       service="web"',
        "    to        wang.wu 139****9000",
        f"    when      {NOW.astimezone():%Y-%m-%d %H:%M}",
        "    template  运维 SMS_1",
        "    text      name=CPU, state=firing",
    ]


def test_all_events_of_a_folder_are_tried_by_another_document_at_another_time(
    put: Functions, place: Path, event: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = place / "events"
    folder.mkdir()
    for name, alerts in {"a": ["CPU"], "b": []}.items():
        (folder / f"{name}.json").write_text(json.dumps({"alerts": alerts, "labels": {}}))
    other = place / "other.json"
    write(other, with_route(contacts=[], rotations=["on-call"]))
    at = "2026-12-08T00:00:00+08:00"

    assert command.run(["alerts", "try", str(folder), str(event), "--file", str(other), "--at", at, "--json"]) == 0

    tried = shown(capsys)["events"]
    assert [each["event"] for each in tried] == [str(folder / "a.json"), str(folder / "b.json"), str(event)]
    assert [[each["route"] for each in one["messages"]] for one in tried] == [["only"], [], ["only"]]
    assert tried[0]["messages"][0]["contacts"][0]["name"] == "wang.wu"
    assert {question["at"] for question in put.asked} == {at}


@pytest.mark.usefixtures("put")
def test_an_event_without_an_alert_and_one_that_is_none_are_told(
    event: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event.write_text('{"alerts": [], "labels": {}}')
    assert command.run(["alerts", "try", str(event)]) == 0
    assert "it holds no alert: nobody is told" in capsys.readouterr().out

    event.write_text("{}")
    assert command.run(["alerts", "try", str(event)]) == 2
    assert "event: cannot be read as an alert: KeyError" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nowhere.json"], ["."]])
def test_what_is_no_event_is_told_before_anybody_is_asked(
    functions: Functions, arguments: list[str], place: Path
) -> None:
    (place / "outputs.json").unlink()

    assert command.run(["alerts", "try", *arguments]) == 2
    assert functions.asked == []


@pytest.mark.usefixtures("put")
def test_who_is_on_duty_and_next_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    until = datetime.fromisoformat("2026-12-07T09:00+08:00").astimezone()

    assert command.run(["alerts", "who"]) == 0
    assert capsys.readouterr().out.split("\n")[3].split() == [
        "on-call",
        "li.si",
        *f"{until:%Y-%m-%d %H:%M}".split(),
        "wang.wu",
    ]

    assert command.run(["alerts", "who", "--at", "2026-12-07T09:00+08:00", "--json"]) == 0
    assert shown(capsys)["rotations"][0]["contact"] == "wang.wu"

    assert command.run(["alerts", "who", "--at", "tomorrow"]) == 2
    assert "must be a time with its offset" in capsys.readouterr().err


def test_a_stack_without_the_door_is_told(
    functions: Functions, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Place, "outputs", {"MessagesTable": "messages"})
    write(file)

    for verb in ["check", str(file)], ["put", str(file)], ["show"], ["who"], ["list"]:
        assert command.run(["alerts", *verb]) == 1
        assert "deploy it again" in capsys.readouterr().err
    assert functions.asked == []
