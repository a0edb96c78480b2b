"""What the Makefile's variables mean to the local cloud."""

import json
from pathlib import Path

import pytest

from local.errors import BadSetting
from local.parameters import read_parameters
from local.settings import ROOT as PROJECT
from local.settings import read_settings
from local.simulator_process import simulator

ROOT = Path("/project")


def test_without_variables_the_defaults_hold() -> None:
    settings = read_settings({}, ROOT)

    assert settings.directory == ROOT / ".local"
    assert settings.emulator_url == "http://127.0.0.1:4566"
    assert settings.simulator_url == settings.provider_url == "http://127.0.0.1:9100"
    assert settings.template == ROOT / "template.yaml"
    assert settings.parameters == {}


def test_an_empty_variable_is_as_none() -> None:
    empty = dict.fromkeys(
        ["LOCAL_DIR", "GATEWAY_PORT", "SIMULATOR_PORT", "SMS_ENDPOINT", "PARAMETERS", "TEMPLATE", "REGISTRY"], ""
    )

    assert read_settings(empty, ROOT) == read_settings({}, ROOT)


def test_another_provider_takes_the_simulators_place() -> None:
    settings = read_settings({"SMS_ENDPOINT": "http://127.0.0.1:9000"}, ROOT)

    assert settings.provider_url == "http://127.0.0.1:9000"
    assert settings.simulator_url is None


def test_an_absolute_directory_is_taken_as_it_is() -> None:
    assert read_settings({"LOCAL_DIR": "/elsewhere"}, ROOT).directory == Path("/elsewhere")


@pytest.mark.parametrize(
    ("directory", "command"),
    [
        ("", "make down"),
        (".local", "make down"),
        (".local-2", "make down LOCAL_DIR=.local-2"),
        ("/else where", "make down LOCAL_DIR='/else where'"),
    ],
)
def test_how_to_stop_it_names_its_directory(directory: str, command: str) -> None:
    assert read_settings({"LOCAL_DIR": directory}, PROJECT).stop_command == command


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
    assert read_parameters(text, ROOT) == parameters


MESSAGE = '{"phone_numbers": ["13800138000"], "template_param": {"name": "O\'Neil \\\\ {x"}}'


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        (f"ScheduleInput={MESSAGE}", {"ScheduleInput": MESSAGE}),
        (f"A=1 ScheduleInput={MESSAGE} B='2 3'", {"A": "1", "ScheduleInput": MESSAGE, "B": "2 3"}),
        ('ScheduleInput=["a", "b c"]\nB=', {"ScheduleInput": '["a", "b c"]', "B": ""}),
        ("Empty= Other=2", {"Empty": "", "Other": "2"}),
    ],
)
def test_json_in_parameters_stays_as_it_is(text: str, parameters: dict[str, str]) -> None:
    assert read_parameters(text, ROOT) == parameters


def test_parameters_can_stand_in_a_file(tmp_path: Path) -> None:
    message = {"phone_numbers": ["13800138000"], "sign_name": "阿里云短信测试"}
    document = {"SignName": "北岸书店", "MemorySize": 256, "ScheduleInput": message}
    (tmp_path / "mine.json").write_text(json.dumps(document))

    parameters = read_parameters(" mine.json ", tmp_path)

    assert (parameters["SignName"], parameters["MemorySize"]) == ("北岸书店", "256")
    assert json.loads(parameters["ScheduleInput"]) == message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "PARAMETERS: mine.json is no JSON: line 1, column 2"),
        ("[]", "PARAMETERS: mine.json holds no object of names and values"),
        (None, "PARAMETERS: mine.json is neither Name=Value nor a file"),
    ],
)
def test_a_file_that_holds_no_parameters_is_refused(tmp_path: Path, content: str | None, reason: str) -> None:
    if content:
        (tmp_path / "mine.json").write_text(content)

    with pytest.raises(BadSetting, match=reason):
        read_parameters("mine.json", tmp_path)


@pytest.mark.parametrize(
    "text", ["Name", "=Value", "Na-me=1", "'Name=open", "Name='open", 'Name={"open": 1', "Name={}Other=1"]
)
def test_what_is_no_parameter_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="PARAMETERS"):
        read_parameters(text, ROOT)


@pytest.mark.parametrize("text", ["{phone_numbers:", "hello", "''"])
def test_what_a_schedule_cannot_send_is_refused_before_anything_is_deployed(text: str) -> None:
    with pytest.raises(BadSetting, match="PARAMETERS: ScheduleInput is no JSON: line 1, column"):
        read_settings({"PARAMETERS": f"ScheduleInput='{text}'"}, ROOT)


def test_one_s_own_signatures_and_templates_are_read_from_the_projects_root() -> None:
    assert read_settings({"REGISTRY": "mine.json"}, ROOT).registry == ROOT / "mine.json"
    assert read_settings({}, ROOT).registry is None


def test_the_simulator_is_given_ones_own_signatures_and_templates() -> None:
    command = simulator(read_settings({"REGISTRY": "mine.json"}, ROOT)).command

    assert list(command[-2:]) == ["--registry", str(ROOT / "mine.json")]
