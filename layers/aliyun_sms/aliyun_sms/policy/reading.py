"""A policy from its JSON text, with every fault named by its place; and the schema of such a text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import Fault, InvalidMessage, InvalidPolicy
from aliyun_sms.message.document import read_document
from aliyun_sms.message.fields import LONGEST_NAME
from aliyun_sms.message.reach import COUNTRIES, MOST_NUMBERS

from .document import ALL_COUNTRIES, CallerRule, Policy, TemplateRule
from .principals import EVERYBODY, PRINCIPAL, mistake_in
from .shapes import ListOf, MapOf, Members, OneOf, Text, Whole

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 100_000  # a row of the table holds four times as much
MOST_RULES = 500
MOST_NAMES = 1000  # of principals, signatures or templates, in one rule
MOST_TEMPLATES = 1000
MOST_VARIABLES = 50
LONGEST_VALUE = 500  # characters: the whole text of an SMS has no more
MOST_A_DAY = 100_000_000

_SIGN_NAME = Text(rf"[^\x00-\x1f\x7f-\x9f]{{1,{LONGEST_NAME}}}", "is no signature", "An approved signature.")
_TEMPLATE_CODE = Text(rf"[A-Za-z0-9_]{{1,{LONGEST_NAME}}}", "is no template's code", "Such as SMS_154950909.")
_VARIABLE = Text(r"[A-Za-z0-9_]{1,40}", "is no variable's name", "As it stands in the template's ${…}.")
_PRINCIPAL = Text(
    PRINCIPAL,
    "is no principal: an id such as AROA…, an ARN of IAM or STS, jwt: with a subject, or *",
    "An IAM principal's unique id, an ARN in which * stands for any text but a colon, jwt: with a subject, or *.",
)
_COUNTRY = OneOf(COUNTRIES | {ALL_COUNTRIES}, "is no country code of ISO 3166")

CALLER = Members(
    {
        "principals": ListOf(_PRINCIPAL, MOST_NAMES, "Whom the rule is for.", least=1),
        "sign_names": ListOf(_SIGN_NAME, MOST_NAMES, "The only signatures; else any."),
        "template_codes": ListOf(_TEMPLATE_CODE, MOST_NAMES, "The only templates; else any."),
        "countries": ListOf(_COUNTRY, len(COUNTRIES) + 1, "In the place of AllowedCountries; * is all."),
        "max_recipients": Whole(1, MOST_NUMBERS, "Of a message, in the place of MaxRecipientsPerRequest."),
        "daily_recipients": Whole(1, MOST_A_DAY, "Recipients a day, in the place of the stack's cap for a caller."),
    },
    ("principals",),
)
TEMPLATE = Members(
    {
        "variables": MapOf(
            _VARIABLE,
            Members({"max_length": Whole(1, LONGEST_VALUE, "The most characters of a value.")}, ("max_length",)),
            MOST_VARIABLES,
            "All variables of the template.",
        )
    },
    ("variables",),
)
POLICY = Members(
    {
        "callers": ListOf(CALLER, MOST_RULES, "The first rule that fits a caller of the HTTP API is the caller's."),
        "templates": MapOf(
            _TEMPLATE_CODE, TEMPLATE, MOST_TEMPLATES, "By code. One that is not named takes any values."
        ),
    }
)


def read_policy(text: str) -> Policy:
    """The policy in a JSON text; raises InvalidPolicy with every fault."""
    if (size := len(text.encode(errors="replace"))) > MOST_BYTES:
        raise InvalidPolicy([Fault("policy", f"has {size} bytes, at most {MOST_BYTES}")])
    try:
        document = read_document(text, "policy", number=json.loads)
    except InvalidMessage as invalid:
        raise InvalidPolicy(invalid.faults) from None
    if not isinstance(document, dict):
        raise InvalidPolicy([Fault("policy", "must be an object")])
    if faults := list(POLICY.faults(document, "")) or list(_mistakes(document)):
        raise InvalidPolicy(faults)
    return _policy(document)


def policy_schema() -> dict[str, object]:
    """JSON Schema (2020-12) of a policy."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Policy", **POLICY.schema()}


def _mistakes(document: dict[str, Any]) -> Iterator[Fault]:
    """What no schema can say: names that are none of a caller, and rules that no caller comes to."""
    seen: dict[str, str] = {}
    for position, rule in enumerate(document.get("callers", [])):
        for number, principal in enumerate(rule["principals"]):
            place = f"callers[{position}].principals[{number}]"
            if mistake := mistake_in(principal):
                yield Fault(place, mistake)
            if earlier := seen.get(principal) or seen.get(EVERYBODY):
                yield Fault(place, f"is never looked at, since {earlier} is for the same callers")
            seen.setdefault(principal, place)


def _policy(document: dict[str, Any]) -> Policy:
    return Policy(
        tuple(_caller(f"callers[{position}]", rule) for position, rule in enumerate(document.get("callers", []))),
        {code: _template(rule) for code, rule in document.get("templates", {}).items()},
    )


def _caller(place: str, rule: dict[str, Any]) -> CallerRule:
    lists = {name: frozenset(value) for name, value in rule.items() if isinstance(value, list)}
    numbers = {name: int(value) for name, value in rule.items() if name not in lists}
    return CallerRule(place, **{**lists, **numbers})  # type: ignore[arg-type]


def _template(rule: dict[str, Any]) -> TemplateRule:
    return TemplateRule({name: int(each["max_length"]) for name, each in rule["variables"].items()})
