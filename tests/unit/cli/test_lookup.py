"""What `sms lookup` shows of the provider's records, and whose messages they are."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from cli import __main__ as command
from cli.place import Place
from tests.unit.cli.provider_records import NUMBER, OUTPUTS, SEND, Aws

TODAY = date(2026, 11, 30)


@pytest.fixture
def aws(deployed: None, monkeypatch: pytest.MonkeyPatch) -> Aws:  # noqa: ARG001 - a local cloud on paper
    aws = Aws()
    monkeypatch.setattr("cli.sends.today", lambda: TODAY)
    monkeypatch.setattr(Place, "outputs", OUTPUTS)
    monkeypatch.setattr(Place, "client", lambda *_: aws)
    return aws


def sends(capsys: pytest.CaptureFixture[str], *more: str) -> list[dict[str, Any]]:
    assert command.run(["lookup", NUMBER, "--json", *more]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["sends"]
    return found


def test_today_and_yesterday_in_china_are_asked_for(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    sends(capsys)

    assert aws.asked == [
        {
            "ask": "sends",
            "phone_number": NUMBER,
            "days": [f"{TODAY - timedelta(days=1):%Y%m%d}", f"{TODAY:%Y%m%d}"],
        }
    ]


@pytest.mark.parametrize("arguments", [["lookup"], ["lookup", ""]])
def test_nothing_is_not_looked_up(aws: Aws, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setattr("builtins.input", lambda: "")

    assert command.run(arguments) == 2
    assert aws.asked == []


def test_a_number_is_asked_for_where_it_may_stand_in_no_history(
    aws: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda: f" {NUMBER} ")

    assert command.run(["lookup", "--json"]) == 0

    assert aws.asked[0]["phone_number"] == NUMBER
    assert NUMBER not in "".join(capsys.readouterr())


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y%m%d"])
def test_a_day_can_be_named(aws: Aws, capsys: pytest.CaptureFixture[str], form: str) -> None:
    sends(capsys, "--day", f"{TODAY - timedelta(days=30):{form}}")

    assert aws.asked[0]["days"] == [f"{TODAY - timedelta(days=30):%Y%m%d}"]


@pytest.mark.parametrize(
    "day",
    ["2026-13-01", "yesterday", "", f"{TODAY - timedelta(days=31):%Y%m%d}", f"{TODAY + timedelta(days=1):%Y%m%d}"],
)
def test_a_day_that_the_provider_has_not_is_a_fault_of_the_command_line(aws: Aws, day: str) -> None:
    assert command.run(["lookup", NUMBER, "--day", day]) == 2
    assert aws.asked == []


def test_a_send_leads_to_its_message(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.rows["submission#s1"] = {"message_ids": ["m1"], "counts": [1], "recipients": []}
    aws.rows["message#m1"] = {"message_id": "m1", "status": "accepted"}

    command.run(["lookup", NUMBER])

    said = capsys.readouterr().out
    assert "2026-11-30 10:00:00  delivered" in said
    assert "m1  accepted" in said
    assert NUMBER not in said


def test_of_several_messages_the_one_is_found_whose_number_it_is_while_the_row_names_it(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    recipients = ["13900139000", "85261234567", NUMBER]
    aws.rows["submission#s1"] = {"message_ids": ["m1", "m2"], "counts": [2, 1], "recipients": recipients}
    aws.rows["message#m2"] = {"message_id": "m2", "status": "unknown"}

    [send] = sends(capsys)

    assert (send["message_ids"], send["status"]) == (["m2"], "unknown")


def test_of_a_closed_row_all_messages_are_told(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.rows["submission#s1"] = {"message_ids": ["m1", "m2"], "counts": [2, 1], "recipients": []}

    [send] = sends(capsys)
    command.run(["lookup", NUMBER])

    assert (send["message_ids"], send["status"]) == (["m1", "m2"], None)
    assert "one of 2 that went together" in capsys.readouterr().out


def test_what_another_program_sent_is_told_as_such(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.answer["sends"] = [{**SEND, "out_id": None}, SEND]

    assert [send["of_this_stack"] for send in sends(capsys)] == [False, False]


def test_an_id_of_another_program_is_masked_where_it_holds_a_number(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.to = {NUMBER: [{**SEND, "out_id": "13900139000-17"}]}

    assert [send["submission"] for send in sends(capsys)] == ["139****9000-17"]


def test_that_nothing_was_sent_is_told(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.answer["sends"] = []

    assert command.run(["lookup", NUMBER]) == 0
    assert "no send to this number" in capsys.readouterr().out


def test_why_the_provider_does_not_tell_is_a_line(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.answer |= {"code": "isv.DENY_IP_RANGE", "advice": "Send from the mainland."}

    assert command.run(["lookup", NUMBER]) == 1
    assert "isv.DENY_IP_RANGE. Send from the mainland." in capsys.readouterr().err


def test_a_number_that_is_none_is_told_without_it(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.answer = {"errors": [{"field": "phone_number", "reason": f"is not a number: {NUMBER}"}]}

    assert command.run(["lookup", NUMBER]) == 2
    told = capsys.readouterr().err
    assert "phone_number: is not a number" in told
    assert NUMBER not in told


def test_a_function_that_fails_is_told_by_its_kind_alone(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.fails = True

    assert command.run(["lookup", NUMBER]) == 1
    told = capsys.readouterr().err
    assert "(Runtime.ExitError)" in told
    assert NUMBER not in told


def test_a_stack_that_is_older_than_the_command_is_told(
    aws: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Place, "outputs", {"MessagesTable": "messages"})

    assert command.run(["lookup", NUMBER]) == 1
    assert "deploy it again" in capsys.readouterr().err
    assert aws.asked == []
