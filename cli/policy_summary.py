"""What a policy means, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.masking import scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LISTS = {"sign_names": "signatures", "template_codes": "templates", "countries": "countries"}
NUMBERS = {"max_recipients": "recipients a message", "daily_recipients": "recipients a day"}


def summary(document: Mapping[str, Any]) -> dict[str, str]:
    """A line for each rule by its place, in the order in which they are looked at."""
    rules = document.get("callers", [])
    callers = {f"callers[{place}]": _caller(rule) for place, rule in enumerate(rules)}
    has_all = any("*" in rule["principals"] for rule in rules)
    others = {} if has_all else {"other callers": "as the stack has it"}
    templates = {code: _variables(rule["variables"]) for code, rule in document.get("templates", {}).items()}
    return {**callers, **others, **templates, "other templates": "any values"}


def _caller(rule: Mapping[str, Any]) -> str:
    return f"{', '.join(map(_principal, rule['principals']))}: {'; '.join(_said(rule)) or 'as the stack has it'}"


def _principal(name: str) -> str:
    """As it stands there; the subject of a token may be somebody's number."""
    return scrubbed(name) if name.startswith("jwt:") else name


def _said(rule: Mapping[str, Any]) -> Iterator[str]:
    for name, what in LISTS.items():
        if name in rule:
            yield f"{what} {', '.join(rule[name]) or '(none)'}"
    for name, what in NUMBERS.items():
        if name in rule:
            yield f"{int(rule[name]):,} {what}"


def _variables(variables: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name} up to {int(each['max_length'])} characters" for name, each in variables.items())
    return told or "no variables"
