"""What requests to the emulator are judged by, beside what it knows itself."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from local.emulator.permissions import action_on_mapping, leading_keys, rebind

UUID = "14e0db71-5d35-4eb5-b481-8945cf9d10c2"
PATH = f"/2015-03-31/event-source-mappings/{UUID}"
ARN = f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{UUID}"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:stack-SendFromQueueFunction-1"
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/t"


class Actions(ModuleType):
    """Stands in for what reads a request."""

    def __init__(self) -> None:
        super().__init__("ministack.core.iam_actions")
        self._lambda_action: Any = lambda _method, _path: "ListEventSourceMappings"
        self.dynamodb_service_context: Any = lambda _body: {"dynamodb:Select": "ALL_ATTRIBUTES"}


class Evaluator(ModuleType):
    """Stands in for what judges; remembers what it judged by."""

    def __init__(self) -> None:
        super().__init__("ministack.core.iam_evaluator")
        self.judged: list[Any] = []
        self.enforce: Any = lambda *_, service_context=None, **__: self.judged.append(service_context)


class LambdaService(ModuleType):
    """Stands in for what has the mappings."""

    def __init__(self) -> None:
        super().__init__("ministack.services.lambda_svc")
        self._esms = {UUID: {"FunctionArn": FUNCTION}}


@pytest.fixture
def actions() -> Actions:
    return Actions()


@pytest.fixture
def evaluator(actions: Actions) -> Evaluator:
    """The same as they are on the local cloud."""
    made = Evaluator()
    rebind(actions, made, LambdaService())
    return made


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("GET", PATH, "GetEventSourceMapping"),
        ("PUT", PATH, "UpdateEventSourceMapping"),
        ("DELETE", PATH, "DeleteEventSourceMapping"),
        ("GET", "/2015-03-31/event-source-mappings/", None),
        ("POST", "/2015-03-31/event-source-mappings", None),
        ("GET", "/2015-03-31/functions/f", None),
    ],
)
def test_a_request_for_one_mapping_has_an_action_of_its_own(method: str, path: str, action: str | None) -> None:
    assert action_on_mapping(method, path) == action


@pytest.mark.usefixtures("evaluator")
def test_other_requests_have_the_action_that_they_had(actions: Actions) -> None:
    assert actions._lambda_action("PUT", PATH) == "UpdateEventSourceMapping"  # noqa: SLF001 - what was rebound
    assert actions._lambda_action("GET", "/2015-03-31/event-source-mappings/") == "ListEventSourceMappings"  # noqa: SLF001 - the same


def test_a_mapping_is_judged_by_its_function(evaluator: Evaluator) -> None:
    evaluator.enforce("AKIA", "lambda:UpdateEventSourceMapping", "lambda", "us-east-1", resource_arn=ARN)
    evaluator.enforce("AKIA", "dynamodb:GetItem", "dynamodb", "us-east-1", resource_arn=TABLE)

    assert evaluator.judged == [{"lambda:FunctionArn": FUNCTION}, None]


def test_a_mapping_that_is_not_there_has_no_function(evaluator: Evaluator) -> None:
    evaluator.enforce("AKIA", "lambda:GetEventSourceMapping", "lambda", "us-east-1", resource_arn=f"{ARN}-gone")

    assert evaluator.judged == [{}]


@pytest.mark.usefixtures("evaluator")
def test_an_item_is_judged_by_its_partition_key(actions: Actions) -> None:
    body = json.dumps({"TableName": "t", "Key": {"pk": {"S": "usage"}}}).encode()

    assert actions.dynamodb_service_context(body) == {
        "dynamodb:Select": "ALL_ATTRIBUTES",
        "dynamodb:LeadingKeys": ["usage"],
    }


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"{}", b'{"Key": {}}', b'{"Key": {"pk": "usage"}}'])
def test_a_request_for_no_item_has_none(body: bytes) -> None:
    assert leading_keys(body) == {}


def test_another_version_of_the_emulator_is_refused() -> None:
    with pytest.raises(SystemExit, match="_lambda_action"):
        rebind(*(ModuleType(name) for name in ("actions", "evaluator", "lambda_svc")))
