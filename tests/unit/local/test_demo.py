"""What the demo shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local import cloud
from local.demo import run as demo
from local.demo.cases import ALARM, CASES, EXPECTED, TOGETHER
from local.demo.doors import NotSeen, Received, masked
from local.demo.text_table import columns, table
from local.errors import BadSetting
from local.settings import read_settings
from local.simulator_process import simulator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.processes import Program
    from local.settings import Settings

ALL = [Received(number, "您好", "1") for number in EXPECTED]
RESULTS = ["accepted"] * len(CASES)


def report(received: Sequence[Received], results: Sequence[str] = RESULTS) -> int:
    return demo._report(results, received)  # noqa: SLF001 - the rest of the demo needs a whole local cloud


def test_each_door_has_a_message_that_arrives() -> None:
    assert {case.door for case in CASES if case.reaches} == {"request", "queue", "schedule", "alert"}


def test_no_number_is_used_by_two_cases() -> None:
    numbers = [number for case in CASES for number in set(case.reaches)]

    assert len(set(numbers)) == len(numbers)


def test_who_was_told_of_an_alarm_and_not_of_its_recovery_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([each for each in ALL if each.phone_number != ALARM.reaches[0]] + [ALL[-1]]) == 1
    assert f"{len(ALL) - 2} of {len(ALL)} messages arrived" in capsys.readouterr().out


def test_all_arrived_is_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(ALL) == 0
    assert f"{len(ALL)} of {len(ALL)} messages arrived" in capsys.readouterr().out


def test_one_missing_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(ALL[1:]) == 1
    assert f"{len(ALL) - 1} of {len(ALL)} messages arrived" in capsys.readouterr().out


def test_one_sent_twice_is_a_failure() -> None:
    assert report([*ALL, ALL[0]]) == 1


def test_one_that_nobody_should_have_got_is_a_failure_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([*ALL, Received("18800188000", "spam", "2")]) == 1
    assert "188****8000" in capsys.readouterr().out


def test_a_case_whose_result_was_not_seen_is_a_failure() -> None:
    assert report(ALL, [*RESULTS[1:], demo.NOTHING_SEEN]) == 1


def test_what_many_received_is_shown_in_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    report(ALL)

    assert f"and {len(TOGETHER.reaches) - 2} more" in capsys.readouterr().out


def test_the_table_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = "HTTP 202 accepted, client:invalid-message\nid 7c1f0b1f0f9d4c0c8a3c6c1f1b0e2d4a"
    report(ALL, [outcome] * len(CASES))

    assert max(map(columns, capsys.readouterr().out.splitlines())) <= 80


def test_no_number_is_shown_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    report(ALL)

    shown = capsys.readouterr().out.replace("\n", "")

    assert not [number for number in EXPECTED if number in shown]


def test_the_demo_needs_its_own_simulator() -> None:
    with pytest.raises(BadSetting, match="SMS_ENDPOINT"):
        demo.run(read_settings({"SMS_ENDPOINT": "http://127.0.0.1:9000"}))


def test_the_demo_needs_its_own_signatures_and_templates() -> None:
    with pytest.raises(BadSetting, match="REGISTRY"):
        demo.run(read_settings({"REGISTRY": "mine.json"}))


def test_the_limits_per_number_hold_in_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Program] = []

    def up(settings: Settings) -> None:
        started.append(simulator(settings))
        raise NotSeen

    monkeypatch.setattr(cloud, "up", up)
    with pytest.raises(NotSeen):
        demo.run(read_settings({}))

    [program] = started
    assert "--limits" in program.command
    assert "--limits" not in simulator(read_settings({})).command


@pytest.mark.parametrize("number", ["13800138000", "+86 138 0013 8000", "8613800138000", "+8613800138000"])
def test_numbers_are_masked_however_they_are_written(number: str) -> None:
    assert masked(f"to {number}, once") in {"to 138****8000, once", "to138****8000, once"}


def test_a_table_breaks_lines_at_words_and_counts_chinese_characters_twice() -> None:
    assert table(["a", "b"], [["one two", "短信测试"]], [5, 4]) == (
        "a     │ b\n──────┼─────\none   │ 短信\ntwo   │ 测试"
    )


def test_a_chinese_character_takes_two_columns() -> None:
    assert columns("短信ab") == 6
