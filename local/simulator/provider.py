"""One call, from the gateway to the product's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.simulator.actions import send_batch_sms, send_sms
from local.simulator.answers import (
    Answer,
    BusinessError,
    GatewayError,
    business_refusal,
    gateway_refusal,
    new_request_id,
)
from local.simulator.details import query_send_details
from local.simulator.gateway import admit
from local.simulator.reviews import get_sms_sign, get_sms_template

if TYPE_CHECKING:
    from local.simulator.call import Call
    from local.simulator.state import State

ACTIONS = {
    "SendSms": send_sms,
    "SendBatchSms": send_batch_sms,
    "QuerySendDetails": query_send_details,
    "GetSmsSign": get_sms_sign,
    "GetSmsTemplate": get_sms_template,
}


def answer(state: State, call: Call) -> Answer:
    """Carry a call out, or refuse it in the form that the refusal has."""
    request_id = new_request_id()
    try:
        admit(state, call)
        _check_permission(state, call)
        return ACTIONS[call.action](state, call, request_id)
    except GatewayError as error:
        return gateway_refusal(call, request_id, error)
    except BusinessError as error:
        return business_refusal(call, request_id, error)


def _check_permission(state: State, call: Call) -> None:
    if call.action in state.options.denied_actions:
        raise BusinessError("isp.RAM_PERMISSION_DENY", "没有访问权限")
