"""A policy is read whole, and each of its faults is named by its place; its schema says the same."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from aliyun_sms.errors import InvalidPolicy
from aliyun_sms.policy.reading import CALLER, MOST_BYTES, policy_schema, read_policy
from tests.pages import GUARDS, blocks, names, rows
from tests.workbench.functions import ROOT

WHOLE: dict[str, Any] = {
    "callers": [
        {
            "principals": ["AROAEXAMPLEEXAMPLE1", "arn:aws-cn:iam::*:role/checkout-*"],
            "sign_names": ["北岸书店"],
            "template_codes": ["SMS_154950909"],
            "countries": ["CN", "HK"],
            "max_recipients": 10,
            "daily_recipients": 1,
        },
        {"principals": ["jwt:4711", "jwt:*"], "countries": ["*"], "template_codes": []},
        {"principals": ["arn:aws:sts::123456789012:assumed-role/billing/*", "123456789012"], "max_recipients": 1000},
        {"principals": ["*"], "daily_recipients": 2000},
    ],
    "templates": {"SMS_154950909": {"variables": {"code": {"max_length": 6}}}, "SMS_200000003": {"variables": {}}},
}
ANYBODY = ["*"]
CODES = "what is: principals, sign_names, template_codes, countries, max_recipients, daily_recipients"
PRINCIPAL = "is no principal: an id such as AROA…, an ARN of IAM or STS, jwt: with a subject, or *"


def caller(**members: object) -> dict[str, Any]:
    return {"callers": [{"principals": ANYBODY, **members}]}


def template(variables: object) -> dict[str, Any]:
    return {"templates": {"SMS_1": {"variables": variables}}}


SEEN_BY_THE_SCHEMA: list[tuple[Any, str]] = [
    ([], "policy: must be an object"),
    ({"caller": []}, "caller: is not known here: callers is meant, perhaps"),
    ({"callers": {}}, "callers: must be a list"),
    ({"callers": [1]}, "callers[0]: must be an object"),
    ({"callers": [{}]}, "callers[0].principals: is missing"),
    ({"callers": [{"principals": []}]}, "callers[0].principals: has 0 of 1 to 1000 that it may have"),
    ({"callers": [{"principals": "*"}]}, "callers[0].principals: must be a list"),
    ({"callers": [{"principals": [None]}]}, "callers[0].principals[0]: must be a string"),
    ({"callers": [{"principals": ["checkout"]}]}, f"callers[0].principals[0]: checkout {PRINCIPAL}"),
    ({"callers": [{"principals": [""]}]}, f"callers[0].principals[0]: an empty text {PRINCIPAL}"),
    ({"callers": [{"principals": ["jwt:"]}]}, f"callers[0].principals[0]: jwt: {PRINCIPAL}"),
    ({"callers": [{"principals": ["arn:aws:s3:::b"]}]}, f"callers[0].principals[0]: arn:aws:s3:::b {PRINCIPAL}"),
    ({"callers": ANYBODY * 501}, "callers: has 501 of 0 to 500 that it may have"),
    (caller(template_code=[]), "callers[0].template_code: is not known here: template_codes is meant, perhaps"),
    (caller(zone="eu"), f"callers[0].zone: is not known here; {CODES}"),
    (caller(countries=["GBR"]), "callers[0].countries[0]: GBR is no country code of ISO 3166"),
    (caller(countries=["CN", "uk"]), "callers[0].countries[1]: uk is no country code of ISO 3166"),
    (caller(countries=[44]), "callers[0].countries[0]: must be a string"),
    (caller(sign_names=["a\tb"]), "callers[0].sign_names[0]: a?b is no signature"),
    (caller(sign_names=["x" * 101]), f"callers[0].sign_names[0]: {'x' * 40} is no signature"),
    (caller(template_codes=["SMS-1"]), "callers[0].template_codes[0]: SMS-1 is no template's code"),
    (caller(daily_recipients=0), "callers[0].daily_recipients: must be a whole number from 1 to 100,000,000"),
    (caller(daily_recipients=1.5), "callers[0].daily_recipients: must be a whole number from 1 to 100,000,000"),
    (caller(daily_recipients=True), "callers[0].daily_recipients: must be a whole number from 1 to 100,000,000"),
    (caller(daily_recipients="5"), "callers[0].daily_recipients: must be a whole number from 1 to 100,000,000"),
    (caller(max_recipients=1001), "callers[0].max_recipients: must be a whole number from 1 to 1,000"),
    ({"templates": []}, "templates: must be an object"),
    ({"templates": {"SMS-1": {"variables": {}}}}, "templates: SMS-1 is no template's code"),
    ({"templates": {"SMS_154950909": {}}}, "templates.SMS_154950909.variables: is missing"),
    (template({"a b": {"max_length": 1}}), "templates.SMS_1.variables: a b is no variable's name"),
    (template({"code": {}}), "templates.SMS_1.variables.code.max_length: is missing"),
    (template({"code": {"max_length": 0}}), "templates.SMS_1.variables.code.max_length: must be a whole number"),
    (template({"code": {"max_length": 501}}), "templates.SMS_1.variables.code.max_length: must be a whole number"),
    (
        template({"code": {"max_length": 6, "optional": True}}),
        "templates.SMS_1.variables.code.optional: is not known here; what is: max_length",
    ),
    (
        template({f"v{place}": {"max_length": 1} for place in range(51)}),
        "templates.SMS_1.variables: has 51 of 50 that it may have",
    ),
]
BEYOND_THE_SCHEMA: list[tuple[Any, str]] = [
    (
        {"callers": [{"principals": ["AKIAIOSFODNN7EXAMPLE"]}]},
        "callers[0].principals[0]: is the id of an access key; a caller is known by that of its user (AIDA…)",
    ),
    (
        {"callers": [{"principals": ["arn:aws:iam::123456789012:role/service/checkout"]}]},
        "callers[0].principals[0]: has the path of a role, which no caller shows: write role/ and the name alone",
    ),
    (
        {"callers": [{"principals": ["jwt:1"]}, {"principals": ["jwt:2", "jwt:1"]}]},
        "callers[1].principals[1]: is never looked at, since callers[0].principals[0] is for the same callers",
    ),
    (
        {"callers": [{"principals": ANYBODY}, {"principals": ["jwt:2"]}]},
        "callers[1].principals[0]: is never looked at, since callers[0].principals[0] is for the same callers",
    ),
]
TEXTS = [
    ("", "policy: is empty"),
    ("{", "policy: is not JSON: Expecting property name enclosed in double quotes at line 1 column 2"),
    ('{"callers": [], "callers": []}', "policy: has an object with the same name twice"),
    (f'{{"callers": []{" " * MOST_BYTES}}}', f"policy: has {MOST_BYTES + 15} bytes, at most {MOST_BYTES}"),
    ('{"callers": NaN}', "policy: is not JSON: NaN, Infinity or nested too deep"),
]
JUDGE = """
import json, sys
from jsonschema import Draft202012Validator
schema, documents = json.load(sys.stdin)
Draft202012Validator.check_schema(schema)
print(json.dumps([Draft202012Validator(schema).is_valid(document) for document in documents]))
"""


def faults_of(text: str) -> list[str]:
    with pytest.raises(InvalidPolicy) as refused:
        read_policy(text)
    return list(map(str, refused.value.faults))


@pytest.mark.parametrize(("document", "fault"), [*SEEN_BY_THE_SCHEMA, *BEYOND_THE_SCHEMA], ids=str)
def test_a_fault_is_named_by_its_place(document: object, fault: str) -> None:
    assert faults_of(json.dumps(document))[0].startswith(fault)


@pytest.mark.parametrize(("text", "fault"), TEXTS, ids=[fault for _, fault in TEXTS])
def test_what_cannot_be_read_at_all_is_told(text: str, fault: str) -> None:
    assert faults_of(text) == [fault]


def test_all_faults_are_told_at_once() -> None:
    document = {**caller(countries=["GBR", "CN", "UK"], max_recipients=0), **template([])}

    assert [fault.partition(":")[0] for fault in faults_of(json.dumps(document))] == [
        "callers[0].countries[0]",
        "callers[0].countries[2]",
        "callers[0].max_recipients",
        "templates.SMS_1.variables",
    ]


def test_a_text_of_many_faults_tells_ten_and_how_many_more() -> None:
    with pytest.raises(InvalidPolicy, match=r"; and 5 more$"):
        read_policy(json.dumps(caller(countries=["XX"] * 15)))


def test_a_policy_as_large_as_it_may_be_is_read() -> None:
    text = json.dumps(WHOLE)

    assert read_policy(text + " " * (MOST_BYTES - len(text.encode())))


def test_a_policy_is_what_its_text_says() -> None:
    policy = read_policy(json.dumps(WHOLE))

    first, tokens, _, everybody = policy.callers
    assert (first.place, first.sign_names, first.countries) == ("callers[0]", {"北岸书店"}, {"CN", "HK"})
    assert (first.max_recipients, first.daily_recipients) == (10, 1)
    assert (tokens.template_codes, tokens.sign_names) == (frozenset(), None)
    assert (everybody.place, everybody.daily_recipients) == ("callers[3]", 2000)
    assert {code: dict(rule.longest) for code, rule in policy.templates.items()} == {
        "SMS_154950909": {"code": 6},
        "SMS_200000003": {},
    }


def test_the_example_of_the_page_is_a_policy_with_each_member_that_there_is() -> None:
    [example] = blocks("json", GUARDS.section("Who"))

    policy = read_policy(example)

    assert len(policy.templates) == 3
    assert {name for rule in json.loads(example)["callers"] for name in rule} == set(CALLER.members)
    assert set(CALLER.members) == {
        name for row in rows(GUARDS.section("Rules of callers"))[:5] for name in names(row[0])
    }


def test_a_number_that_is_whole_may_be_written_with_a_point() -> None:
    assert read_policy(json.dumps(caller(max_recipients=5.0))).callers[0].max_recipients == 5


def test_what_the_schema_takes_is_what_the_code_takes() -> None:
    good: list[Any] = [WHOLE, {}, caller(), caller(max_recipients=5.0), {"templates": {}}]
    bad = [document for document, _ in SEEN_BY_THE_SCHEMA]
    beyond = [document for document, _ in BEYOND_THE_SCHEMA]
    judged = subprocess.run(  # noqa: S603 - a fixed program; the library is in the environment of the local cloud
        [ROOT / ".venv/local/bin/python", "-c", JUDGE],
        input=json.dumps([policy_schema(), [*good, *beyond, *bad]]),
        capture_output=True,
        text=True,
        check=True,
    )

    taken = [True] * len(good + beyond) + [False] * len(bad)
    assert json.loads(judged.stdout) == taken
    assert [read_policy(json.dumps(document)) is not None for document in good] == [True] * len(good)
