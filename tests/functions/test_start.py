"""What a function says when it starts, alone in an interpreter as on Lambda, and when its settings are wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from aliyun_sms.errors import InvalidSettings
from tests.privacy import ACCESS_KEY_SECRET, overheard
from tests.workbench.functions import ENVIRONMENT, EVENTS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))
DOORS = [function for function in FUNCTIONS if function.startswith("send_")]
WITH_DEAD_LETTERS = ["send_from_queue", "send_on_schedule"]
ALONE = """
import json, sys
import app

class Context:
    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    def get_remaining_time_in_millis(self): return 60000

print("ANSWER", json.dumps(app.lambda_handler(json.load(sys.stdin), Context())))
"""


def faults(load_function: Callable[..., ModuleType], function: str, **variables: str | None) -> dict[str, str]:
    with pytest.raises(InvalidSettings) as refused:
        load_function(function, **variables)
    return {fault.field: fault.reason for fault in refused.value.faults}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_without_the_ledgers_variable_no_function_starts(
    load_function: Callable[..., ModuleType], function: str
) -> None:
    named = faults(load_function, function, SMS_MESSAGES_TABLE=None)

    assert named == {"SMS_MESSAGES_TABLE": "is not set; empty means: without the ledger and its guarantees"}


def test_everything_that_is_missing_or_wrong_is_named_at_once(load_function: Callable[..., ModuleType]) -> None:
    named = faults(
        load_function,
        "send_on_request",
        ALIBABA_CLOUD_ACCESS_KEY_ID=None,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET="  ",
        SMS_MESSAGES_TABLE=None,
        SMS_ENDPOINT="http://dysmsapi.aliyuncs.com",
        SMS_SIGNATURE_VERSION="2",
        SMS_PROVIDER_TIMEOUT_SECONDS="soon",
    )

    assert named.keys() == {
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "SMS_MESSAGES_TABLE",
        "SMS_ENDPOINT",
        "SMS_SIGNATURE_VERSION",
        "SMS_PROVIDER_TIMEOUT_SECONDS",
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_may_be_reached_is_looked_at_when_a_function_starts(
    load_function: Callable[..., ModuleType], function: str
) -> None:
    named = faults(load_function, function, SMS_ALLOWED_COUNTRIES="CN,UK", SMS_ONLY_RECIPIENTS="13800138000,1380013800")

    assert named == {
        "SMS_ALLOWED_COUNTRIES": "UK is no country code of ISO 3166",
        "SMS_ONLY_RECIPIENTS[1]": (
            "is neither a mainland mobile number (1[3-9] and nine digits) nor + country code and number"
        ),
    }


@pytest.mark.parametrize("function", WITH_DEAD_LETTERS)
def test_a_door_that_needs_a_dead_letter_queue_does_not_start_without(
    load_function: Callable[..., ModuleType], function: str
) -> None:
    assert faults(load_function, function) == {"SMS_DEAD_LETTER_QUEUE_URL": "is not set"}


def test_the_queue_door_with_a_ledger_does_not_start_without_its_queue(
    load_function: Callable[..., ModuleType],
) -> None:
    named = faults(load_function, "send_from_queue", SMS_MESSAGES_TABLE="messages", SMS_DEAD_LETTER_QUEUE_URL="dead")

    assert named == {"SMS_QUEUE_URL": "is not set"}


@pytest.mark.parametrize("name", ["SMS_MESSAGES_TABLE", "SMS_QUEUE_URL", "SMS_DEAD_LETTER_QUEUE_URL"])
def test_settling_does_not_start_without_the_table_or_a_queue(
    load_function: Callable[..., ModuleType], name: str
) -> None:
    variables = {"SMS_MESSAGES_TABLE": "messages", "SMS_QUEUE_URL": "queue", "SMS_DEAD_LETTER_QUEUE_URL": "dead"}

    assert faults(load_function, "settle_sends", **{**variables, name: ""}) == {name: "is not set"}


def test_a_wrong_setting_is_not_quoted(load_function: Callable[..., ModuleType]) -> None:
    named = faults(load_function, "send_on_request", SMS_PROXY=f"socks5://user:{ACCESS_KEY_SECRET}@proxy")

    assert ACCESS_KEY_SECRET not in "".join(named.values())


@pytest.mark.parametrize("function", DOORS)
def test_a_door_without_ledger_says_so_once_at_its_start(
    load_function: Callable[..., ModuleType], function: str
) -> None:
    queue = "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/dead"
    load_function(function, SMS_DEAD_LETTER_QUEUE_URL=queue, SMS_ALERTS_TABLE="alerts")

    (line,) = overheard.logged()
    assert (line["level"], line["message"].partition(":")[0]) == ("WARNING", "no ledger")


def alone(function: str, event: str) -> list[str]:
    """The lines that a function prints in an interpreter of its own; warnings are errors there."""
    paths = os.pathsep.join([str(ROOT / "functions" / function), str(ROOT / "layers" / "aliyun_sms")])
    environment = ENVIRONMENT | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": paths,
        "POWERTOOLS_SERVICE_NAME": "stack",
        "SMS_DEAD_LETTER_QUEUE_URL": "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/dead",
    }
    command = [sys.executable, "-B", "-W", "error", "-c", ALONE]
    asked = (EVENTS / f"{event}.json").read_bytes()
    done = subprocess.run(command, env=environment, input=asked, capture_output=True, check=True)  # noqa: S603
    assert done.stderr == b""
    return done.stdout.decode().splitlines()


def test_a_start_and_an_outcome_are_three_lines_with_the_service_that_alarms_look_for() -> None:
    start, outcome, metric, answer = alone("send_from_queue", "queue/past_expiry")

    counted = json.loads(metric)
    (directive,) = counted["_aws"]["CloudWatchMetrics"]
    assert json.loads(start)["service"] == json.loads(outcome)["service"] == "stack"
    assert directive == {
        "Namespace": "AliyunSms",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "invalid", "Unit": "Count"}],
    }
    assert (counted["service"], counted["invalid"]) == ("stack", [1.0])
    assert json.loads(answer.removeprefix("ANSWER ")) == {"batchItemFailures": []}


def test_an_invocation_without_outcome_counts_nothing_and_warns_of_nothing() -> None:
    lines = alone("send_on_request", "request/health")

    assert [line for line in lines if "_aws" in line] == []
    assert lines[-1].startswith("ANSWER ")
