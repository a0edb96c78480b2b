"""What `sms inbox` shows of what the simulator received."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses

from cli import __main__ as command
from cli.verbs import inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

URL = "http://127.0.0.1:9100/_simulator/messages"


def message(number: int) -> dict[str, Any]:
    names = dict.fromkeys(inbox.NAMES, "")
    return {**names, "phone_number": "13800138000", "content": f"text {number}", "accepted_at": "2026-11-28T07:06:24Z"}


@pytest.fixture(autouse=True)
def simulator(make_up: Callable[[], None]) -> Iterator[responses.RequestsMock]:
    make_up()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def test_a_message_is_shown_as_on_a_phone_with_its_number_masked(
    simulator: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    simulator.get(URL, json={"messages": [message(1), message(2)]})

    assert command.run(["inbox"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["2026-11-28T07:06:24Z  138****8000  ", "  text 1"]
    assert lines[3] == "  text 2"


def test_following_shows_each_message_once_until_ctrl_c_also_where_the_simulator_is_emptied(
    simulator: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for numbers in ([], [1], [1, 2], [], [3]):
        simulator.get(URL, json={"messages": list(map(message, numbers))})
    looks = iter(range(4))

    def sleep(_: float) -> None:
        if next(looks, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", sleep)

    assert command.run(["inbox", "--follow", "--json"]) == 130

    shown = [json.loads(line)["content"] for line in capsys.readouterr().out.splitlines()]
    assert shown == ["text 1", "text 2", "text 3"]


def test_an_empty_inbox_is_said(simulator: responses.RequestsMock, capsys: pytest.CaptureFixture[str]) -> None:
    simulator.get(URL, json={"messages": []})

    assert command.run(["inbox"]) == 0
    assert "nothing has arrived yet" in capsys.readouterr().err


def test_a_simulator_that_is_gone_is_told(
    simulator: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    simulator.get(URL, body=requests.ConnectionError())

    assert command.run(["inbox"]) == 1
    assert "does not answer" in capsys.readouterr().err


def test_aws_has_no_inbox(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["inbox", "--aws"]) == 1
    assert "only a local cloud has an inbox" in capsys.readouterr().err
