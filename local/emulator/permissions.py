"""Names what policies speak of: the actions on one event source mapping, its function, and an item's partition key.

MiniStack 1.5.33 judges by none of them.

Source: docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html and list_amazondynamodb.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.emulator.lambda_runtime import require_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

MAPPING = re.compile(r"/[0-9-]+/event-source-mappings/([^/]+)")
MAPPING_ARN = ":event-source-mapping:"
VERBS = {"GET": "Get", "PUT": "Update", "DELETE": "Delete"}


def rebind(actions: ModuleType, evaluator: ModuleType, lambda_svc: ModuleType) -> None:
    """Let requests be judged by all that AWS judges them by, as far as our policies use it."""
    require_private(actions, ("_lambda_action", "dynamodb_service_context"))
    require_private(evaluator, ("enforce",))
    require_private(lambda_svc, ("_esms",))
    action_as_before = actions._lambda_action  # noqa: SLF001 - what this module is for
    keys_as_before, enforce_as_before = actions.dynamodb_service_context, evaluator.enforce

    def action(method: str, path: str) -> str | None:
        return action_on_mapping(method, path) or action_as_before(method, path)

    def keys(body: bytes) -> dict[str, Any]:
        return {**keys_as_before(body), **leading_keys(body)}

    def enforce(*asked: Any, resource_arn: str = "*", **context: Any) -> Any:
        if MAPPING_ARN in resource_arn:
            of_function = function_of(lambda_svc._esms, resource_arn)  # noqa: SLF001 - the same
            context["service_context"] = {**(context.get("service_context") or {}), **of_function}
        return enforce_as_before(*asked, resource_arn=resource_arn, **context)

    actions._lambda_action = action  # type: ignore[attr-defined]  # noqa: SLF001 - the same
    actions.dynamodb_service_context = keys  # type: ignore[attr-defined]
    evaluator.enforce = enforce  # type: ignore[attr-defined]


def action_on_mapping(method: str, path: str) -> str | None:
    """Give the action of a request for one event source mapping."""
    return f"{VERBS[method]}EventSourceMapping" if MAPPING.fullmatch(path) and method in VERBS else None


def function_of(mappings: Mapping[str, Any], arn: str) -> dict[str, str]:
    """Give the function that an event source mapping invokes, as a condition names it."""
    mapping = mappings.get(arn.rpartition(":")[2])
    return {"lambda:FunctionArn": mapping["FunctionArn"]} if mapping else {}


def leading_keys(body: bytes) -> dict[str, list[str]]:
    """Give the partition key of a request for one item of a table that has no sort key."""
    try:
        key = json.loads(body or b"{}").get("Key", {})
        [[(_, value)]] = [list(typed.items()) for typed in key.values()]
    except (ValueError, AttributeError):
        return {}
    return {"dynamodb:LeadingKeys": [str(value)]}
