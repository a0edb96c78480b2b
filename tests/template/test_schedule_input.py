"""What the stack's schedule hands to its function: ScheduleInput as text, with the name and the time of the run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.template.conftest import functions

NAMED = {"schedule": "<aws.scheduler.schedule-arn>", "scheduled_time": "<aws.scheduler.scheduled-time>"}


def evaluated(value: Any, parameters: dict[str, str]) -> Any:
    """As CloudFormation evaluates it."""
    if not isinstance(value, dict):
        return [evaluated(each, parameters) for each in value] if isinstance(value, list) else value
    ((name, argument),) = value.items()
    if name == "Ref":
        return parameters[argument]
    by, what = evaluated(argument, parameters)
    return by.join(what) if name == "Fn::Join" else what.split(by)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "",
        " ",
        "no JSON",
        '{"phone_numbers": ["13800138000"], "template_param": "{\\"code\\": \\"a\\\\b\\"}"}',
        '{\n\t"reference": "北岸\\n",\r\n\t"urgent": true\n}',
        '", "messages": []}',
        "${AWS::Region} \\u0041",
    ],
)
def test_whatever_the_parameter_holds_arrives_as_it_is_beside_the_name_and_the_time_of_the_run(text: str) -> None:
    schedule = functions()["SendOnScheduleFunction"]["Events"]["Schedule"]["Properties"]

    given = json.loads(evaluated(schedule["Input"], {"ScheduleInput": text}))

    assert given == {**NAMED, "input": text}
