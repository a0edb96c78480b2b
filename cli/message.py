"""A message as the command line has it."""

from __future__ import annotations

from typing import Any

from cli.errors import MISUSED, Told


def message_of(template: str | None, params: list[str], sign: str | None) -> dict[str, Any]:
    """The message as the contract has it, without its recipients; what the stack has defaults for is left out."""
    values = dict(map(param_of, params))
    if len(values) < len(params):
        raise Told("--param names a variable twice", MISUSED)
    message = {"template_code": template, "sign_name": sign, "template_param": values}
    return {name: value for name, value in message.items() if value}


def param_of(text: str) -> tuple[str, str]:
    """The name and the value of a template's variable. What is wrong is not repeated: it may be the value."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Told("--param takes name=value", MISUSED)
    return name, value


def listed(given: list[str]) -> list[str]:
    """What is said several times, or with commas between."""
    return [one.strip() for each in given for one in each.split(",") if one.strip()]
