"""Whom a rule is for: by id, by a pattern of ARNs, by a token's subject, or everybody."""

from __future__ import annotations

import pytest

from aliyun_sms.policy.principals import fits, names_of

SESSION = "arn:aws-cn:sts::123456789012:assumed-role/checkout/i-0abc"
ROLE = "arn:aws-cn:iam::123456789012:role/checkout"
USER = "arn:aws:iam::123456789012:user/people/anna"


def test_a_session_is_known_by_the_id_of_its_role_its_arn_and_the_arn_of_its_role() -> None:
    assert names_of("iam:AROAEXAMPLE", SESSION) == ("AROAEXAMPLE", SESSION, ROLE)


def test_a_user_is_known_by_its_id_and_its_arn_with_its_path() -> None:
    assert names_of("iam:AIDAEXAMPLE", USER) == ("AIDAEXAMPLE", USER)


def test_a_token_is_known_by_its_subject_alone_whatever_that_is_called() -> None:
    assert names_of("jwt:iam:AROAEXAMPLE", None) == ("jwt:iam:AROAEXAMPLE",)


FITTING = [
    ("*", SESSION), ("*", "jwt:1"), ("AROAEXAMPLE", SESSION), (SESSION, SESSION), (ROLE, SESSION),
    ("arn:*:iam::*:role/check*", SESSION), ("arn:aws-cn:sts::123456789012:assumed-role/checkout/*", SESSION),
    ("arn:aws:iam::*:user/people/*", USER), ("jwt:1", "jwt:1"), ("jwt:*", "jwt:1"),
]  # fmt: skip
OTHERS = [
    ("AROAOTHER", SESSION), ("AROA", SESSION), ("arn:aws-cn:iam::*:role/check", SESSION),
    ("arn:aws-cn:iam::*", SESSION), ("arn:aws-cn:iam::999999999999:role/*", SESSION),
    ("arn:aws:iam::*:role/*", SESSION), ("arn:aws-cn:iam::*:user/*", SESSION), ("jwt:*", SESSION), ("jwt:2", "jwt:1"),
    ("jwt:1*", "jwt:12"), ("arn:aws:iam::*:role/*", "jwt:arn:aws:iam::1:role/x"),
]  # fmt: skip


def names(caller: str) -> tuple[str, ...]:
    return names_of(caller, None) if caller.startswith("jwt:") else names_of("iam:AROAEXAMPLE", caller)


@pytest.mark.parametrize(("principal", "caller"), FITTING)
def test_a_rule_is_for_whom_it_names(principal: str, caller: str) -> None:
    assert fits(principal, names(caller))


@pytest.mark.parametrize(("principal", "caller"), OTHERS)
def test_a_rule_is_for_nobody_else(principal: str, caller: str) -> None:
    assert not fits(principal, names(caller))


def test_the_name_of_a_session_which_its_caller_chooses_makes_it_no_other_role() -> None:
    session = "arn:aws-cn:sts::123456789012:assumed-role/stranger/checkout"

    assert not fits(ROLE, names(session))
    assert not fits("arn:aws-cn:sts::*:assumed-role/checkout/*", names(session))
