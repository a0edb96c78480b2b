"""What a template's variables may hold."""

from __future__ import annotations

import pytest

from local.simulator.answers import BusinessError
from local.simulator.content import billing_units, parse_template_param, render
from local.simulator.registry import Template

OTP = Template("SMS_1", "otp", "验证码${code}，请勿泄露。")
NOTICE = Template("SMS_2", "notification", "${name}，订单${order}已发货。")
PLAIN = Template("SMS_3", "notification", "维护完成。")


def refusal(template: Template, template_param: dict[str, object]) -> str:
    with pytest.raises(BusinessError) as refused:
        render(template, template_param)
    return refused.value.code


@pytest.mark.parametrize(
    ("template", "template_param", "expected"),
    [
        (OTP, {"code": "1234"}, "验证码1234，请勿泄露。"),
        (OTP, {"code": "aB12c6"}, "验证码aB12c6，请勿泄露。"),
        (NOTICE, {"name": "王芳", "order": "1" * 35}, f"王芳，订单{'1' * 35}已发货。"),
        (NOTICE, {"name": "${order}", "order": "甲"}, "${order}，订单甲已发货。"),
        (NOTICE, {"name": "a\nb", "order": "1.5", "more": "ignored"}, "a\nb，订单1.5已发货。"),
        (PLAIN, {}, "维护完成。"),
    ],
)
def test_values_are_put_in(template: Template, template_param: dict[str, str], expected: str) -> None:
    assert render(template, template_param) == expected


@pytest.mark.parametrize(
    ("template", "template_param", "code"),
    [
        (NOTICE, {"name": "王芳"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        (OTP, {}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        (OTP, {"code": 123456}, "isv.INVALID_JSON_PARAM"),
        (OTP, {"code": None}, "isv.INVALID_JSON_PARAM"),
        (NOTICE, {"name": ["王芳"], "order": "1"}, "isv.INVALID_JSON_PARAM"),
        (OTP, {"code": "12-34"}, "isv.INVALID_PARAMETERS"),
        (OTP, {"code": "一二三四"}, "isv.INVALID_PARAMETERS"),
        (OTP, {"code": "123"}, "isv.PARAM_LENGTH_LIMIT"),
        (OTP, {"code": "1234567"}, "isv.PARAM_LENGTH_LIMIT"),
        (NOTICE, {"name": "", "order": "1"}, "isv.PARAM_LENGTH_LIMIT"),
        (NOTICE, {"name": "王" * 36, "order": "1"}, "isv.PARAM_LENGTH_LIMIT"),
        (NOTICE, {"name": "https://example.com/a", "order": "1"}, "isv.PARAM_NOT_SUPPORT_URL"),
        (NOTICE, {"name": "www.example", "order": "1"}, "isv.PARAM_NOT_SUPPORT_URL"),
        (NOTICE, {"name": "example.com", "order": "1"}, "isv.PARAM_NOT_SUPPORT_URL"),
        (NOTICE, {"name": "😀", "order": "1"}, "isv.UNSUPPORTED_CONTENT"),
        (NOTICE, {"name": "👩‍👩‍👧", "order": "1"}, "isv.UNSUPPORTED_CONTENT"),
        (NOTICE, {"name": "☎️", "order": "1"}, "isv.UNSUPPORTED_CONTENT"),
        (NOTICE, {"name": "【王芳】", "order": "1"}, "isv.UNSUPPORTED_CONTENT"),
        (NOTICE, {"name": "100m²", "order": "1"}, "isv.UNSUPPORTED_CONTENT"),
        (NOTICE, {"name": "①", "order": "1"}, "isv.UNSUPPORTED_CONTENT"),
    ],
)
def test_values_that_the_provider_refuses(template: Template, template_param: dict[str, object], code: str) -> None:
    assert refusal(template, template_param) == code


def test_no_text_is_no_values() -> None:
    assert parse_template_param("") == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"a":"\\ud800"}', '"a"', "1", '{"name":"a\nb"}', '{"a":' * 100000])
def test_text_that_is_no_json_object(text: str) -> None:
    with pytest.raises(BusinessError) as refused:
        parse_template_param(text)

    assert refused.value.code == "isv.INVALID_JSON_PARAM"


@pytest.mark.parametrize(("characters", "units"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (500, 8)])
def test_a_text_is_billed_by_its_characters(characters: int, units: int) -> None:
    assert billing_units("字" * characters) == units
