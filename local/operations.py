"""What an operator does with a deployed stack, with the operator's own key: calls the API, reads logs, schedules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from local.loopback import PATIENCE, session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import requests

    from local.outputs import Outputs


@dataclass(frozen=True, slots=True)
class Operations:
    """The deployed stack in an operator's hands."""

    outputs: Outputs

    def client(self, service: str) -> Any:
        """Give a boto3 client."""
        return boto3.client(
            service,
            endpoint_url=self.outputs.emulator_url,
            region_name=self.outputs.region,
            aws_access_key_id=self.outputs.aws_access_key_id,
            aws_secret_access_key=self.outputs.aws_secret_access_key,
            config=Config(proxies={}),
        )

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """Call the HTTP API, signed with SigV4."""
        key = Credentials(self.outputs.aws_access_key_id, self.outputs.aws_secret_access_key)
        given = {"Content-Type": "application/json", **(headers or {})}
        signed = AWSRequest(method, self.outputs.api_url + path, data=body, headers=given)
        SigV4Auth(key, "execute-api", self.outputs.region).add_auth(signed)
        with session() as http:
            return http.request(method, signed.url, data=body, headers=dict(signed.headers), timeout=PATIENCE)

    def log_lines(self, function: str) -> list[str]:
        """Give what a function wrote to its log group, by its logical id, the platform's lines included."""
        name = self.outputs.functions[function]
        group = self.client("lambda").get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"]
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]

    def outcomes(self, function: str) -> list[dict[str, Any]]:
        """Give the JSON lines that a function wrote, one for each outcome."""
        lines = (json.loads(line) for line in self.log_lines(function) if line.startswith("{"))
        return [line for line in lines if line.get("message") == "outcome"]

    def variables(self, function: str) -> dict[str, str]:
        """Give the environment variables of a function, by its logical id."""
        name = self.outputs.functions[function]
        configuration = self.client("lambda").get_function_configuration(FunctionName=name)
        return configuration["Environment"]["Variables"]  # type: ignore[no-any-return]

    def turn_alarm(self, name: str, state: str) -> None:
        """Let a CloudWatch alarm, whose action is the stack's topic, change its state; make it where there is none."""
        cloudwatch, topic = self.client("cloudwatch"), [self.outputs.alerts_topic_arn]
        if not cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]:
            cloudwatch.put_metric_alarm(
                AlarmName=name, AlarmActions=topic, OKActions=topic, InsufficientDataActions=topic, Statistic="Sum",
                Namespace="shop", MetricName="errors", Period=60, EvaluationPeriods=1, Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            )  # fmt: skip
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=f"made {state} by hand")

    def schedule(self) -> dict[str, Any]:
        """Give the schedule that sends."""
        scheduler, function = self.client("scheduler"), self.outputs.functions["SendOnScheduleFunction"]
        all_schedules = scheduler.list_schedules()["Schedules"]
        [name] = [each["Name"] for each in all_schedules if each["Target"]["Arn"].endswith(f":{function}")]
        return scheduler.get_schedule(Name=name)  # type: ignore[no-any-return]

    def schedule_at(self, time: datetime) -> None:
        """Let the stack's schedule run once at a time, which is in UTC."""
        scheduler = self.client("scheduler")
        schedule = self.schedule()
        kept = ("Name", "GroupName", "FlexibleTimeWindow", "Target", "Description")
        scheduler.update_schedule(
            **{name: schedule[name] for name in kept if name in schedule},
            ScheduleExpression=f"at({time:%Y-%m-%dT%H:%M:%S})",
            ScheduleExpressionTimezone="UTC",
            State="ENABLED",
        )
