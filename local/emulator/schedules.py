"""Fills in what EventBridge Scheduler fills in: MiniStack 1.5.33 leaves <aws.scheduler.…> in an input as it is.

Source: docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.emulator.lambda_runtime import require_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType


def rebind(eventbridge: ModuleType) -> None:
    """Let what invokes the targets of schedules, and of rules, fill in the inputs of schedules first."""
    require_private(eventbridge, ("_invoke_target",))
    invoke_as_before = eventbridge._invoke_target  # noqa: SLF001 - what this module is for

    def invoke(target: Mapping[str, Any], event: Mapping[str, Any], *rest: Any) -> Any:
        return invoke_as_before(filled_in(target, event), event, *rest)

    eventbridge._invoke_target = invoke  # type: ignore[attr-defined]  # noqa: SLF001 - the same


def filled_in(target: Mapping[str, Any], event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a target as Scheduler invokes it; one of a rule as it is. The time is that of the run."""
    if event["Source"] != "aws.scheduler" or "Input" not in target:
        return target
    text: str = target["Input"]
    time = datetime.fromtimestamp(event["Time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name, value in {"schedule-arn": event["Resources"][0], "scheduled-time": time}.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return {**target, "Input": text}
