"""The client of Dysmsapi 2017-05-25: one call, one request; nothing is sent again from here."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ReadTimeoutError

from aliyun_sms.errors import NotSent, OutcomeUnknown, SmsError

from .answer import Answer, Review, SendDetails, read_answer, read_review, read_send_details
from .bounded_response import read_body
from .connection import Adapter, trusting_context
from .deadline import LEAST_SECONDS, Deadline
from .request import ACS3_VERSION, SignedRequest, Stamp, acs3_request, rpc_request

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from .credentials import CredentialsSource

ENDPOINT = "https://dysmsapi.aliyuncs.com"
MOST_NUMBERS_IN_URL = 100
MOST_IN_BATCH = 100

_Read_co = TypeVar("_Read_co", covariant=True)


class _Reader(Protocol[_Read_co]):
    def __call__(self, status: int, headers: Mapping[str, str], body: bytes) -> _Read_co: ...


class SmsClient:
    """Calls the API over connections that it keeps; safe to use from several threads.

    Every call raises NoCredentials or NotSent where certainly nothing was sent, OutcomeUnknown where the request left
    and nobody knows, and otherwise returns the provider's answer, whose `code` says whether it succeeded.
    `seconds_left` bounds connecting and waiting together; None leaves the client's own timeouts.
    """

    def __init__(  # noqa: PLR0913 - each has its default
        self,
        credentials: CredentialsSource,
        *,
        endpoint: str = ENDPOINT,
        signature_version: int = 1,
        connect_timeout: float = 3.0,
        read_timeout: float = 10.0,
        proxy: str | None = None,
        ssl_context: SSLContext | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        nonce: Callable[[], str] = lambda: token_hex(16),
    ) -> None:
        """Timeouts are in seconds. For https endpoints: `proxy` is a URL, `ssl_context` trusts certifi by default."""
        self._credentials = credentials
        self._endpoint = endpoint.rstrip("/")
        self.signature_version = signature_version
        self._timeouts = connect_timeout, read_timeout
        self._clock = clock
        self._nonce = nonce
        self._adapter = _adapter(self._endpoint, proxy, ssl_context)

    def stamp(self) -> Stamp:
        """The time and a new nonce, for a request that has to be written down before it is made."""
        return Stamp(self._clock(), self._nonce())

    def send_sms(
        self,
        phone_numbers: Sequence[str],
        sign_name: str,
        template_code: str,
        template_param: Mapping[str, str] | str | None = None,
        *,
        sms_up_extend_code: str | None = None,
        out_id: str | None = None,
        seconds_left: float | None = None,
        stamp: Stamp | None = None,
    ) -> Answer:
        """SendSms: the same text to up to 1000 numbers. `template_param` is an object of strings or its JSON text.

        More than 100 numbers go by signature version 1, since version 3 would put them into the URL. The same
        arguments with the same `stamp` and access key make the identical request.
        """
        numbers = phone_numbers.split(",") if isinstance(phone_numbers, str) else phone_numbers
        params: dict[str, str | None] = {
            "PhoneNumbers": ",".join(numbers),
            "SignName": sign_name,
            "TemplateCode": template_code,
            "TemplateParam": _json(template_param),
            "SmsUpExtendCode": sms_up_extend_code,
            "OutId": out_id,
        }
        version = self.signature_version if len(numbers) <= MOST_NUMBERS_IN_URL else 1
        return self._call("SendSms", params, read_answer, seconds_left, version, stamp)

    def send_batch_sms(
        self,
        phone_numbers: Sequence[str],
        sign_names: Sequence[str],
        template_code: str,
        template_params: Sequence[Mapping[str, str]] | None = None,
        *,
        sms_up_extend_codes: Sequence[str] | None = None,
        out_id: str | None = None,
        seconds_left: float | None = None,
        stamp: Stamp | None = None,
    ) -> Answer:
        """SendBatchSms: up to 100 numbers, each with its own signature and values; all lists in the same order.

        The same arguments with the same `stamp` and access key make the identical request.
        """
        for values in (sign_names, template_params, sms_up_extend_codes):
            if values is not None and len(values) != len(phone_numbers):
                raise ValueError("send_batch_sms: every list must be as long as phone_numbers")
        if not 1 <= len(phone_numbers) <= MOST_IN_BATCH:
            raise ValueError(f"send_batch_sms: 1 to {MOST_IN_BATCH} numbers, not {len(phone_numbers)}")
        params = {
            "PhoneNumberJson": _json(phone_numbers),
            "SignNameJson": _json(sign_names),
            "TemplateCode": template_code,
            "TemplateParamJson": _json(template_params),
            "SmsUpExtendCodeJson": _json(sms_up_extend_codes),
            "OutId": out_id,
        }
        return self._call("SendBatchSms", params, read_answer, seconds_left, self.signature_version, stamp)

    def query_send_details(
        self,
        phone_number: str,
        send_date: str,
        *,
        page_size: int = 50,
        current_page: int = 1,
        biz_id: str | None = None,
        seconds_left: float | None = None,
    ) -> SendDetails:
        """QuerySendDetails: what was sent to one number on one day, yyyyMMdd in UTC+8, of the last 30.

        A page holds 1 to 50 sends; pages count from 1.
        """
        params = {
            "PhoneNumber": phone_number,
            "SendDate": send_date,
            "PageSize": str(page_size),
            "CurrentPage": str(current_page),
            "BizId": biz_id,
        }
        return self._call("QuerySendDetails", params, read_send_details, seconds_left, self.signature_version)

    def get_sms_sign(self, sign_name: str, *, seconds_left: float | None = None) -> Review:
        """GetSmsSign: how far the review of one of the account's signatures is."""
        params = {"SignName": sign_name}
        return self._call("GetSmsSign", params, read_review, seconds_left, self.signature_version)

    def get_sms_template(self, template_code: str, *, seconds_left: float | None = None) -> Review:
        """GetSmsTemplate: the same of a template."""
        params = {"TemplateCode": template_code}
        return self._call("GetSmsTemplate", params, read_review, seconds_left, self.signature_version)

    def _call(
        self,
        action: str,
        params: Mapping[str, str | None],
        read: _Reader[_Read_co],
        seconds_left: float | None,
        signature_version: int,
        stamp: Stamp | None = None,
    ) -> _Read_co:
        until = None if seconds_left is None else time.monotonic() + seconds_left
        given = {name: value for name, value in params.items() if value is not None}
        credentials = self._credentials.current()
        sign = acs3_request if signature_version == ACS3_VERSION else rpc_request
        deadline = self._deadline(None if until is None else until - time.monotonic())
        request = sign(self._endpoint, action, given, credentials, stamp or self.stamp())
        return read(*self._post(request, deadline))

    def _deadline(self, seconds_left: float | None) -> Deadline:
        if seconds_left is not None and seconds_left < LEAST_SECONDS:
            raise NotSent("client:out-of-time", "the function has no time left for a call")
        connect, read = self._timeouts
        return Deadline(connect=connect, read=read, seconds_left=seconds_left)

    def _post(self, request: SignedRequest, deadline: Deadline) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body. Exceptions of requests quote the URL, so each is replaced.

        Straight through the adapter: a session adds cookies, redirects and hooks, for a third of a send's CPU.
        """
        try:
            response = self._adapter.send(
                _prepared(request),
                timeout=deadline,  # type: ignore[arg-type]  # requests takes urllib3's Timeout, its types do not say so
            )
            body = read_body(response)
        except SmsError:
            raise
        except requests.ConnectTimeout:  # nothing left, says requests; connection.py says it before
            raise NotSent("client:connect-failure", "the connection failed: ConnectTimeout") from None
        except Exception as error:  # noqa: BLE001 - as it says above
            raise _broken(error) from None
        return response.status_code, response.headers, body


def _broken(error: Exception) -> OutcomeUnknown:
    """A time-out may lie below what urllib3 and requests make of it."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, TimeoutError | ReadTimeoutError | requests.Timeout):
            return OutcomeUnknown("client:read-timeout", f"no answer in time: {type(error).__name__}")
        cause = cause.__context__
    return OutcomeUnknown("client:connection-reset", f"the connection broke: {type(error).__name__}")


def _prepared(request: SignedRequest) -> requests.PreparedRequest:
    """The request as it is: its URL is encoded and its headers are made already."""
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url, prepared.body = "POST", request.url, request.body
    prepared.headers = CaseInsensitiveDict({**request.headers, "Content-Length": str(len(request.body))})
    return prepared


def _adapter(endpoint: str, proxy: str | None, context: SSLContext | None) -> Adapter:
    if urlsplit(endpoint).scheme == "http":
        return Adapter(endpoint)
    return Adapter(endpoint, proxy, context or trusting_context())


def _json(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    """A mapping or sequence of another type as the one that JSON knows."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot go into JSON")
