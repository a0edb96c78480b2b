"""How `sms policy` checks a policy, puts it in force, and shows it; and that two people do not undo each other."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from aliyun_sms.errors import InvalidPolicy
from aliyun_sms.policy.reading import read_policy
from cli import __main__ as command
from cli.place import Place
from tests.unit.cli.dead_letter_queues import OF_TABLE, TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WHO = "arn:aws:sts::123456789012:assumed-role/operations/anna"
GOOD: dict[str, Any] = {
    "callers": [
        {"principals": ["AROACHECKOUT1", "jwt:13800138000"], "sign_names": ["北岸书店"], "daily_recipients": 2000},
        {"principals": ["*"], "countries": []},
    ],
    "templates": {"SMS_154950909": {"variables": {"code": {"max_length": 6}}}, "SMS_1": {"variables": {}}},
}
BAD = {"callers": [{"principals": ["*"], "countries": ["GBR"]}]}
FAULT = {"field": "callers[0].countries[0]", "reason": "GBR is no country code of ISO 3166"}


@dataclass
class Functions:
    """The function of the stack that says what is wrong with a policy; `meanwhile` is what goes on beside it."""

    meanwhile: Callable[[], None] = lambda: None
    asked: list[str] = field(default_factory=list)

    def invoke(self, *, Payload: bytes, **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's
        question = json.loads(Payload)
        self.asked.append(question["document"])
        self.meanwhile()
        return {"Payload": io.BytesIO(json.dumps({"faults": self._faults(question["document"])}).encode())}

    @staticmethod
    def _faults(text: str) -> list[dict[str, str]]:
        try:
            read_policy(text)
        except InvalidPolicy as invalid:
            return [{"field": fault.field, "reason": fault.reason} for fault in invalid.faults]
        return []


class Identity:
    """Who calls."""

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": WHO}


@pytest.fixture
def functions(deployed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:  # noqa: ARG001 - on paper
    made = Functions()
    monkeypatch.setattr(Place, "outputs", {"AskProviderFunctionArn": "f", "MessagesTable": TABLE})
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(TableName=TABLE, **OF_TABLE)
        clients = {"lambda": made, "sts": Identity(), "dynamodb": dynamodb}
        monkeypatch.setattr(Place, "client", lambda _, service: clients[service])
        yield made


@pytest.fixture
def file(place: Path) -> Path:
    return place / "policy.json"


def write(file: Path, document: object) -> str:
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return str(file)


def stored() -> dict[str, Any]:
    item = boto3.client("dynamodb").get_item(TableName=TABLE, Key={"pk": {"S": "policy"}}).get("Item", {})
    return {name: value for name, typed in item.items() for value in typed.values()}


def shown(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("functions")
def test_a_policy_is_checked_and_what_it_means_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["policy", "check", write(file, GOOD)]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "callers[0]       AROACHECKOUT1, jwt:138****8000: signatures 北岸书店; 2,000 recipients a day",
        "callers[1]       *: countries (none)",
        "SMS_154950909    code up to 6 characters",
        "SMS_1            no variables",
        "other templates  any values",
    ]
    assert stored() == {}


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize("verb", [["check"], ["put", "--yes"]])
def test_each_fault_is_told_by_its_place_and_nothing_is_stored(
    file: Path, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    assert command.run(["policy", *verb, write(file, BAD)]) == 1
    assert capsys.readouterr().out.strip() == f"{FAULT['field']}: {FAULT['reason']}"

    assert command.run(["policy", *verb, "--json", str(file)]) == 1
    assert shown(capsys) == {"faults": [FAULT]}
    assert stored() == {}


def test_what_is_checked_is_the_text_as_it_stands(functions: Functions, file: Path) -> None:
    file.write_text('{"callers": [], "callers": []}')

    assert command.run(["policy", "check", str(file)]) == 1
    assert functions.asked == ['{"callers": [], "callers": []}']


@pytest.mark.usefixtures("functions")
def test_a_policy_is_put_with_its_version_who_and_when(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["policy", "put", "--yes", write(file, GOOD)]) == 0
    said = capsys.readouterr()
    assert "assumed-role/operations/anna" in said.out
    assert "within a minute" in said.err

    assert command.run(["policy", "put", "--yes", "--json", write(file, {})]) == 0
    told = shown(capsys)
    row = stored()
    assert (told["version"], told["put_by"], row["version"], row["put_by"]) == (2, WHO, "2", WHO)
    assert (row["document"], int(row["put_at"]) > 0) == ("{}", True)


@pytest.mark.usefixtures("functions")
def test_without_a_person_to_ask_nothing_is_put(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["policy", "put", write(file, GOOD)]) == 2

    assert "Put this in force as version 1? There is nobody to ask: say --yes" in capsys.readouterr().err
    assert stored() == {}


@pytest.mark.parametrize("before", [0, 1])
def test_of_two_people_the_second_is_told(
    functions: Functions, file: Path, capsys: pytest.CaptureFixture[str], before: int
) -> None:
    for _ in range(before):
        command.run(["policy", "put", "--yes", write(file, {})])
    theirs = {"pk": {"S": "policy"}, "version": {"N": str(before + 1)}, "document": {"S": "{}"}}
    functions.meanwhile = lambda: boto3.client("dynamodb").put_item(TableName=TABLE, Item=theirs)

    assert command.run(["policy", "put", "--yes", write(file, GOOD)]) == 1

    assert "somebody else put one meanwhile" in capsys.readouterr().err
    assert (stored()["version"], stored()["document"]) == (str(before + 1), "{}")


@pytest.mark.usefixtures("functions")
def test_the_policy_in_force_is_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command.run(["policy", "put", "--yes", write(file, GOOD)])
    capsys.readouterr()

    assert command.run(["policy", "show"]) == 0
    said = capsys.readouterr().out
    assert "assumed-role/operations/anna" in said
    assert "2,000 recipients a day" in said
    assert "13800138000" not in said

    assert command.run(["policy", "show", "--json"]) == 0
    told = shown(capsys)
    assert (told["version"], told["put_by"], told["document"]) == (1, WHO, GOOD)


@pytest.mark.usefixtures("functions")
def test_where_none_was_put_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["policy", "show"]) == 0
    assert "no policy was put" in capsys.readouterr().out

    assert command.run(["policy", "show", "--json"]) == 0
    assert shown(capsys) == {"version": 0, "put_by": None, "put_at": None, "document": {}}


@pytest.mark.usefixtures("functions")
def test_a_row_that_is_broken_is_told_and_can_be_put_over(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = {"pk": {"S": "policy"}, "document": {"S": "["}}
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=broken)

    assert command.run(["policy", "show"]) == 1
    assert "put a whole one in its place" in capsys.readouterr().err
    assert command.run(["policy", "put", "--yes", write(file, GOOD)]) == 0
    assert stored()["version"] == "1"


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read"), (b"\xff", "is not UTF-8 text"), (b" " * 100_001, "has 100001 bytes")],
    ids=["none", "bytes", "large"],
)
def test_a_file_that_can_be_no_policy_is_told_before_anybody_is_asked(
    functions: Functions, file: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, told: str
) -> None:
    if content is not None:
        file.write_bytes(content)

    assert command.run(["policy", "check", str(file)]) == 2
    assert told in capsys.readouterr().err
    assert functions.asked == []
