"""The emulator's schedules as they are made to fill in their inputs."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from local.emulator.schedules import filled_in, rebind

ARN = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/s"
EVENT = {"Source": "aws.scheduler", "Time": 1_700_000_000.7, "Resources": [ARN]}
INPUT = '{"schedule":"<aws.scheduler.schedule-arn>","at":"<aws.scheduler.scheduled-time>"}'
FILLED_IN = f'{{"schedule":"{ARN}","at":"2023-11-14T22:13:20Z"}}'


class EventBridge(ModuleType):
    """Stands in for what invokes targets; remembers their inputs."""

    def __init__(self) -> None:
        super().__init__("ministack.services.eventbridge")
        self.inputs: list[str] = []
        self._invoke_target: Any = self._invoke

    def _invoke(self, target: dict[str, Any], _event: object, _rule: object) -> None:
        self.inputs.append(target["Input"])


def test_a_schedules_input_is_filled_in_when_it_runs() -> None:
    eventbridge = EventBridge()
    rebind(eventbridge)

    eventbridge._invoke_target({"Input": INPUT}, EVENT, {})  # noqa: SLF001 - what was rebound

    assert eventbridge.inputs == [FILLED_IN]


def test_the_schedule_itself_stays_as_it_is() -> None:
    target = {"Input": INPUT}

    assert filled_in(target, EVENT)["Input"] == FILLED_IN
    assert target == {"Input": INPUT}


def test_the_input_of_a_rule_is_not_filled_in() -> None:
    assert filled_in({"Input": INPUT}, EVENT | {"Source": "custom"}) == {"Input": INPUT}


def test_a_target_without_input_has_none() -> None:
    assert filled_in({"Arn": "a"}, EVENT) == {"Arn": "a"}


def test_another_version_of_the_emulator_is_refused() -> None:
    with pytest.raises(SystemExit, match="_invoke_target"):
        rebind(ModuleType("ministack.services.eventbridge"))
