"""The environment that a function is given, as on Lambda: its own folder, its packages, AWS's runtime behind them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from tests.bench.places import ROOT
from tests.bench.routes import TABLE

if TYPE_CHECKING:
    from tests.bench.sites import Site
    from tests.bench.stubs.processes import Served

TEN = 10  # records in the queue's event: the most that SQS hands over without a batching window
NUMBERS = 13_000_000_000  # the first of many made-up numbers
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
SECRET_ARN = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:benchmark"


def variables(site: Site, door: str, provider: str, aws: Served, *, keeps: bool) -> dict[str, str]:
    """All that is set; nothing of this machine's. `keeps`: with the ledger, and the access key in the secret."""
    function = site.function(door)
    key = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "testId", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testSecret"}
    return {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_DEFAULT_REGION": "cn-north-1",
        "AWS_ENDPOINT_URL": aws.url("https"),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{PYTHON}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_NAME": "benchmark",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": "cn-north-1",
        "AWS_SECRET_ACCESS_KEY": "example",
        "LAMBDA_TASK_ROOT": str(function),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "POWERTOOLS_METRICS_NAMESPACE": "AliyunSms",
        "POWERTOOLS_SERVICE_NAME": "benchmark",
        "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's code folder cannot be written to
        "PYTHONPATH": f"{function}:{site.folder}",
        "SMS_DEAD_LETTER_QUEUE_URL": "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/dead-letters",
        "SMS_ENDPOINT": provider,
        "SMS_MESSAGES_TABLE": "messages" if keeps else "",
        "SMS_QUEUE_URL": "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/messages",
        "SMS_SIGN_NAME": "阿里云短信测试",
        "TZ": ":UTC",
        "_HANDLER": site.handler(door),
        **({"SMS_ALERTS_TABLE": TABLE} if door == "alert" else {}),
        **({"SMS_CREDENTIALS_SECRET_ARN": SECRET_ARN} if keeps else key),
    }


def event(door: str, serial: int) -> Any:
    """One message by request or by schedule, ten by queue, an alarm; another serial makes other keys."""
    if door == "request":
        sample = json.loads((ROOT / "events" / "request" / "idempotency_key.json").read_text("utf-8"))
        return {**sample, "headers": {**sample["headers"], "idempotency-key": f"checkout-{serial}"}}
    if door == "schedule":
        sample = json.loads((ROOT / "events" / "schedule" / "several_messages.json").read_text("utf-8"))
        return {**sample, "messages": sample["messages"][-1:], "scheduled_time": f"{sample['scheduled_time']}#{serial}"}
    if door == "alert":
        return _alarm(f"checkout-errors-{serial}")
    return queue_event([message(number) for number in range(TEN)], TEN * serial)


def _alarm(name: str) -> Any:
    """An alarm of CloudWatch, as the topic brings it."""
    event = json.loads((ROOT / "events" / "alert" / "cloudwatch_alarm.json").read_text("utf-8"))
    notification = event["Records"][0]["Sns"]
    alarm = json.loads(notification["Message"])
    named = {"AlarmName": name, "AlarmArn": alarm["AlarmArn"].replace(alarm["AlarmName"], name)}
    notification["Message"] = json.dumps(alarm | named)
    return event


def message(number: int) -> dict[str, Any]:
    """A message of its own number and code."""
    return {
        "phone_numbers": [str(NUMBERS + number)],
        "template_code": "SMS_154950909",
        "template_param": {"code": str(100_000 + number % 900_000)},
    }


def queue_event(messages: list[dict[str, Any]], first: int = 0) -> dict[str, Any]:
    """SQS's event with a record for each message; ids count from the first."""
    sample = json.loads((ROOT / "events" / "queue" / "one_message.json").read_text("utf-8"))["Records"][0]
    return {
        "Records": [
            {**sample, "messageId": f"059f36b4-87a3-44ab-83d2-{first + place:012}", "body": json.dumps(each)}
            for place, each in enumerate(messages)
        ]
    }
