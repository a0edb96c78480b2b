"""Mends MiniStack's queue poller for a MaximumConcurrency that is a template parameter.

MiniStack 1.5.33 keeps the value of a Number parameter as text, and its poller fails when it compares it with a count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.lambda_runtime import require_private

if TYPE_CHECKING:
    from types import ModuleType


def rebind(lambda_svc: ModuleType) -> None:
    """Let the poller see numbers."""
    require_private(lambda_svc, ("_sqs_esm_concurrency",))
    before = lambda_svc._sqs_esm_concurrency  # noqa: SLF001 - what this module is for

    def concurrency(mapping: dict[str, Any], *rest: Any) -> Any:
        return before(with_whole_numbers(mapping), *rest)

    lambda_svc._sqs_esm_concurrency = concurrency  # type: ignore[attr-defined]  # noqa: SLF001 - the same


def with_whole_numbers(mapping: dict[str, Any]) -> dict[str, Any]:
    """Give an event source mapping whose scaling is in numbers, not in their text."""
    scaling = mapping.get("ScalingConfig") or {}
    return {**mapping, "ScalingConfig": {name: int(value) for name, value in scaling.items()}}
