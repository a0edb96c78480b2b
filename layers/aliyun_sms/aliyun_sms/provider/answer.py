"""The provider's answers. HTTP 200 is not success: only Code == "OK" is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Mapping

_STRING_TO_SIGN = re.compile(r"\s*server\s*(string\s*to\s*sign|canonical\s*request)\b.*", re.DOTALL | re.IGNORECASE)
_MILLISECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said. `message` can hold phone numbers; `retry_after` is in seconds."""

    code: str
    message: str = field(repr=False)
    request_id: str | None
    biz_id: str | None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class SendDetail:
    """One send as QuerySendDetails shows it; `send_status` is 1 waiting for the receipt, 2 failed, 3 delivered."""

    phone_number: str = field(repr=False)
    out_id: str | None
    send_status: int
    err_code: str | None
    template_code: str | None
    content: str | None = field(repr=False)
    send_date: str | None
    receive_date: str | None


@dataclass(frozen=True, slots=True)
class SendDetails(Answer):
    """A page of sends. `total_count` counts all pages."""

    total_count: int = 0
    details: tuple[SendDetail, ...] = ()


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """The answer in an HTTP response; raises OutcomeUnknown for a 5xx or for what is no answer of the API."""
    fields = _fields(status, body)
    return Answer(
        code=fields["Code"],
        message=_message(fields),
        request_id=_text(fields, "RequestId"),
        biz_id=_text(fields, "BizId"),
        retry_after=_retry_after(headers),
    )


def read_send_details(status: int, headers: Mapping[str, str], body: bytes) -> SendDetails:
    """The same for QuerySendDetails, with the sends that it lists."""
    answer = read_answer(status, headers, body)
    fields = _fields(status, body)
    try:
        listed = (fields.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
        total_count, details = int(fields.get("TotalCount") or 0), tuple(map(_detail, listed))
    except (AttributeError, TypeError, ValueError, OverflowError):  # Overflow: 1e999 is infinite, which no int is
        raise OutcomeUnknown("client:unreadable-answer", "the list of sends has another shape") from None
    return SendDetails(
        answer.code,
        answer.message,
        answer.request_id,
        answer.biz_id,
        answer.retry_after,
        total_count=total_count,
        details=details,
    )


def _fields(status: int, body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or not isinstance(fields.get("Code"), str) or not fields["Code"]:
        code = "client:unreadable-answer" if status < HTTPStatus.INTERNAL_SERVER_ERROR else f"http:{status}"
        raise OutcomeUnknown(code, f"HTTP {status} without an answer of the API")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise OutcomeUnknown(fields["Code"], _message(fields), _text(fields, "RequestId"))
    if fields["Code"] == "OK" and status != HTTPStatus.OK:
        raise OutcomeUnknown("client:unreadable-answer", f"HTTP {status} with Code OK", _text(fields, "RequestId"))
    return fields


def _message(fields: Mapping[str, Any]) -> str:
    """The text without the string to sign that SignatureDoesNotMatch quotes: it holds the whole message."""
    return _STRING_TO_SIGN.sub("", _text(fields, "Message") or "")


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return None if value in (None, "") else str(value).encode(errors="replace").decode()  # no half surrogate pairs


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("x-acs-retry-after", "")
    return int(value) / 1000 if _MILLISECONDS.fullmatch(value) else None


def _detail(row: Mapping[str, Any]) -> SendDetail:
    return SendDetail(
        phone_number=str(row.get("PhoneNum", "")),
        out_id=_text(row, "OutId"),
        send_status=int(row.get("SendStatus", 1)),
        err_code=_text(row, "ErrCode"),
        template_code=_text(row, "TemplateCode"),
        content=_text(row, "Content"),
        send_date=_text(row, "SendDate"),
        receive_date=_text(row, "ReceiveDate"),
    )
