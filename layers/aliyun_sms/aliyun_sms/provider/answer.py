"""The provider's answers. HTTP 200 is not success: only Code == "OK" is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import OutcomeUnknown

from .bounded_response import UNREADABLE
from .text import LONGEST_TEXT, readable

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = 24 * 3600  # seconds, as long as the provider's longest limit
MOST_ROWS = 1000  # on a page of sends, of which 50 are asked for
REVIEWS = {"0": "in review", "1": "approved", "2": "rejected", "10": "withdrawn"}
_STRING_TO_SIGN = re.compile(r"server\s*(string\s*to\s*sign|canonical\s*request)\b", re.IGNORECASE)
_MILLISECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said, in texts of 1,000 characters at most, which are fit to be kept and sent on.

    `message` can hold phone numbers; `retry_after` is in seconds, a day's at most.
    """

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


@dataclass(frozen=True, slots=True)
class Review(Answer):
    """How far a signature or template is: `state` is approved, in review, rejected or withdrawn, None if none of it."""

    state: str | None = None


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """The answer in an HTTP response; raises OutcomeUnknown for a 5xx or for what is no answer of the API."""
    return _answer(_fields(status, body), headers)


def read_send_details(status: int, headers: Mapping[str, str], body: bytes) -> SendDetails:
    """The same for QuerySendDetails, with the sends that it lists."""
    fields = _fields(status, body)
    answer = _answer(fields, headers)
    try:
        total_count, details = int(fields.get("TotalCount") or 0), tuple(map(_detail, _rows(fields)))
    except (AttributeError, TypeError, ValueError, OverflowError):  # Overflow: 1e999 is infinite, which no int is
        raise OutcomeUnknown(UNREADABLE, "the list of sends has another shape") from None
    return SendDetails(
        answer.code,
        answer.message,
        answer.request_id,
        answer.biz_id,
        answer.retry_after,
        total_count=total_count,
        details=details,
    )


def read_review(status: int, headers: Mapping[str, str], body: bytes) -> Review:
    """The same for GetSmsSign and GetSmsTemplate, whose state is a number or the text of one."""
    fields = _fields(status, body)
    answer = _answer(fields, headers)
    state = REVIEWS.get(_raw(fields, "SignStatus") or _raw(fields, "TemplateStatus"))
    return Review(answer.code, answer.message, answer.request_id, answer.biz_id, answer.retry_after, state)


def _answer(fields: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    return Answer(
        code=fields["Code"],
        message=_message(fields),
        request_id=_id(fields, "RequestId"),
        biz_id=_id(fields, "BizId"),
        retry_after=_retry_after(headers),
    )


def _fields(status: int, body: bytes) -> dict[str, Any]:
    """The members of an answer that can be believed; a code that is none as it came proves nothing."""
    fields = _object(body)
    given = fields.get("Code")
    if not isinstance(given, str) or not given:
        code = UNREADABLE if status < HTTPStatus.INTERNAL_SERVER_ERROR else f"http:{status}"
        raise OutcomeUnknown(code, f"HTTP {status} without an answer of the API")
    code = readable(given)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code != given:
        raise OutcomeUnknown(code, _message(fields), _text(fields, "RequestId"))
    if code == "OK" and status != HTTPStatus.OK:
        raise OutcomeUnknown(UNREADABLE, f"HTTP {status} with Code OK", _text(fields, "RequestId"))
    return fields


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body, without members where there is none."""
    try:
        value = _DECODER.decode(body.decode(errors="surrogatepass"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; which of two members of one name was meant is not for us to guess."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name is given twice")
    return members


def _no_number(name: str) -> object:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_no_number)


def _message(fields: Mapping[str, Any]) -> str:
    """The text without the string to sign that SignatureDoesNotMatch quotes: it holds the whole message."""
    text = _text(fields, "Message") or ""
    quoted = _STRING_TO_SIGN.search(text)
    return text[: quoted.start()].rstrip() if quoted else text


def _id(fields: Mapping[str, Any], name: str) -> str | None:
    """An id, whole: a part of one names nothing, so nobody knows what was done."""
    if len(_raw(fields, name)) > LONGEST_TEXT:
        raise OutcomeUnknown(UNREADABLE, f"{name} has more than {LONGEST_TEXT} characters")
    return _text(fields, name)


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    return readable(_raw(fields, name)) or None


def _raw(fields: Mapping[str, Any], name: str) -> str:
    """A member as text: none where it is missing, a question mark where it is a list or an object."""
    value = fields.get(name)
    if value is None:
        return ""
    return str(value) if isinstance(value, str | int | float) else "?"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("x-acs-retry-after", "")
    return min(int(value) / 1000, LONGEST_WAIT) if _MILLISECONDS.fullmatch(value) else None


def _rows(fields: Mapping[str, Any]) -> list[Any]:
    listed = (fields.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
    if len(listed) > MOST_ROWS:
        raise ValueError("a page has fewer rows")
    return listed


def _detail(row: Mapping[str, Any]) -> SendDetail:
    return SendDetail(
        phone_number=_text(row, "PhoneNum") or "",
        out_id=_text(row, "OutId"),
        send_status=int(row.get("SendStatus", 1)),
        err_code=_text(row, "ErrCode"),
        template_code=_text(row, "TemplateCode"),
        content=_text(row, "Content"),
        send_date=_text(row, "SendDate"),
        receive_date=_text(row, "ReceiveDate"),
    )
