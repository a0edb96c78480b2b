"""Functions of one's own with the layer, deployed beside the stack by the commands of docs/own-function.md."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_readme import PRELUDE, environment_of
from tests.e2e.test_stack_permissions import as_root
from tests.pages import OWN_FUNCTION, ROOT, blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.conftest import Stack

    Invoke = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.xdist_group("stack")

PROVIDER = "https://dysmsapi.aliyuncs.com"
NAME = "orders"  # of the stack


@pytest.fixture(scope="module")
def invoke(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Invoke]:
    """Invoke one of them by its logical id, with fields of an event."""
    folder = tmp_path_factory.mktemp("examples") / "lambda"
    shutil.copytree(ROOT / "examples/lambda", folder, ignore=shutil.ignore_patterns("__pycache__", ".aws-sam"))
    template = folder / "template.yaml"
    template.write_text(template.read_text("utf-8").replace(PROVIDER, str(stack.outputs.simulator_url)), "utf-8")
    [commands] = blocks("sh", OWN_FUNCTION.section("Deploying it"))
    environment = environment_of(stack, tmp_path_factory.mktemp("temporary"))
    typed = ["bash", "-c", PRELUDE + commands]
    done = subprocess.run(typed, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - the page's
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    cloudformation = as_root(stack, "cloudformation")
    [described] = cloudformation.describe_stacks(StackName=NAME)["Stacks"]
    names = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    def invoked(function: str, **event: str) -> dict[str, Any]:
        answer = stack.client("lambda").invoke(FunctionName=names[function], Payload=json.dumps(event))
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return dict(said)

    yield invoked
    cloudformation.delete_stack(StackName=NAME)


def test_with_the_ledger_a_key_is_sent_once_and_counts_as_that_of_a_caller(stack: Stack, invoke: Invoke) -> None:
    order = {"phone_number": "18900189050", "name": "王小明", "order": "1042"}

    first, second = (invoke("WithLedgerFunction", **order) for _ in range(2))

    assert (first["status"], second) == ("accepted", first | {"duplicate": True})
    [received] = stack.received("18900189050")
    assert "您的订单1042已发货" in received["content"]
    table, row = stack.outputs.messages_table, {"pk": {"S": "usage"}}
    item = stack.client("dynamodb").get_item(TableName=table, Key=row)["Item"]
    assert item["caller#function:orders"] == {"N": "1"}


def test_what_it_sent_can_be_looked_up_in_the_ledger(stack: Stack, invoke: Invoke) -> None:
    result = invoke("WithLedgerFunction", phone_number="18900189051", name="王小明", order="1043")

    key = {"pk": {"S": f"message#{result['message_id']}"}}
    item = stack.client("dynamodb").get_item(TableName=stack.outputs.messages_table, Key=key)["Item"]
    assert (item["door"]["S"], item["scope"]["S"]) == ("request", "function:orders")


def test_with_the_client_alone_each_invocation_sends(stack: Stack, invoke: Invoke) -> None:
    answers = [invoke("ClientAloneFunction", phone_number="18900189052", code="482913") for _ in range(2)]

    assert [answer["code"] for answer in answers] == ["OK", "OK"]
    assert len(stack.received("18900189052")) == 2
