"""The files that others put into their own systems; tests/e2e/test_alertmanager.py runs those of Alertmanager."""

from __future__ import annotations

import re

from sources.prometheus import FORMAT
from tests.template.conftest import of_type, parsed, translate
from tests.workbench.functions import ROOT

EXAMPLES = ROOT / "examples"


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
