"""The files that others put into their own systems; tests/e2e/test_alertmanager.py runs those of Alertmanager."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from sources.prometheus import FORMAT
from tests.pages import OWN_FUNCTION
from tests.template.conftest import of_type, parsed, read, translate
from tests.workbench.functions import ROOT

EXAMPLES = ROOT / "examples"


LAMBDA = "lambda/template.yaml"


def text(name: str) -> str:
    return (EXAMPLES / name).read_text(encoding="utf-8")


def definition(name: str) -> str:
    """A template without its comment."""
    return text(name).partition('{{ define "aliyun_sms.message" -}}')[2]


def test_grafanas_template_is_alertmanagers_but_for_its_source_and_the_value_that_it_has_besides() -> None:
    grafanas = definition("grafana.tmpl").replace('"source":"grafana"', '"source":"alertmanager"')
    value = '"annotations":{"value":"{{ .ValueString | urlquery }}"\n{{- range .Annotations.SortedPairs }},'
    usual = '"annotations":{\n{{- range $at, $pair := .Annotations.SortedPairs }}{{ if $at }},{{ end }}'

    assert value in grafanas
    assert grafanas.replace(value, usual) == definition("alertmanager.tmpl")


def test_managed_prometheus_has_the_template_and_the_configuration_of_alertmanager() -> None:
    managed, own = parsed(text("managed_prometheus.yml")), parsed(text("alertmanager.yml"))
    (template,) = managed["template_files"].values()
    configuration = parsed(managed["alertmanager_config"])
    (receiver,), (owns,) = configuration["receivers"], own["receivers"]
    of_place = ("topic_arn", "sigv4")

    assert template.partition('{{ define "aliyun_sms.message" -}}')[2] == definition("alertmanager.tmpl")
    assert configuration["templates"] == list(managed["template_files"])
    assert configuration["route"] == own["route"]
    for settings in (*receiver["sns_configs"], *owns["sns_configs"]):
        assert settings["sigv4"]["region"] in settings["topic_arn"]
        for name in of_place:
            del settings[name]
    assert receiver == owns


def test_each_text_of_a_template_goes_through_urlquery_and_its_format_is_the_one_that_the_door_reads() -> None:
    for name in ("alertmanager.tmpl", "grafana.tmpl"):
        written = re.findall(r"\{\{-? (\.\w+)( \| urlquery)? -?\}\}", definition(name))

        statuses = [field for field, query in written if not query]  # of the notification, and of each alert
        assert statuses == [".Status", ".Status"]
        assert f'"format":"{FORMAT}"' in definition(name)


def test_the_alarm_tells_the_topic_of_its_recovery_too() -> None:
    (alarm,) = of_type(translate(parsed(text("cloudwatch_alarm.yaml")))["Resources"], "AWS::CloudWatch::Alarm").values()

    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlertsTopicArn"}]


def granted(resources: Any, role: str) -> list[tuple[Any, Any]]:
    """What a role may do, and on which conditions."""
    [policy] = resources[role]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    return [(statement["Action"], statement.get("Condition")) for statement in statements]


def test_a_function_of_ones_own_may_do_what_the_request_door_may_and_without_the_ledger_less() -> None:
    resources = parsed(text(LAMBDA))["Resources"]
    doors = granted(read()["Resources"], "SendOnRequestRole")

    assert granted(resources, "WithLedgerRole") == doors
    assert granted(resources, "ClientAloneRole") == doors[:2]


def test_it_has_the_time_that_the_request_door_has() -> None:
    door = read()["Resources"]["SendOnRequestFunction"]["Properties"]

    assert parsed(text(LAMBDA))["Globals"]["Function"]["Timeout"] == door["Timeout"]


def test_what_it_is_told_of_the_stack_are_outputs_and_parameters_of_that() -> None:
    told = {name for name, each in parsed(text(LAMBDA))["Parameters"].items() if "Default" not in each}

    assert told <= {*read()["Outputs"], *read()["Parameters"]}


def test_it_deploys_in_any_partition() -> None:
    assert "arn:aws" not in text(LAMBDA)


@pytest.mark.parametrize(("example", "lines"), re.findall(r"lambda/(\w+)/app\.py\), (\d+) lines", OWN_FUNCTION.text))
def test_it_is_as_short_as_the_page_says(example: str, lines: str) -> None:
    code = text(f"lambda/{example}/app.py")
    documented = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Module | ast.FunctionDef)]
    docstrings = {node.body[0].lineno for node in documented}

    assert len([n for n, line in enumerate(code.splitlines(), 1) if line.strip() and n not in docstrings]) == int(lines)
