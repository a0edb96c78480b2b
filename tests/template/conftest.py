"""template.yaml as text, as data, and as CloudFormation gets it from SAM."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import Any

import pytest
import yaml

from tests.workbench.functions import ROOT

Resources = dict[str, dict[str, Any]]
TEMPLATE = ROOT / "template.yaml"
LOCAL_PYTHON = ROOT / ".venv" / "local" / "bin" / "python"  # where SAM's translator is
TRANSLATE = """
import json, sys
from samtranslator.translator.transform import transform

class NoPolicies:
    def load(self): return {}

json.dump(transform(json.load(sys.stdin), {}, NoPolicies()), sys.stdout)
"""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags in their long form."""


def _function(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value = _value(loader, node)
    if tag == "GetAtt":
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


def _value(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _function)


@cache
def read() -> Any:
    return parsed(TEMPLATE.read_text(encoding="utf-8"))


def parsed(text: str) -> Any:
    """A template as data."""
    return yaml.load(text, _Loader)  # noqa: S506 - a safe loader, with tags


@cache
def translated() -> Any:
    return translate(read())


def translate(template: Any) -> Any:
    """What SAM makes of a template, in a China region."""
    source = json.loads(json.dumps(template))
    for resource in source["Resources"].values():
        for uri in ("CodeUri", "ContentUri"):
            if uri in resource["Properties"]:
                resource["Properties"][uri] = "s3://bucket/key"  # as `sam package` would have it
    command = [str(LOCAL_PYTHON), "-c", TRANSLATE]
    environment = {"AWS_DEFAULT_REGION": "cn-north-1", "PYTHONWARNINGS": "ignore"}
    asked = json.dumps(source)
    done = subprocess.run(command, env=environment, input=asked, capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(done.stdout)


def of_type(resources: Resources, kind: str) -> Resources:
    return {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}


def functions() -> Resources:
    return of_type(read()["Resources"], "AWS::Serverless::Function")


def target(reference: dict[str, Any]) -> str:
    """The logical id that a Ref or GetAtt means; a Sub as it is."""
    if "Fn::Sub" in reference:
        return str(reference["Fn::Sub"])
    return str(reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0])


@pytest.fixture
def text() -> str:
    return TEMPLATE.read_text(encoding="utf-8")


@pytest.fixture
def template() -> Any:
    return read()


@pytest.fixture
def cloudformation() -> Any:
    """What SAM makes of the project's."""
    return translated()
