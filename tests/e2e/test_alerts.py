"""Alarms of CloudWatch on the deployed stack, from its topic to the phone of who is on duty."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.alerts import LISI, WANGWU, put_routes, told
from tests.e2e.conftest import wait_until

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.usefixtures("routes")]


@pytest.fixture(scope="module")
def routes(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    """They are in force."""
    put_routes(stack, tmp_path_factory.mktemp("routes"))


def text(about: str, state: str) -> str:
    return f"【北岸书店】告警{about}的状态变为{state}，请及时处理。"


def test_an_alarm_of_cloudwatch_and_its_recovery_reach_who_is_on_duty(stack: Stack) -> None:
    name = "checkout is down"
    stack.operations.turn_alarm(name, "ALARM")
    wait_until("the alarm", lambda: told(stack, LISI, name))
    stack.operations.turn_alarm(name, "INSUFFICIENT_DATA")
    stack.operations.turn_alarm(name, "OK")
    wait_until("the recovery", lambda: len(told(stack, LISI, name)) == 2)

    assert told(stack, LISI, name) == [text(name, "firing"), text(name, "resolved")]


def notification(name: str, state: str, at: str) -> dict[str, Any]:
    return {"AlarmName": name, "NewStateValue": state, "StateChangeTime": at, "AWSAccountId": "000000000000"}


def test_the_same_event_three_times_and_out_of_order_is_two_messages(stack: Stack) -> None:
    name = f"again {uuid4().hex[:4]}"
    alarm = notification(name, "ALARM", "2026-11-22T08:00:00.985+0000")
    recovery = notification(name, "OK", "2026-11-22T08:10:00.985+0000")
    for message in (recovery, alarm, alarm, recovery, alarm):
        topic = stack.outputs.alerts_topic_arn
        stack.client("sns").publish(TopicArn=topic, Subject="alarm", Message=json.dumps(message))
    wait_until("both", lambda: len(told(stack, LISI, name)) >= 2)
    last = f"the last {name}"
    stack.client("sns").publish(TopicArn=stack.outputs.alerts_topic_arn, Subject=last, Message="a text")
    wait_until("what was published last", lambda: told(stack, LISI, last))

    assert sorted(told(stack, LISI, name)[:2]) == sorted([text(name, "firing"), text(name, "resolved")])
    assert len(told(stack, LISI, name)) == 3  # with the last


def test_alarms_that_are_gathered_are_told_by_the_schedule_as_one(stack: Stack) -> None:
    for place in range(5):
        stack.operations.turn_alarm(f"gathered {place}", "ALARM")
    (seen,) = wait_until("the group", lambda: told(stack, WANGWU, "gathered"), seconds=150)

    assert seen.startswith("【北岸书店】告警5: gathered")
