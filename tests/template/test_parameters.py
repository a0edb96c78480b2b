"""What an operator sets, and the variables that the functions read it from."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aws_lambda_powertools.shared import constants

from aliyun_sms.errors import InvalidSettings
from aliyun_sms.settings import read_settings
from tests.template.conftest import functions, read

PARAMETERS = pytest.mark.parametrize("parameter", read()["Parameters"])


@PARAMETERS
def test_a_parameter_is_described_in_a_sentence(template: Any, parameter: str) -> None:
    assert template["Parameters"][parameter]["Description"].endswith(".")


@PARAMETERS
def test_a_parameter_stands_in_one_group(template: Any, parameter: str) -> None:
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    assert [parameter in group["Parameters"] for group in groups].count(True) == 1


@PARAMETERS
def test_a_parameter_is_used(text: str, parameter: str) -> None:
    assert re.search(rf"!Ref {parameter}\b", text)


def test_the_template_can_be_deployed_without_any_parameter(template: Any) -> None:
    assert [name for name, parameter in template["Parameters"].items() if "Default" not in parameter] == []


class Recording(dict[str, str]):
    """An environment that remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def test_the_variables_are_those_that_the_settings_read(template: Any) -> None:
    environment = Recording()
    with pytest.raises(InvalidSettings):
        read_settings(environment)
    given = set(template["Globals"]["Function"]["Environment"]["Variables"])
    given |= {
        name for function in functions().values() for name in function.get("Environment", {}).get("Variables", {})
    }

    ours = {name for name in given if not name.startswith("POWERTOOLS_")}
    assert ours == {name for name in environment.asked if not name.startswith("ALIBABA_CLOUD_")}


def test_the_variables_of_powertools_are_ones_that_it_reads(template: Any) -> None:
    read_by_powertools = {value for value in vars(constants).values() if isinstance(value, str)}
    given = [name for name in template["Globals"]["Function"]["Environment"]["Variables"] if "POWERTOOLS" in name]

    assert given
    assert set(given) <= read_by_powertools


@pytest.mark.parametrize(
    ("function", "parameter", "condition"),
    [
        ("SendOnRequestFunction", "RequestReservedConcurrency", "RequestHasReserve"),
        ("SettleSendsFunction", "SettleReservedConcurrency", "SettleHasReserve"),
    ],
)
def test_what_the_queue_must_not_starve_has_a_reserve_unless_the_parameter_is_nothing(
    template: Any, function: str, parameter: str, condition: str
) -> None:
    given = template["Parameters"][parameter]
    reserved = functions()[function]["ReservedConcurrentExecutions"]

    assert (given["Type"], given["Default"], given["MinValue"]) == ("Number", 0, 0)
    assert reserved == {"Fn::If": [condition, {"Ref": parameter}, {"Ref": "AWS::NoValue"}]}
    assert template["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, "0"]}]}


def test_the_queue_and_the_schedule_have_no_reserve() -> None:
    """The one has a maximum, the other waits in Lambda's own queue."""
    reserves = {name for name, each in functions().items() if "ReservedConcurrentExecutions" in each}

    assert reserves == {"SendOnRequestFunction", "SettleSendsFunction"}


def test_every_supported_python_is_offered_and_one_the_layer_runs_on(template: Any) -> None:
    offered = ["python3.11", "python3.12", "python3.13", "python3.14"]

    assert template["Parameters"]["Runtime"]["AllowedValues"] == offered
    assert template["Resources"]["AliyunSmsLayer"]["Properties"]["CompatibleRuntimes"] == offered


@pytest.mark.parametrize("value", ["CN", "CN,HK,MO,TW", "CN, GB", "*"])
def test_countries_are_named_by_their_codes_or_all_by_a_star(template: Any, value: str) -> None:
    assert re.search(template["Parameters"]["AllowedCountries"]["AllowedPattern"], value)


@pytest.mark.parametrize("value", ["", "China", "cn", "CN,", "CN HK", "CN,*", "+86"])
def test_a_list_of_countries_that_is_none_is_refused_before_anything_is_deployed(template: Any, value: str) -> None:
    assert not re.search(template["Parameters"]["AllowedCountries"]["AllowedPattern"], value)


@pytest.mark.parametrize("value", ["", "13800138000", "+86 138-0013-8000, +1 (202) 555.0123"])
def test_the_only_recipients_are_numbers_with_commas_between_or_none(template: Any, value: str) -> None:
    assert re.search(template["Parameters"]["OnlyRecipients"]["AllowedPattern"], value)


def test_every_parameter_can_be_left_as_it_is_in_a_guided_deploy(template: Any) -> None:
    """For one with NoEcho, sam shows no default and asks until something is typed."""
    assert [name for name, parameter in template["Parameters"].items() if "NoEcho" in parameter] == []


def test_what_may_be_reached_is_the_same_for_all_functions_but_how_many_at_once_is_for_the_request_door(
    template: Any,
) -> None:
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    own = {
        name: each.get("Environment", {}).get("Variables", {}).get("SMS_MAX_RECIPIENTS")
        for name, each in functions().items()
    }

    assert shared["SMS_ALLOWED_COUNTRIES"] == {"Ref": "AllowedCountries"}
    assert shared["SMS_ONLY_RECIPIENTS"] == {"Ref": "OnlyRecipients"}
    assert {name: value for name, value in own.items() if value} == {
        "SendOnRequestFunction": {"Ref": "MaxRecipientsPerRequest"}
    }
