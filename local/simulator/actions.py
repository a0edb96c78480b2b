"""SendSms and SendBatchSms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from local.simulator.answers import Answer, BusinessError, succeeded
from local.simulator.content import bad_json, billing_units, parse_json, parse_template_param
from local.simulator.numbers import is_mainland
from local.simulator.state import Message
from local.simulator.submission import Checked, Draft, check

if TYPE_CHECKING:
    from datetime import datetime

    from local.simulator.call import Call
    from local.simulator.state import State

MOST_NUMBERS = 1000
MOST_IN_BATCH = 100
LONGEST_OUT_ID = 255  # printed for SendBatchSms ("less than 256 characters"); taken for both


def send_sms(state: State, call: Call, request_id: str) -> Answer:
    """One signature, template and content to up to a thousand numbers."""
    params = call.params
    phone_numbers = params["PhoneNumbers"].split(",")
    _check_count(len(phone_numbers), MOST_NUMBERS)
    template_param = parse_template_param(params.get("TemplateParam", ""))
    rest = (params["SignName"], params["TemplateCode"], template_param, params.get("SmsUpExtendCode", ""))
    return _carry_out(state, call, request_id, [Draft(phone_number, *rest) for phone_number in phone_numbers])


def send_batch_sms(state: State, call: Call, request_id: str) -> Answer:
    """One template to up to a hundred numbers, each with its signature and values."""
    return _carry_out(state, call, request_id, _batch(call.params))


def _carry_out(state: State, call: Call, request_id: str, drafts: list[Draft]) -> Answer:
    """Accept what is good. What one bad recipient does to the others is not documented: it goes by option."""
    checked, errors = _check_each(state, drafts)
    if errors and (state.options.batch_refusal == "whole" or not checked):
        raise errors[0]
    answer = _accept(state, call, request_id, checked)
    if errors and state.options.batch_refusal == "partial_refused":
        raise errors[0]
    return answer


def _check_each(state: State, drafts: list[Draft]) -> tuple[list[Checked], list[BusinessError]]:
    checked, errors = [], []
    for draft in drafts:
        try:
            checked.append(check(state, draft))
        except BusinessError as error:
            errors.append(error)
    return checked, errors


def _batch(params: dict[str, str]) -> list[Draft]:
    phone_numbers = _array(params, "PhoneNumberJson", str)
    _check_count(len(phone_numbers), MOST_IN_BATCH)
    sign_names = _array(params, "SignNameJson", str)
    template_params = _array(params, "TemplateParamJson", dict) or [{} for _ in phone_numbers]
    extend_codes = _array(params, "SmsUpExtendCodeJson", str) or ["" for _ in phone_numbers]
    lengths = {len(held) for held in (phone_numbers, sign_names, template_params, extend_codes)}
    if len(lengths) > 1 or not phone_numbers:
        raise BusinessError("isv.INVALID_PARAMETERS", "参数格式不正确")
    template_codes = [params["TemplateCode"]] * len(phone_numbers)
    rows = zip(phone_numbers, sign_names, template_codes, template_params, extend_codes, strict=True)
    return [Draft(*row) for row in rows]


def _array(params: dict[str, str], name: str, kind: type) -> list[Any]:
    held = parse_json(params.get(name) or "[]")
    if not isinstance(held, list) or not all(isinstance(element, kind) for element in held):
        raise bad_json()
    return held


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise BusinessError("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")


def _accept(state: State, call: Call, request_id: str, checked: list[Checked]) -> Answer:
    if len(call.params.get("OutId", "")) > LONGEST_OUT_ID:
        raise BusinessError("isv.INVALID_PARAMETERS", "OutId超过长度限制")
    answer = succeeded(call, request_id, BizId=f"{uuid4().int % 10**18:018d}^0")
    now = state.clock()
    for accepted in checked:
        state.messages.accept(_message(call, answer, accepted, now))
    state.frequency.count((accepted.send for accepted in checked), now)
    return answer


def _message(call: Call, answer: Answer, accepted: Checked, now: datetime) -> Message:
    return Message(
        action=call.action,
        phone_number=accepted.phone_number,
        sign_name=accepted.draft.sign_name,
        template_code=accepted.draft.template_code,
        template_param=accepted.draft.template_param,
        content=accepted.content,
        billing_units=billing_units(accepted.content) if is_mainland(accepted.phone_number) else None,
        out_id=call.params.get("OutId") or None,
        sms_up_extend_code=accepted.draft.sms_up_extend_code or None,
        biz_id=answer.members["BizId"],
        request_id=answer.members["RequestId"],
        nonce=call.nonce,
        signature_version=call.signature_version,
        access_key_id=call.access_key_id,
        http_method=call.method,
        accepted_at=now,
    )
