"""A policy that an operator puts, as callers of the deployed stack meet it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.command import Command
from tests.e2e.conftest import wait_until
from tests.e2e.test_stack_permissions import user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.operations import Operations
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

NUMBER = "18900189401"
TEMPLATE = "SMS_200000004"
LONGEST = 35  # no more than the provider takes: nobody else's message is refused for it
A_MINUTE = 75  # seconds, with some to spare
MESSAGE = {"phone_numbers": [NUMBER], "template_code": TEMPLATE, "template_param": {"name": "王小明"}}


@pytest.fixture
def clerk(stack: Stack) -> Iterator[Operations]:
    """A user who may send."""
    may = f"arn:aws:execute-api:{stack.outputs.region}:*:*/*/POST/v1/messages"
    with user(stack, "policy-clerk", may) as operations:
        yield operations


@pytest.fixture
def policy(stack: Stack, tmp_path: Path, clerk: Operations) -> Iterator[None]:  # noqa: ARG001 - whom it names
    """Rules for one user and one template; nothing of them stays in the table."""
    rules = {
        "callers": [{"principals": ["arn:aws:iam::*:user/policy-clerk"], "sign_names": ["阿里云短信测试"]}],
        "templates": {TEMPLATE: {"variables": {"name": {"max_length": LONGEST}}}},
    }
    put(stack, tmp_path, rules)
    yield
    put(stack, tmp_path, {})


def put(stack: Stack, folder: Path, document: dict[str, Any]) -> None:
    file = folder / "policy.json"
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    Command(stack).run("policy", "put", str(file), "--yes")


def post(by: Operations, **fields: object) -> tuple[int, Any]:
    body = json.dumps(MESSAGE | {"sign_name": "阿里云短信测试"} | fields).encode()
    answer = by.request("POST", "/v1/messages", body, {"Idempotency-Key": f"policy-{uuid4()}"})
    return answer.status_code, answer.json()


@pytest.mark.usefixtures("policy")
def test_anothers_signature_is_403_a_long_value_400_and_other_callers_have_the_defaults(
    stack: Stack, clerk: Operations
) -> None:
    def refused() -> Any:
        """Until the policy is read, the provider refuses it: it does not know the signature."""
        status, answer = post(clerk, sign_name="别人的签名")
        return answer if status == 403 else None

    answer = wait_until("the policy is in force", refused, A_MINUTE)
    assert answer["errors"] == [{"field": "sign_name", "reason": "is not among callers[0].sign_names"}]
    assert answer["result"]["code"] == "client:not-allowed"

    status, answer = post(clerk, template_param={"name": "王" * (LONGEST + 1)})
    assert status == 400
    assert answer["errors"] == [{"field": "template_param.name", "reason": "has 36 characters, at most 35"}]
    assert stack.received(NUMBER) == []

    status, _ = post(clerk)
    others, _ = post(stack.operations, sign_name="北岸书店")
    assert (status, others) == (200, 200)
    assert len(stack.received(NUMBER)) == 2
