"""Which stack a verb talks to, and that it says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cli.errors import Told
from cli.options import Options
from cli.place import find

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_it_is_aws_where_no_local_cloud_is_running() -> None:
    assert find(Options()).name == "AWS, region cn-north-1, stack aliyun-sms"


def test_it_is_the_local_cloud_where_one_is_running(make_up: Callable[[], None]) -> None:
    make_up()

    assert find(Options()).name.endswith("(http://127.0.0.1:4566), stack aliyun-sms")
    assert find(Options(local=True)).local


def test_aws_is_taken_on_demand_beside_a_local_cloud(make_up: Callable[[], None]) -> None:
    make_up()

    assert find(Options(aws=True, region="eu-west-1")).name == "AWS, region eu-west-1, stack aliyun-sms"


@pytest.mark.parametrize("option", [{"region": "eu-west-1"}, {"profile": "work"}])
def test_an_option_for_aws_beside_a_local_cloud_goes_nowhere(
    make_up: Callable[[], None], option: dict[str, Any]
) -> None:
    make_up()

    with pytest.raises(Told, match=r"add --aws") as told:
        find(replace(Options(), **option))

    assert told.value.code == 2


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (Options(local=True, aws=True), "exclude each other"),
        (Options(local=True), "`make up` starts one"),
    ],
)
def test_what_cannot_be_is_told(options: Options, line: str) -> None:
    with pytest.raises(Told, match=line):
        find(options)


def test_a_description_that_is_broken_is_told(place: Path) -> None:
    (place / "outputs.json").write_text("{")

    with pytest.raises(Told, match="cannot be read"):
        find(Options())


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_REGION": "cn-northwest-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "cn-northwest-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
    ],
)
def test_the_region_is_that_of_the_variables(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], region: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert f"region {region}," in find(Options()).name


def test_no_region_at_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    with pytest.raises(Told, match="say --region"):
        _ = find(Options()).name


@pytest.mark.parametrize("command", ["deploy", "global"])
def test_the_stack_is_the_one_of_samconfig(place: Path, command: str) -> None:
    (place / "samconfig.toml").write_text(f'[default.{command}.parameters]\nstack_name = "other"\n')

    assert find(Options()).stack == "other"
    assert find(Options(stack="third")).stack == "third"


def test_another_endpoint_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    assert "at http://127.0.0.1:1" in find(Options()).name
