"""The table that a later stack adopts is the one of the template, as it is made by default."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.pages import OPERATIONS, blocks
from tests.template.conftest import read


def at_defaults(value: Any) -> Any:
    """A part of the template with its conditions as the parameters' defaults decide them."""
    if isinstance(value, list):
        return [at_defaults(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        condition, then, otherwise = value["Fn::If"]
        return at_defaults(then if _holds(condition) else otherwise)
    return {name: at_defaults(each) for name, each in value.items()}


def _holds(condition: str) -> bool:
    left, right = read()["Conditions"][condition]["Fn::Equals"]
    return bool(read()["Parameters"][left["Ref"]]["Default"] == right)


def test_the_template_to_import_by_holds_the_ledger_of_the_template_and_nothing_else() -> None:
    [commands] = blocks("sh", OPERATIONS.section("Adopting the table that stayed"))
    [text] = re.findall(r"<<'END'\n(.*?)^END$", commands, re.DOTALL | re.MULTILINE)

    assert yaml.safe_load(text) == {"Resources": {"MessagesTable": at_defaults(read()["Resources"]["MessagesTable"])}}
