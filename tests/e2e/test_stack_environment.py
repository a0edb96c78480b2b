"""What functions find on the local cloud is what they find on AWS."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

CODE = """
import os, sys
import aliyun_sms

def lambda_handler(event, context):
    if event:
        raise KeyError(event)
    seen = {"environment": dict(os.environ), "path": sys.path, "layer": aliyun_sms.__file__}
    return {**seen, "arn": context.invoked_function_arn}
"""


class Probe:
    """A function beside those of the stack, with the same layer and role."""

    def __init__(self, stack: Stack) -> None:
        self.aws = stack.client("lambda")
        like = self.aws.get_function_configuration(FunctionName=stack.outputs.functions["SendOnRequestFunction"])
        self.runtime = like["Runtime"]
        self.aws.create_function(
            FunctionName="probe",
            Runtime=self.runtime,
            Role=like["Role"],
            Handler="app.lambda_handler",
            Layers=[layer["Arn"] for layer in like["Layers"]],
            Environment={"Variables": {"DECLARED": "yes"}},
            Code={"ZipFile": packed(CODE)},
        )
        self.aws.get_waiter("function_active_v2").wait(FunctionName="probe", WaiterConfig={"Delay": 1})

    def invoke(self, event: Any) -> tuple[dict[str, Any], bool]:
        answer = self.aws.invoke(FunctionName="probe", Payload=json.dumps(event))
        return json.loads(answer["Payload"].read()), "FunctionError" in answer


def packed(code: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("app.py", code)
    return archive.getvalue()


@pytest.fixture(scope="module")
def probe(stack: Stack) -> Iterator[Probe]:
    made = Probe(stack)
    yield made
    made.aws.delete_function(FunctionName="probe")


def test_functions_run_under_awss_runtime_client(probe: Probe) -> None:
    answer, _ = probe.invoke({})

    assert answer["environment"]["AWS_EXECUTION_ENV"] == f"AWS_Lambda_{probe.runtime}"
    assert answer["arn"].endswith(":function:probe")


def test_functions_see_what_is_declared_and_nothing_of_the_machine(probe: Probe, stack: Stack) -> None:
    environment = probe.invoke({})[0]["environment"]

    assert environment["DECLARED"] == "yes"
    assert environment["AWS_REGION"] == stack.outputs.region
    assert not {"HOME", "USER", "GATEWAY_PORT", "LAMBDA_PYTHON", "AUTH", "TMPDIR"} & environment.keys()


def test_the_functions_code_comes_before_its_layers(probe: Probe) -> None:
    answer, _ = probe.invoke({})

    path = answer["path"]
    layer = next(folder for folder in path if answer["layer"].startswith(folder + "/"))
    assert path.index(answer["environment"]["LAMBDA_TASK_ROOT"]) < path.index(layer)


def test_an_exception_is_reported_with_its_type_and_stack_trace(probe: Probe) -> None:
    answer, failed = probe.invoke({"a": 1})

    assert failed
    assert answer["errorType"] == "KeyError"
    assert "raise KeyError(event)" in answer["stackTrace"][-1]
