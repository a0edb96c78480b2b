"""What a policy lets through: the first rule that fits is the caller's, and what it does not say is the stack's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.errors import InvalidMessage, NotAllowed
from aliyun_sms.message.incoming import Origin, Unreadable
from aliyun_sms.message.message import Defaults
from aliyun_sms.message.reach import Reach
from aliyun_sms.policy.allowed import read_allowed
from aliyun_sms.policy.reading import read_policy
from tests.workbench.messages import document

if TYPE_CHECKING:
    from aliyun_sms.policy.document import Policy

CHECKOUT, BILLING = "AROACHECKOUT1", "AROABILLING123"
REACH = Reach(frozenset({"CN"}), most_recipients=2)
MAINLAND, HONG_KONG = "13800138000", "+852 6123 4567"


def caller(**members: object) -> Policy:
    return read_policy(json.dumps({"callers": [{"principals": ["jwt:1"]}, {"principals": [CHECKOUT], **members}]}))


def template(**longest: int) -> Policy:
    variables = {name: {"max_length": most} for name, most in longest.items()}
    return read_policy(json.dumps({"templates": {"SMS_1": {"variables": variables}}}))


def faults(policy: Policy, names: tuple[str, ...] = (CHECKOUT,), reach: Reach = REACH, **fields: Any) -> list[str]:
    origin = Origin("request", "iam:x", "key", names=names)
    read = read_allowed(document(**fields), origin, Defaults("sign", "SMS_1"), reach, policy)
    return list(map(str, read.invalid.faults)) if isinstance(read, Unreadable) else []


@pytest.mark.parametrize(
    ("members", "fields", "refusal"),
    [
        ({"sign_names": ["other"]}, {}, "sign_name: is not among callers[1].sign_names"),
        ({"sign_names": ["other"]}, {"sign_name": None}, "sign_name: is not among callers[1].sign_names"),
        ({"template_codes": []}, {}, "template_code: is not among callers[1].template_codes"),
        (
            {"countries": ["HK"]},
            {"phone_numbers": [HONG_KONG, MAINLAND]},
            "phone_numbers[1]: is in CN, which callers[1].countries does not name",
        ),
        (
            {"countries": ["CN"]},
            {"phone_numbers": f"{MAINLAND}, {MAINLAND}, {HONG_KONG}"},
            "phone_numbers[2]: is in HK, which callers[1].countries does not name",
        ),
        (
            {"max_recipients": 1},
            {"phone_numbers": [MAINLAND, "13900139000"]},
            "phone_numbers: has 2 numbers, at most 1, which callers[1].max_recipients sets",
        ),
        (
            {"daily_recipients": 1},
            {"phone_numbers": [MAINLAND, "13900139000"]},
            "phone_numbers: has 2 numbers, and callers[1].daily_recipients allows 1 a day",
        ),
    ],
)
def test_what_a_rule_does_not_name_is_refused_with_its_place(
    members: dict[str, object], fields: dict[str, Any], refusal: str
) -> None:
    policy, wide = caller(**members), Reach(frozenset({"CN"}))

    assert faults(policy, reach=wide, **fields) == [refusal]
    assert refusal not in faults(policy, (BILLING,), wide, **fields)
    assert refusal not in faults(policy, (), wide, **fields)  # at AWS's own doors


def test_a_rule_replaces_what_the_stack_has() -> None:
    numbers = [HONG_KONG, "+852 6123 4568", MAINLAND]

    assert faults(caller(countries=["CN", "HK"], max_recipients=3), phone_numbers=numbers) == []
    assert faults(caller(countries=["*"], max_recipients=3), phone_numbers=numbers) == []
    assert faults(caller(), phone_numbers=numbers) == [
        "phone_numbers: has 3 numbers, at most 2, which MaxRecipientsPerRequest sets"
    ]


def test_no_rule_lets_through_what_is_no_mobile_number_nor_what_is_none_of_the_only_recipients() -> None:
    reach = Reach(only=frozenset({MAINLAND}))

    assert faults(caller(countries=["*"]), phone_numbers=["+44 9012345678"]) == [
        "phone_numbers[0]: is in GB, but no mobile number (premium rate), and never sent to"
    ]
    assert faults(caller(countries=["*"]), reach=reach, phone_numbers=[HONG_KONG]) == [
        "phone_numbers[0]: is none of OnlyRecipients"
    ]


def test_all_that_a_rule_refuses_is_told_at_once_but_not_of_what_is_no_message() -> None:
    policy = caller(sign_names=[], template_codes=[], countries=[])

    assert [fault.partition(":")[0] for fault in faults(policy)] == ["sign_name", "template_code", "phone_numbers[0]"]
    assert faults(policy, urgent="yes") == ["urgent: must be true or false"]


def test_a_refusal_is_another_error_than_a_fault_of_the_message() -> None:
    origin = Origin("request", "iam:x", "key", names=(CHECKOUT,))
    read = read_allowed(document(), origin, Defaults(), REACH, caller(sign_names=[]))
    bad = read_allowed({}, origin, Defaults(), REACH, caller(sign_names=[]))

    assert isinstance(read, Unreadable)
    assert isinstance(bad, Unreadable)
    assert (type(read.invalid), read.key) == (NotAllowed, "one")
    assert type(bad.invalid) is InvalidMessage


def test_the_first_rule_that_fits_is_the_callers() -> None:
    rules = [
        {"principals": [BILLING], "daily_recipients": 1},
        {"principals": ["AROAX12345678", CHECKOUT], "daily_recipients": 2},
        {"principals": ["*"], "daily_recipients": 3},
    ]
    policy = read_policy(json.dumps({"callers": rules}))

    assert [policy.rule_for((name,)).daily_recipients for name in (BILLING, CHECKOUT, "jwt:1")] == [1, 2, 3]
    assert policy.rule_for(()).daily_recipients is None
    assert caller().rule_for((BILLING,)).daily_recipients is None


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({}, "template_param.code: is missing"),
        (None, "template_param.code: is missing"),
        ({"code": "1", "name": "x"}, "template_param.name: is no variable of the template"),
        ({"code": "1234567"}, "template_param.code: has 7 characters, at most 6"),
        ({"code": 1234567}, "template_param.code: has 7 characters, at most 6"),
        ({"code": "一二三四五六七"}, "template_param.code: has 7 characters, at most 6"),
        ({"code": "😀😀😀😀😀😀😀"}, "template_param.code: has 7 characters, at most 6"),
        ({"code": ""}, "template_param.code: is empty, which the provider refuses"),
        ({"code": "www.a"}, "template_param.code: holds a web address, which carriers refuse"),
        ({"code": "【1"}, "template_param.code: holds 【 or 】, which carriers take for a signature's"),
        ('{"name": "x", "code": "1"}', "template_param.name: is no variable of the template"),
    ],
)
def test_values_that_do_not_fit_their_template_are_faults_with_their_field(values: object, fault: str) -> None:
    assert faults(template(code=6), (), template_param=values) == [fault]


@pytest.mark.parametrize("value", ["1", "123456", 123456, "一二三四五六", "😀😀😀😀😀😀"])
def test_values_that_fit_pass(value: object) -> None:
    assert faults(template(code=6), (), template_param={"code": value}) == []


def test_a_template_without_variables_takes_none() -> None:
    assert faults(template(), (), template_param=None) == []
    assert faults(template(), ()) == ["template_param.code: is no variable of the template"]


def test_a_template_that_is_not_named_takes_any_values() -> None:
    assert faults(template(name=1), (), template_code="SMS_2", template_param={"a": "http://x"}) == []


def test_the_default_template_is_held_to_its_rule_too() -> None:
    assert faults(template(code=1), (), template_code=None) == ["template_param.code: has 6 characters, at most 1"]


def test_faults_of_values_are_told_with_all_others_and_only_once() -> None:
    values = {"code": "12345678", "name": None}

    assert faults(template(code=6), (), template_param=values, urgent=1) == [
        "template_param.name: is null; a variable's value is a string or a number",
        "urgent: must be true or false",
    ]
    assert faults(template(code=6), (), template_param={"code": "1234567"}, urgent=1) == [
        "urgent: must be true or false",
        "template_param.code: has 7 characters, at most 6",
    ]


def test_the_name_of_a_variable_that_a_stranger_chose_is_told_to_the_caller_alone() -> None:
    read = read_allowed(
        document(template_param={"code": "1", "13800138000": "x"}),
        Origin("queue", "queue", "key"),
        Defaults(),
        REACH,
        template(code=6),
    )

    assert isinstance(read, Unreadable)
    assert str(read.invalid) == "template_param: is no variable of the template"
