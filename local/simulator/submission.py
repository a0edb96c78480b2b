"""One recipient's message on its way through the product's checks.

Source: help.aliyun.com documents 55284, 102364 and 101346. Which of several errors comes first is not documented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.simulator import numbers
from local.simulator.answers import BusinessError
from local.simulator.content import render
from local.simulator.frequency import Send

if TYPE_CHECKING:
    from local.simulator.registry import Signature, Template
    from local.simulator.state import State

NO_SIGNATURE = ("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名")
NO_TEMPLATE = ("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
EXTEND_CODE = re.compile(r"[0-9]{0,7}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What was asked for one recipient."""

    phone_number: str
    sign_name: str
    template_code: str
    template_param: Any
    sms_up_extend_code: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft that the product takes, its number normalised and its text rendered."""

    draft: Draft
    phone_number: str
    content: str
    send: Send


def check(state: State, draft: Draft) -> Checked:
    """Check one recipient's message, or raise BusinessError."""
    phone_number = numbers.normalised(draft.phone_number)
    if phone_number is None:
        raise BusinessError("isv.MOBILE_NUMBER_ILLEGAL", f"{draft.phone_number}invalid mobile number")
    template = _template(state, draft)
    if not EXTEND_CODE.fullmatch(draft.sms_up_extend_code):
        raise BusinessError("isv.CODE_ERROR", "扩展码不可用")
    content = f"【{draft.sign_name}】{render(template, draft.template_param)}"
    _check_refused(state, phone_number, draft.template_param)
    send = Send(template.kind, draft.sign_name, draft.template_code, phone_number)
    _check_frequency(state, send)
    return Checked(draft, phone_number, content, send)


def signature_of(state: State, sign_name: str) -> Signature:
    """The account's signature, or BusinessError."""
    signature = state.registry.signatures.get(sign_name)
    if signature is None:
        raise BusinessError(*NO_SIGNATURE)
    return signature


def template_of(state: State, template_code: str) -> Template:
    """The account's template, or BusinessError."""
    template = state.registry.templates.get(template_code)
    if template is None:
        raise BusinessError(*NO_TEMPLATE)
    return template


def _template(state: State, draft: Draft) -> Template:
    signature = signature_of(state, draft.sign_name)
    template = template_of(state, draft.template_code)
    for each, refusal in ((signature, NO_SIGNATURE), (template, NO_TEMPLATE)):
        if each.review != "approved":
            raise BusinessError(*refusal)
    if signature.kind == "otp" and template.kind != "otp":
        raise BusinessError("isv.SMS_SIGNATURE_SCENE_ILLEGAL", "签名的适用场景与短信类型不匹配")
    return template


def _check_refused(state: State, phone_number: str, template_param: dict[str, Any]) -> None:
    """Refuse the numbers and values that the options name, however good they are."""
    by_value = map(state.options.refused_values.get, template_param.values())
    for refusal in (state.options.refused_numbers.get(phone_number), *by_value):
        if refusal:
            raise BusinessError(refusal.code, refusal.message)


def _check_frequency(state: State, send: Send) -> None:
    if not state.options.limits or not numbers.is_mainland(send.phone_number):
        return
    limit = state.frequency.reached(send, state.clock())
    if limit is not None:
        raise BusinessError("isv.BUSINESS_LIMIT_CONTROL", limit.message)
