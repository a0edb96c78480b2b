"""What the Makefile's variables mean to the local cloud."""

from pathlib import Path

import pytest

from local.errors import BadSetting
from local.settings import read_parameters, read_settings

ROOT = Path("/project")


def test_without_variables_the_defaults_hold() -> None:
    settings = read_settings({}, ROOT)

    assert settings.directory == ROOT / ".local"
    assert settings.emulator_url == "http://127.0.0.1:4566"
    assert settings.simulator_url == settings.provider_url == "http://127.0.0.1:9100"
    assert settings.template == ROOT / "template.yaml"
    assert settings.parameters == {}


def test_an_empty_variable_is_as_none() -> None:
    empty = dict.fromkeys(["LOCAL_DIR", "GATEWAY_PORT", "SIMULATOR_PORT", "SMS_ENDPOINT", "PARAMETERS", "TEMPLATE"], "")

    assert read_settings(empty, ROOT) == read_settings({}, ROOT)


def test_another_provider_takes_the_simulators_place() -> None:
    settings = read_settings({"SMS_ENDPOINT": "http://127.0.0.1:9000"}, ROOT)

    assert settings.provider_url == "http://127.0.0.1:9000"
    assert settings.simulator_url is None


def test_an_absolute_directory_is_taken_as_it_is() -> None:
    assert read_settings({"LOCAL_DIR": "/elsewhere"}, ROOT).directory == Path("/elsewhere")


def test_a_cloud_within_a_cloud_has_a_directory_of_its_own() -> None:
    settings = read_settings({}, ROOT).within("demo")

    assert settings.outputs == ROOT / ".local/demo/outputs.json"


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_is_refused_by_its_variables_name(port: str) -> None:
    with pytest.raises(BadSetting, match="GATEWAY_PORT=" + port):
        read_settings({"GATEWAY_PORT": port}, ROOT)


def test_one_port_for_two_programs_is_refused() -> None:
    with pytest.raises(BadSetting, match="GATEWAY_PORT and SIMULATOR_PORT are both 9100"):
        read_settings({"GATEWAY_PORT": "9100"}, ROOT)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("", {}),
        ("Name=Value Other=2", {"Name": "Value", "Other": "2"}),
        ("Empty=", {"Empty": ""}),
        ("Equals=a=b", {"Equals": "a=b"}),
        ("SignName=阿里云短信测试", {"SignName": "阿里云短信测试"}),
        ("ScheduleExpression='cron(0 9 * * ? *)'", {"ScheduleExpression": "cron(0 9 * * ? *)"}),
        (r"""ScheduleInput='{"a": ["b", "c d"]}'""", {"ScheduleInput": '{"a": ["b", "c d"]}'}),
    ],
)
def test_parameters_are_quoted_as_in_a_shell(text: str, parameters: dict[str, str]) -> None:
    assert read_parameters(text) == parameters


@pytest.mark.parametrize("text", ["Name", "=Value", "Na-me=1", "'Name=open"])
def test_what_is_no_parameter_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="PARAMETERS"):
        read_parameters(text)
