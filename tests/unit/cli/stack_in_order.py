"""A stack that is in order, as the services of AWS tell of it."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

VERDICT = {"code": "OK", "advice": None, "fault": None, "detail": None}
QUEUES = ("QueueUrl", "DeadLetterQueueUrl", "ScheduleDeadLetterQueueUrl", "AlertDeadLetterQueueUrl")
RESOURCES = {
    "AWS::Logs::LogGroup": ["SendOnRequestLogGroup", "SettleSendsLogGroup", "HttpApiLogGroup"],
    "AWS::Lambda::Function": ["SendFromQueueFunction"],
    "AWS::Lambda::EventSourceMapping": ["SendFromQueueFunctionMessages"],
    "AWS::Scheduler::Schedule": ["SendOnScheduleFunctionSchedule", "SettleSendsFunctionEveryMinute"],
    "AWS::SQS::Queue": ["MessagesQueue"],
    "AWS::CloudWatch::Alarm": ["DefectAlarm", "ConfigurationFaultAlarm"],
}


@dataclass
class Aws:
    """Every service of AWS at once; a test changes what they tell."""

    account: dict[str, Any] = field(
        default_factory=lambda: {
            "key": VERDICT,
            "signature": {"name": "北岸书店", **VERDICT, "state": "approved"},
            "template": None,
        }
    )
    parameters: dict[str, str] = field(
        default_factory=lambda: {"QueueMaximumConcurrency": "10", "AlarmTopicArn": "arn:aws:sns:r:1:on-call"}
    )
    status: str = "UPDATE_COMPLETE"
    clock: float = field(default_factory=time.time)
    created_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    lines: dict[str, list[str]] = field(default_factory=lambda: {"SettleSendsLogGroup": ["REPORT RequestId: 1"]})
    age: int = 0  # of those lines, in seconds
    source: str = "Enabled"
    usage: dict[str, Any] = field(default_factory=dict)  # the item, but for its key; a new stack has none
    letters: int = 0
    alerts: int = 0  # that were given up
    schedules: dict[str, str] = field(default_factory=dict)  # states, but where they are ENABLED
    unreserved: int = 900
    standing: list[str] = field(default_factory=list)
    subscriptions: list[dict[str, str]] = field(
        default_factory=lambda: [{"Protocol": "email", "SubscriptionArn": "arn:1", "Endpoint": "on-call@example.com"}]
    )
    denied: set[str] = field(default_factory=set)

    def describe_stacks(self, **_: object) -> dict[str, Any]:
        outputs = {"MessagesTable": "t", "AskProviderFunctionArn": "f"}
        outputs |= {name: name for name in QUEUES}
        stack = {
            "StackStatus": self.status,
            "CreationTime": self.created_at,
            "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
            "Parameters": [{"ParameterKey": n, "ParameterValue": v} for n, v in self.parameters.items()],
        }
        return {"Stacks": [stack], "ResponseMetadata": {"HTTPHeaders": {"date": formatdate(self.clock, usegmt=True)}}}

    def invoke(self, **_: object) -> dict[str, Any]:
        return {"Payload": io.BytesIO(json.dumps(self.account).encode())}

    def get_event_source_mapping(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"UUID": "SendFromQueueFunctionMessages"}
        return {"State": self.source}

    def get_item(self, **asked: Any) -> dict[str, Any]:
        assert asked["Key"] == {"pk": {"S": "usage"}}
        return {"Item": TypeSerializer().serialize(self.usage)["M"]} if self.usage else {}

    def get_account_settings(self) -> dict[str, Any]:
        self._check("GetAccountSettings")
        return {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": self.unreserved}}

    def get_queue_attributes(self, **asked: Any) -> dict[str, Any]:
        length = {"DeadLetterQueueUrl": self.letters, "AlertDeadLetterQueueUrl": self.alerts}.get(asked["QueueUrl"], 0)
        return {
            "Attributes": dict.fromkeys(asked["AttributeNames"], "0") | {"ApproximateNumberOfMessages": str(length)}
        }

    def get_schedule(self, **asked: Any) -> dict[str, Any]:
        return {"State": self.schedules.get(asked["Name"], "ENABLED")}

    def describe_alarms(self, **asked: Any) -> dict[str, Any]:
        assert set(self.standing) <= set(asked["AlarmNames"])
        described = "It is so. See docs/runbook.md#nothing-goes-out"
        return {"MetricAlarms": [{"AlarmName": name, "AlarmDescription": described} for name in self.standing]}

    def get_paginator(self, call: str) -> Any:
        return Paginator(self, call)

    def pages(self, call: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if call == "list_stack_resources":
            each = [(kind, name) for kind, names in RESOURCES.items() for name in names]
            rows = [{"ResourceType": k, "LogicalResourceId": n, "PhysicalResourceId": n} for k, n in each]
            yield {"StackResourceSummaries": rows}
        elif call == "filter_log_events":
            self._check("FilterLogEvents")
            wanted = asked["filterPattern"].strip('"')
            found = [line for line in self.lines.get(asked["logGroupName"], []) if wanted in line]
            yield {"events": []}  # CloudWatch gives pages without events before those with some
            yield {"events": [{"message": line, "timestamp": (time.time() - self.age) * 1000} for line in found]}
        else:
            self._check("ListSubscriptionsByTopic")
            yield {"Subscriptions": self.subscriptions}

    def _check(self, call: str) -> None:
        if call in self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, call)


@dataclass
class Paginator:
    aws: Aws
    call: str

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        return self.aws.pages(self.call, asked)
