"""The log line and the count of an outcome, and how what is private is taken out of a text."""

from __future__ import annotations

import io
import json
import logging
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st

from aliyun_sms import observability
from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.message.incoming import Door, IncomingMessage, Origin, Unreadable
from aliyun_sms.message.message import Message
from aliyun_sms.observability import log_outcomes, logger, publishes_metrics
from aliyun_sms.result import Result

ACCEPTED = Result(
    "id-1", "accepted", "OK", "OK", "success", retryable=False, advice=None, request_id="R-1", biz_id="B-1^0",
    reference="canary", recipients=2,
)  # fmt: skip
REJECTED = Result("id-1", "rejected", "isv.X", "13800138000invalid", "invalid", retryable=False, advice="Do.")
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<*>"), min_size=2)


def make_message(**values: str) -> Message:
    return Message(
        {
            "phone_numbers": ["13800138000", "+85261234567"],
            "sign_name": "s",
            "template_code": "t",
            "template_param": values,
            "reference": "canary",
        }
    )


def unreadable(door: Door) -> Unreadable:
    """What came in and is no message."""
    return Unreadable(
        InvalidMessage([Fault("message", "is not a JSON object")]), Origin(door, door, "origin"), "origin"
    )


class Log:
    """What the logger wrote."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    log = Log()
    monkeypatch.setattr(logger.registered_handler, "stream", log.stream)
    return log


def published(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_outcome_is_one_json_line(log: Log) -> None:
    log_outcomes([ACCEPTED], [IncomingMessage(make_message(code="739164"), Origin("queue", "queue", "origin"))], 42)

    (line,) = log.lines()
    assert (
        line.items()
        >= {
            "message": "outcome",
            "level": "INFO",
            "message_id": "id-1",
            "door": "queue",
            "status": "accepted",
            "code": "OK",
            "description": "OK",
            "category": "success",
            "request_id": "R-1",
            "biz_id": "B-1^0",
            "recipients": 2,
            "milliseconds": 42,
        }.items()
    )
    assert line["phone_numbers"] == ["138****8000", "852****4567"]


@pytest.mark.parametrize("status", ["rejected", "unknown", "expired"])
def test_what_was_not_accepted_is_a_warning(log: Log, status: Any) -> None:
    log_outcomes([Result("id", status, "x", "", "invalid", retryable=False, advice=None)], [unreadable("request")], 0)

    assert log.lines()[0]["level"] == "WARNING"


def test_a_line_holds_no_number_no_value_and_not_the_callers_reference(log: Log) -> None:
    result = replace(REJECTED, description="13800138000 王小明 739164")

    log_outcomes(
        [result], [IncomingMessage(make_message(name="王小明", code="739164"), Origin("queue", "queue", "origin"))], 0
    )

    assert log.lines()[0]["description"] == "138****8000 *** ***"
    assert not [secret for secret in ("13800138000", "85261234567", "canary") if secret in log.stream.getvalue()]


def test_of_many_numbers_a_line_shows_ten(log: Log) -> None:
    numbers = [str(13_800_000_000 + i) for i in range(1000)]

    log_outcomes(
        [ACCEPTED],
        [
            IncomingMessage(
                Message({"phone_numbers": numbers, "sign_name": "s", "template_code": "t"}),
                Origin("queue", "queue", "origin"),
            )
        ],
        0,
    )

    assert len(log.lines()[0]["phone_numbers"]) == 10


def test_a_message_that_could_not_be_read_is_recorded_all_the_same(log: Log) -> None:
    log_outcomes([REJECTED], [unreadable("schedule")], 0)

    assert (log.lines()[0]["phone_numbers"], log.lines()[0]["door"]) == ([], "schedule")


def test_outcomes_are_counted_by_category(capsys: pytest.CaptureFixture[str]) -> None:
    @publishes_metrics
    def handler() -> str:
        for result in (ACCEPTED, ACCEPTED, REJECTED):
            log_outcomes([result], [unreadable("queue")], 0)
        return "answer"

    assert handler() == "answer"
    (line,) = [line for line in published(capsys) if "_aws" in line]
    assert (line["success"], line["invalid"]) == ([2.0], [1.0])
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "AliyunSms"


def mistaken(scope: str) -> None:
    """A caller made a mistake."""
    result = replace(REJECTED, category="configuration", of_caller=True)
    log_outcomes([result], [replace(unreadable("request"), origin=Origin("request", scope, "origin"))], 0)


def test_a_caller_that_goes_on_with_its_mistake_counts_again_in_the_next_period(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for seconds in (0, 299, 300, 599, 601):
        monkeypatch.setattr(observability, "time", partial(float, 1_800_000_000 + seconds))
        mistaken("iam:one")

    assert observability.counts == {"caller-configuration": 5, "callers-at-fault": 3}


def test_callers_are_not_remembered_without_end_and_the_earliest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observability, "MOST_CALLERS", 2)
    for scope in ("one", "two", "three", "three", "two", "one"):
        mistaken(scope)

    assert observability.counts["callers-at-fault"] == 4


def test_an_invocation_without_an_outcome_publishes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    publishes_metrics(lambda: None)()

    assert published(capsys) == []


def test_what_was_counted_is_published_even_where_the_handler_fails(capsys: pytest.CaptureFixture[str]) -> None:
    @publishes_metrics
    def handler() -> None:
        log_outcomes([ACCEPTED], [unreadable("queue")], 0)
        raise LookupError

    with pytest.raises(LookupError):
        handler()

    assert [line["success"] for line in published(capsys) if "_aws" in line] == [[1.0]]


def test_a_count_is_published_once(capsys: pytest.CaptureFixture[str]) -> None:
    handler = publishes_metrics(lambda: log_outcomes([ACCEPTED], [unreadable("queue")], 0))

    handler()
    handler()

    assert [line["success"] for line in published(capsys) if "_aws" in line] == [[1.0], [1.0]]


@pytest.mark.parametrize("name", ["urllib3.connectionpool", "botocore.parsers", "botocore.endpoint"])
def test_libraries_that_would_log_urls_and_secrets_do_not_even_when_all_else_is_debugged(name: str) -> None:
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)
    finally:
        root.setLevel(level)


def test_the_logger_is_the_layers_own() -> None:
    assert observability.logger.registered_handler in logging.getLogger(observability.logger.name).handlers
