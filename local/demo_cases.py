"""What the demo sends: one case for each thing worth seeing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Door = Literal["request", "queue", "schedule"]


@dataclass(frozen=True, slots=True)
class Case:
    """A message, and whom it shall reach: nobody, where it must be refused."""

    door: Door
    what: str
    message: Mapping[str, Any]
    reaches: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """The message as it is sent."""
        return json.dumps(self.message, ensure_ascii=False)


SHIPPED = {"sign_name": "北岸书店", "template_code": "SMS_200000001"}
RESTORED = {"sign_name": "北岸书店", "template_code": "SMS_200000003"}

CODE = Case(
    "request",
    "one-time code",
    {"phone_numbers": ["+86 138 0013 8000"], "template_param": {"code": "482913"}},
    reaches=("13800138000",),
)
TWO_NUMBERS = Case(
    "request",
    "notice to two numbers",
    {**SHIPPED, "phone_numbers": "13900139000,15000150000", "template_param": {"name": "李雷", "order": "A1024"}},
    reaches=("13900139000", "15000150000"),
)
TWO_FAULTS = Case(
    "request",
    "two faults",
    {"phone_numbers": ["12345678901"], "template_param": {"code": True}},
)
QUEUED = Case(
    "queue",
    "notice",
    {**SHIPPED, "phone_numbers": ["13700137000"], "template_param": {"name": "韩梅梅", "order": "B2048"}},
    reaches=("13700137000",),
)
QUEUED_FAULT = Case(
    "queue",
    "an unknown field",
    {"phone_numbers": ["13500135000"], "text": "hello"},
)
SCHEDULED = Case(
    "schedule",
    "notice, scheduled",
    {**RESTORED, "phone_numbers": ["13600136000"]},
    reaches=("13600136000",),
)

CASES = (CODE, TWO_NUMBERS, TWO_FAULTS, QUEUED, QUEUED_FAULT, SCHEDULED)
EXPECTED = sorted(number for case in CASES for number in case.reaches)
