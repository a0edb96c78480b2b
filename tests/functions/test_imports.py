"""What a function imports when it starts, in an interpreter of its own: a cold start is mostly imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache

import pytest

from tests.workbench.functions import ENVIRONMENT, ROOT

DOORS = ["send_from_queue", "send_on_request", "send_on_schedule"]
ALERTS = {"SMS_ALERTS_TABLE": "alerts"}
QUEUES = {
    "SMS_QUEUE_URL": "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/messages",
    "SMS_DEAD_LETTER_QUEUE_URL": "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/dead",
}
SECRET = {
    "SMS_CREDENTIALS_SECRET_ARN": "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:sms",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "",
}
LEDGER = {"SMS_MESSAGES_TABLE": "messages"}
WITH_AWS = [("send_from_queue", LEDGER), *((door, SECRET) for door in DOORS), ("settle_sends", LEDGER | SECRET),
            ("send_on_alert", LEDGER | SECRET | ALERTS)]  # fmt: skip

IMPORTED = "import sys; before = set(sys.modules); import app, json; print(json.dumps(list(set(sys.modules) - before)))"

# Of these nothing is needed to send an SMS. What each would cost a cold start: docs/performance.md
NEVER = [
    "asyncio", "aws_lambda_powertools.event_handler", "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.data_classes", "aws_lambda_powertools.utilities.idempotency",
    "aws_lambda_powertools.utilities.parameters", "aws_lambda_powertools.utilities.parser", "aws_xray_sdk", "boto3",
    "fastjsonschema", "http.server", "logging.config", "multiprocessing", "phonenumbers", "pydantic", "unittest",
    "xml.dom",
]  # fmt: skip
ONLY_WITH_AWS = ["botocore.client", "botocore.session", "dateutil"]
THREADS = ["concurrent.futures"]  # botocore has it too


@cache
def imported(function: str, **variables: str) -> frozenset[str]:
    """The modules that a function adds to a bare interpreter's."""
    paths = os.pathsep.join([str(ROOT / "functions" / function), str(ROOT / "layers" / "aliyun_sms")])
    environment = ENVIRONMENT | QUEUES | variables | {"PATH": os.environ["PATH"], "PYTHONPATH": paths}
    command = [sys.executable, "-B", "-c", IMPORTED]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)  # noqa: S603
    return frozenset(json.loads(done.stdout.splitlines()[-1]))


def within(modules: frozenset[str], packages: list[str]) -> list[str]:
    return sorted(name for name in modules if any(f"{name}.".startswith(f"{package}.") for package in packages))


@pytest.mark.parametrize("function", DOORS)
def test_a_door_with_neither_ledger_nor_secret_imports_only_what_sending_needs(function: str) -> None:
    modules = imported(function)

    assert {"aliyun_sms.sending.sender", "requests", "aws_lambda_powertools.logging"} <= modules
    assert within(modules, [*NEVER, *ONLY_WITH_AWS]) == []


@pytest.mark.parametrize(("function", "variables"), WITH_AWS)
def test_a_function_with_ledger_or_secret_imports_the_client_of_aws_as_it_starts_and_no_more(
    function: str, variables: dict[str, str]
) -> None:
    modules = imported(function, **variables)

    assert {"botocore.client", "botocore.session"} <= modules
    assert within(modules, NEVER) == []


@pytest.mark.parametrize("function", DOORS)
def test_to_read_which_countries_are_reached_the_library_of_numbers_is_not_imported(function: str) -> None:
    modules = imported(function, SMS_ALLOWED_COUNTRIES="CN,HK,GB", SMS_ONLY_RECIPIENTS="13800138000")

    assert within(modules, ["phonenumbers"]) == []


@pytest.mark.parametrize("function", ["send_on_request", "send_on_schedule"])
def test_doors_that_send_one_message_after_the_other_import_no_threads(function: str) -> None:
    assert within(imported(function), THREADS) == []


def test_only_settling_imports_what_settles() -> None:
    assert [within(imported(door, **LEDGER), ["aliyun_sms.settling"]) for door in DOORS] == [[], [], []]
    assert within(imported("send_on_alert", **LEDGER, **ALERTS), ["aliyun_sms.settling"]) == []
    assert "aliyun_sms.settling.settler" in imported("settle_sends", **LEDGER)
