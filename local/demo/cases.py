"""What the demo sends: one case for each thing worth seeing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Door = Literal["request", "queue", "schedule", "alert"]


@dataclass(frozen=True, slots=True)
class Case:
    """Messages that are sent together, mostly one, and whom they shall reach: nobody, where they must be refused.

    At the alert door it is an alarm, of which somebody is told, and told that it is over.
    """

    door: Door
    what: str
    messages: tuple[Mapping[str, Any], ...]
    reaches: tuple[str, ...] = ()

    @property
    def bodies(self) -> tuple[str, ...]:
        """The messages as they are sent."""
        return tuple(json.dumps(message, ensure_ascii=False) for message in self.messages)


SHIPPED = {"sign_name": "北岸书店", "template_code": "SMS_200000001"}
RESTORED = {"sign_name": "北岸书店", "template_code": "SMS_200000003"}

CODE = Case(
    "request",
    "one-time code",
    ({"phone_numbers": ["+86 138 0013 8000"], "template_param": {"code": "482913"}},),
    reaches=("13800138000",),
)
TWO_NUMBERS = Case(
    "request",
    "notice to two numbers",
    ({**SHIPPED, "phone_numbers": "13900139000,15000150000", "template_param": {"name": "李雷", "order": "A1024"}},),
    reaches=("13900139000", "15000150000"),
)
TWO_FAULTS = Case(
    "request",
    "two faults",
    ({"phone_numbers": ["12345678901"], "template_param": {"code": True}},),
)
QUEUED = Case(
    "queue",
    "notice",
    ({**SHIPPED, "phone_numbers": ["13700137000"], "template_param": {"name": "韩梅梅", "order": "B2048"}},),
    reaches=("13700137000",),
)
QUEUED_FAULT = Case(
    "queue",
    "an unknown field",
    ({"phone_numbers": ["13500135000"], "text": "hello"},),
)
ALIKE = tuple(f"1310013{i:04}" for i in range(25))
PERSONAL = {"13200132000": "张伟", "13200132001": "王芳", "13200132002": "李娜", "13200132003": "刘洋"}
TOGETHER = Case(
    "queue",
    f"{len(ALIKE)} notices alike and {len(PERSONAL)} personal ones, together",
    (
        *({**RESTORED, "phone_numbers": [number]} for number in ALIKE),
        *(
            {**SHIPPED, "phone_numbers": [number], "template_param": {"name": name, "order": f"C{number[-4:]}"}}
            for number, name in PERSONAL.items()
        ),
    ),
    reaches=(*ALIKE, *PERSONAL),
)
SCHEDULED = Case(
    "schedule",
    "notice, scheduled",
    ({**RESTORED, "phone_numbers": ["13600136000"]},),
    reaches=("13600136000",),
)
ALARM = Case(
    "alert",
    "an alarm, and its recovery",
    ({"alarm": "结账失败率超过5%"},),
    reaches=("13400134000", "13400134000"),
)

CASES = (CODE, TWO_NUMBERS, TWO_FAULTS, QUEUED, QUEUED_FAULT, TOGETHER, SCHEDULED, ALARM)
EXPECTED = sorted(number for case in CASES for number in case.reaches)
