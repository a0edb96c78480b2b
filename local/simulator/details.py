"""QuerySendDetails: what became of the messages to one number on one day.

Source: help.aliyun.com document 419277. How soon a message shows is not documented: by option, after so many seconds.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.simulator import numbers
from local.simulator.answers import Answer, BusinessError, succeeded
from local.simulator.frequency import CHINA

if TYPE_CHECKING:
    from local.simulator.call import Call
    from local.simulator.state import Message, State

LARGEST_PAGE = 50
WHOLE = re.compile(r"[1-9][0-9]{0,8}")
DATE = re.compile(r"[0-9]{8}")
FAILED, DELIVERED = 2, 3
RECEIPTS = {FAILED: "MOBILE_NOT_ON_SERVICE", DELIVERED: "DELIVERED"}


def query_send_details(state: State, call: Call, request_id: str) -> Answer:
    """One page of the number's messages on that day in China, the newest first."""
    params = call.params
    page_size = _whole(params["PageSize"], LARGEST_PAGE)
    page = _whole(params["CurrentPage"], None)
    send_date = _date(params["SendDate"])
    to_number = state.messages.to(numbers.normalised(params["PhoneNumber"]))
    found = [message for message in reversed(to_number) if _matches(state, message, params, send_date)]
    rows = [_row(message, state.options.send_status) for message in found[(page - 1) * page_size : page * page_size]]
    return succeeded(call, request_id, TotalCount=len(found), SmsSendDetailDTOs={"SmsSendDetailDTO": rows})


def _matches(state: State, message: Message, params: dict[str, str], send_date: str) -> bool:
    shows_at = message.accepted_at + timedelta(seconds=state.options.visibility_seconds)
    return (
        f"{message.accepted_at.astimezone(CHINA):%Y%m%d}" == send_date
        and params.get("BizId", "") in {"", message.biz_id}
        and shows_at <= state.clock()
    )


def _row(message: Message, send_status: int) -> dict[str, Any]:
    at = f"{message.accepted_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    row: dict[str, Any] = {"OutId": message.out_id} if message.out_id else {}
    row |= {"SendDate": at, "SendStatus": send_status}
    if send_status in RECEIPTS:
        row |= {"ReceiveDate": at, "ErrCode": RECEIPTS[send_status]}
    return row | {
        "TemplateCode": message.template_code,
        "Content": message.content,
        "PhoneNum": message.phone_number,
    }


def _whole(text: str, most: int | None) -> int:
    if not WHOLE.fullmatch(text) or (most is not None and int(text) > most):
        raise BusinessError("isv.INVALID_PARAMETERS", "分页参数不正确")
    return int(text)


def _date(text: str) -> str:
    try:
        datetime.strptime(text if DATE.fullmatch(text) else "", "%Y%m%d").replace(tzinfo=CHINA)
    except ValueError:
        raise BusinessError("isv.INVALID_PARAMETERS", "日期格式不正确，应为yyyyMMdd") from None
    return text
