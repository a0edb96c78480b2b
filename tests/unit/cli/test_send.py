"""What `sms send` makes of its options, and what it makes of answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import requests
import responses

from cli import __main__ as command
from cli.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

SEND = ["send", "--to", "13800138000", "--template", "SMS_1", "--param", "code=739164", "--key", "k", "--local"]
URL = "http://127.0.0.1:4566/v1/messages"
RESULT = {"message_id": "m", "status": "accepted", "code": "OK", "description": "OK", "reference": None}


@pytest.fixture(autouse=True)
def api(deployed: None) -> Iterator[responses.RequestsMock]:  # noqa: ARG001 - a local cloud on paper
    with responses.RequestsMock() as mock:
        yield mock


def test_the_message_is_the_contracts(api: responses.RequestsMock, capsys: pytest.CaptureFixture[str]) -> None:
    api.post(URL, json=RESULT)

    assert command.run([*SEND, "--sign", "书店", "--to", "13800138001, 13800138002", "--yes", "--json"]) == 0

    request = api.calls[0].request
    assert json.loads(request.body or b"") == {
        "phone_numbers": ["13800138000", "13800138001", "13800138002"],
        "template_code": "SMS_1",
        "sign_name": "书店",
        "template_param": {"code": "739164"},
    }
    assert request.headers["Idempotency-Key"] == "k"
    assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256")
    assert json.loads(capsys.readouterr().out) == {**RESULT, "idempotency_key": "k"}


@pytest.mark.parametrize("key", ["", " ", "订单-1"])
def test_a_key_that_can_be_none_is_refused_before_anything_is_sent(
    api: responses.RequestsMock, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(["send", "--to", "13800138000", "--key", key]) == 2
    assert command.run(["status", "--key", key]) == 2
    assert "ASCII" in capsys.readouterr().err
    assert len(api.calls) == 0


def test_a_variable_is_given_once(api: responses.RequestsMock) -> None:
    assert command.run(["send", "--to", "13800138000", "--param", "code=1", "--param", "code=2"]) == 2
    assert len(api.calls) == 0


def test_who_interrupts_a_send_is_told_under_which_key_it_may_have_been_sent(
    api: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> NoReturn:
        raise KeyboardInterrupt

    api.add_callback("POST", URL, interrupted)

    assert command.run(["send", "--to", "13800138000", "--param", "code=1"]) == 130
    sent = api.calls[0].request.headers["Idempotency-Key"]
    assert f"sms status --key {sent}" in capsys.readouterr().err


@pytest.mark.parametrize(("category", "code"), [("configuration", 4), ("throttled", 4), ("invalid", 3)])
def test_what_the_queue_tries_again_is_not_certainly_unsent(
    api: responses.RequestsMock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    category: str,
    code: int,
) -> None:
    rejected = {**RESULT, "status": "rejected", "category": category}
    monkeypatch.setattr("cli.verbs.send.through_the_queue", lambda *_: {"status": "queued"})
    api.get("http://127.0.0.1:4566/v1/doors/queue/messages", json=rejected)

    assert command.run([*SEND, "--door", "queue", "--wait"]) == code
    assert ("the queue tries it again" in capsys.readouterr().err) is (code == 4)


@pytest.mark.parametrize(
    ("status", "answer", "code"),
    [
        (202, {**RESULT, "status": "unknown"}, 4),
        (409, {"result": {**RESULT, "status": "sending"}}, 4),
        (422, {"result": {**RESULT, "status": "rejected"}}, 3),
        (422, {"result": {**RESULT, "status": "expired"}}, 3),
        (202, {**RESULT, "status": "queued"}, 0),
    ],
)
def test_the_exit_code_is_the_results(
    api: responses.RequestsMock, status: int, answer: dict[str, Any], code: int
) -> None:
    api.post(URL, json=answer, status=status)

    assert command.run(SEND) == code


@pytest.mark.parametrize(
    ("answer", "code", "line"),
    [
        ({"status": 403, "json": {"message": "Forbidden"}}, 1, "may not POST there"),
        ({"status": 429, "json": {"message": "Too Many Requests"}}, 1, "try again"),
        ({"status": 413, "json": {"message": "too large for 13800138000"}}, 1, "too large for 138****8000"),
        ({"status": 504, "json": {"message": "Timeout"}}, 4, "sms status --key k"),
        ({"status": 500, "body": "no JSON"}, 4, "sms status --key k"),
        ({"body": requests.ReadTimeout()}, 4, "may have been sent"),
        ({"body": requests.ConnectionError("reset")}, 4, "may have been sent"),
        ({"body": requests.ConnectTimeout()}, 1, "was not reached"),
    ],
)
def test_what_has_no_result_is_told_in_a_line(
    api: responses.RequestsMock, capsys: pytest.CaptureFixture[str], answer: dict[str, Any], code: int, line: str
) -> None:
    api.post(URL, **answer)

    assert command.run(SEND) == code

    said = capsys.readouterr()
    assert said.out == ""
    assert line in said.err.splitlines()[1]


def test_each_fault_of_a_message_is_shown(api: responses.RequestsMock, capsys: pytest.CaptureFixture[str]) -> None:
    faults = [{"field": "phone_numbers", "reason": "138**** is none"}, {"field": "sign_name", "reason": "is missing"}]
    api.post(URL, status=400, json={"result": {**RESULT, "status": "rejected"}, "errors": faults})

    assert command.run(SEND) == 3

    assert (
        "errors           phone_numbers: 138**** is none\n                 sign_name: is missing"
        in capsys.readouterr().out
    )


def test_nobody_is_sent_to_in_numbers_without_being_asked(
    api: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run([*SEND, "--to", "13800138001"]) == 2
    assert "say --yes" in capsys.readouterr().err
    assert len(api.calls) == 0


@pytest.mark.parametrize(("typed", "sent"), [("y", 1), ("n", 0), ("", 0)])
def test_a_person_is_asked(api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, typed: str, sent: int) -> None:
    api.assert_all_requests_are_fired = False
    api.post(URL, json=RESULT)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda: typed)

    command.run([*SEND, "--to", "13800138001"])

    assert len(api.calls) == sent


def test_a_param_without_a_value_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run([*SEND, "--param", "739164"]) == 2
    assert "739164" not in capsys.readouterr().err


def test_it_waits_until_an_unknown_outcome_is_settled(
    api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    api.post(URL, status=202, json={**RESULT, "status": "unknown"})
    api.get(URL, json={**RESULT, "status": "unknown"})
    api.get(URL, json=RESULT)

    assert command.run([*SEND, "--wait"]) == 0

    assert "status           accepted" in capsys.readouterr().out
    assert api.calls[-1].request.headers["Idempotency-Key"] == "k"


@pytest.mark.parametrize("asked", [1, 2])
def test_it_waits_no_longer_for_what_a_person_has(
    api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: int
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    unknown, held = ({**RESULT, "status": "unknown", **more} for more in ({}, {"held": True}))
    api.post(URL, status=202, json=unknown if asked > 1 else held)
    for answer in [unknown, held][: asked if asked > 1 else 0]:
        api.get(URL, json=answer)

    assert command.run([*SEND, "--wait"]) == 4

    said = capsys.readouterr()
    assert "held             True" in said.out
    assert "handed to a person" in said.err


def test_the_queue_takes_the_message_with_its_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: list[dict[str, str]] = []

    class Sqs:
        def send_message(self, **given: str) -> None:
            sent.append(given)

    monkeypatch.setattr(Place, "client", lambda *_: Sqs())

    assert command.run([*SEND, "--door", "queue"]) == 0

    assert json.loads(sent[0]["MessageBody"])["idempotency_key"] == "k"
    assert "queued" in capsys.readouterr().out
