"""What the client sends for a call, and how it tells apart what it gets back."""

from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from aliyun_sms import Credentials, SmsClient
from aliyun_sms.errors import NoCredentials, NotSent, OutcomeUnknown
from aliyun_sms.provider.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import PreparedRequest

    from aliyun_sms.provider.deadline import Deadline

URL = "https://dysmsapi.aliyuncs.com/"
OK = {"Code": "OK", "Message": "OK", "RequestId": "R-1", "BizId": "B-1^0"}
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY = Credentials("testId", "testSecret")
CANARIES = ("13800138000", "canary", "testId", "testSecret", "dysmsapi")

VERSIONS = pytest.mark.parametrize("version", [1, 3], ids=["V1", "V3"])


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def provider(wire: responses.RequestsMock) -> responses.RequestsMock:
    wire.post(URL, json=OK)
    return wire


def make_client(version: int = 1, **options: Any) -> SmsClient:
    return SmsClient(KEY, signature_version=version, clock=lambda: NOW, **options)


def send(client: SmsClient, **more: Any) -> Answer:
    return client.send_sms(["13800138000"], "阿里云", "SMS_1", {"code": "canary"}, **more)


def last(wire: responses.RequestsMock) -> PreparedRequest:
    return wire.calls[-1].request


def kwargs(wire: responses.RequestsMock) -> dict[str, Any]:
    return last(wire).req_kwargs  # type: ignore[attr-defined, no-any-return]


def params(wire: responses.RequestsMock) -> dict[str, str]:
    """The parameters of the last request, wherever they stood."""
    request = last(wire)
    body = request.body.decode() if isinstance(request.body, bytes) else ""
    return dict(parse_qsl(f"{urlsplit(str(request.url)).query}&{body}", keep_blank_values=True))


@VERSIONS
def test_a_message_is_sent_with_every_parameter_that_was_given(provider: responses.RequestsMock, version: int) -> None:
    send(make_client(version), sms_up_extend_code="90999", out_id="order 1")

    assert (
        params(provider).items()
        >= {
            "PhoneNumbers": "13800138000",
            "SignName": "阿里云",
            "TemplateCode": "SMS_1",
            "TemplateParam": '{"code":"canary"}',
            "SmsUpExtendCode": "90999",
            "OutId": "order 1",
        }.items()
    )


@VERSIONS
def test_what_was_not_given_is_not_sent(provider: responses.RequestsMock, version: int) -> None:
    make_client(version).send_sms(["13800138000"], "阿里云", "SMS_1")

    assert not params(provider).keys() & {"TemplateParam", "SmsUpExtendCode", "OutId", "SecurityToken"}


@VERSIONS
def test_every_call_is_a_post(provider: responses.RequestsMock, version: int) -> None:
    send(make_client(version))

    assert last(provider).method == "POST"


def test_the_default_is_version_1_with_nothing_in_the_url(provider: responses.RequestsMock) -> None:
    send(SmsClient(KEY))

    assert last(provider).url == URL
    assert params(provider)["SignatureVersion"] == "1.0"
    assert params(provider)["Format"] == "JSON"


@VERSIONS
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"name": "王芳"}, '{"name":"王芳"}'),
        ({}, "{}"),
        ('{"already": "text"}', '{"already": "text"}'),
        (MappingProxyType({"code": "1"}), '{"code":"1"}'),
    ],
)
def test_values_go_as_readable_json(
    provider: responses.RequestsMock, version: int, given: dict[str, str] | str, sent: str
) -> None:
    make_client(version).send_sms(["13800138000"], "阿里云", "SMS_1", given)

    assert params(provider)["TemplateParam"] == sent


def test_numbers_in_one_string_are_numbers_separated_by_commas(provider: responses.RequestsMock) -> None:
    make_client().send_sms("13800138000,13900139000", "阿里云", "SMS_1")

    assert params(provider)["PhoneNumbers"] == "13800138000,13900139000"


@pytest.mark.parametrize(("count", "in_url"), [(100, True), (101, False), (1000, False)])
def test_version_3_keeps_to_a_hundred_numbers_and_leaves_more_to_version_1(
    provider: responses.RequestsMock, count: int, in_url: object
) -> None:
    numbers = [str(13_800_000_000 + i) for i in range(count)]

    make_client(3).send_sms(numbers, "阿里云", "SMS_1")

    assert ("PhoneNumbers" in str(last(provider).url)) is in_url
    assert params(provider)["PhoneNumbers"] == ",".join(numbers)


@VERSIONS
def test_a_batch_goes_as_lists_in_one_order(provider: responses.RequestsMock, version: int) -> None:
    make_client(version).send_batch_sms(
        ("13800138000", "13900139000"),
        ["阿里云", "北岸"],
        "SMS_1",
        [{"name": "王芳"}, MappingProxyType({"name": "李雷"})],
        sms_up_extend_codes=["1", "2"],
        out_id="batch",
    )

    assert (
        params(provider).items()
        >= {
            "PhoneNumberJson": '["13800138000","13900139000"]',
            "SignNameJson": '["阿里云","北岸"]',
            "TemplateCode": "SMS_1",
            "TemplateParamJson": '[{"name":"王芳"},{"name":"李雷"}]',
            "SmsUpExtendCodeJson": '["1","2"]',
            "OutId": "batch",
        }.items()
    )
    assert "13800138000" not in str(last(provider).url)


@pytest.mark.parametrize(
    "lists",
    [
        {"sign_names": ["a"]},
        {"template_params": [{}]},
        {"template_params": []},
        {"sms_up_extend_codes": ["1", "2", "3"]},
    ],
)
def test_a_batch_whose_lists_differ_in_length_is_not_sent(
    provider: responses.RequestsMock, lists: dict[str, Any]
) -> None:
    arguments = {"phone_numbers": ["13800138000", "13900139000"], "sign_names": ["a", "b"], "template_code": "SMS_1"}

    with pytest.raises(ValueError, match="every list must be as long as phone_numbers"):
        make_client().send_batch_sms(**arguments | lists)

    assert len(provider.calls) == 0


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_is_one_up_to_a_hundred_numbers(provider: responses.RequestsMock, count: int) -> None:
    with pytest.raises(ValueError, match="1 to 100 numbers"):
        make_client().send_batch_sms(["13800138000"] * count, ["a"] * count, "SMS_1")

    assert len(provider.calls) == 0


@VERSIONS
def test_a_review_is_asked_for_by_name_and_code(wire: responses.RequestsMock, version: int) -> None:
    wire.post(URL, json={"Code": "OK", "SignStatus": 1, "TemplateStatus": "2"})
    client = make_client(version)

    assert client.get_sms_sign("阿里云").state == "approved"
    assert params(wire).items() >= {"SignName": "阿里云"}.items()
    assert client.get_sms_template("SMS_1").code == "OK"
    assert params(wire).items() >= {"TemplateCode": "SMS_1"}.items()


@VERSIONS
def test_a_query_names_one_number_and_one_day(wire: responses.RequestsMock, version: int) -> None:
    row = {"PhoneNum": "13800138000", "SendStatus": 3, "OutId": "order 1"}
    wire.post(URL, json={"Code": "OK", "TotalCount": "1", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [row]}})

    found = make_client(version).query_send_details("13800138000", "20260102", page_size=10, current_page=2, biz_id="B")

    assert (found.total_count, found.details[0].out_id) == (1, "order 1")
    assert (
        params(wire).items()
        >= {
            "PhoneNumber": "13800138000",
            "SendDate": "20260102",
            "PageSize": "10",
            "CurrentPage": "2",
            "BizId": "B",
        }.items()
    )


@VERSIONS
@pytest.mark.parametrize("code", ["OK", "isv.BUSINESS_LIMIT_CONTROL", "SignatureDoesNotMatch", "isv.NEVER_SEEN"])
def test_an_answer_is_returned_with_its_code_not_raised(wire: responses.RequestsMock, version: int, code: str) -> None:
    wire.post(URL, json=OK | {"Code": code})

    assert send(make_client(version)) == Answer(code, "OK", "R-1", "B-1^0")


def test_each_call_has_a_nonce_of_its_own(provider: responses.RequestsMock) -> None:
    client = SmsClient(KEY)
    nonces = set()
    for _ in range(20):
        send(client)
        nonces.add(params(provider)["SignatureNonce"])

    assert len(nonces) == 20


def test_clock_and_nonce_are_the_callers(provider: responses.RequestsMock) -> None:
    send(make_client(nonce=lambda: "nonce-1"))

    assert (params(provider)["Timestamp"], params(provider)["SignatureNonce"]) == ("2026-01-02T03:04:05Z", "nonce-1")


@VERSIONS
def test_a_batch_with_the_same_stamp_is_the_identical_request(provider: responses.RequestsMock, version: int) -> None:
    client = make_client(version)
    stamp = client.stamp()

    for _ in range(2):
        client.send_batch_sms(["13800138000"], ["阿里云"], "SMS_1", [{"code": "canary"}], stamp=stamp)

    first, second = (call.request for call in provider.calls)
    assert (first.url, first.headers, first.body) == (second.url, second.headers, second.body)


@pytest.mark.parametrize("endpoint", ["https://example.com", "https://example.com/", "https://example.com:8443/"])
def test_an_endpoint_may_end_with_a_slash(wire: responses.RequestsMock, endpoint: str) -> None:
    wire.post(endpoint.rstrip("/") + "/", json=OK)

    send(make_client(endpoint=endpoint))

    assert last(wire).url == endpoint.rstrip("/") + "/"


def caused(error: Exception, cause: Exception) -> Exception:
    """An error as it is raised while another one is handled."""
    error.__context__ = cause
    return error


FAILURES = [
    (requests.ReadTimeout("canary"), "client:read-timeout"),
    (ReadTimeoutError(None, "/?canary", "canary"), "client:read-timeout"),  # type: ignore[arg-type]
    (
        caused(requests.ConnectionError("canary"), caused(ProtocolError("canary"), TimeoutError())),
        "client:read-timeout",
    ),
    (requests.ConnectionError(ProtocolError("canary", ConnectionResetError())), "client:connection-reset"),
    (requests.exceptions.SSLError("canary"), "client:connection-reset"),
    (requests.exceptions.ProxyError("canary"), "client:connection-reset"),
    (requests.exceptions.ChunkedEncodingError("canary"), "client:connection-reset"),
    (requests.exceptions.ContentDecodingError("canary"), "client:connection-reset"),
    (requests.exceptions.InvalidURL("canary"), "client:connection-reset"),
    (ValueError("canary"), "client:connection-reset"),
    (UnicodeEncodeError("latin-1", "canary", 0, 1, "canary"), "client:connection-reset"),
]


@VERSIONS
@pytest.mark.parametrize(("failure", "code"), FAILURES, ids=[type(failure).__name__ for failure, _ in FAILURES])
def test_what_breaks_off_leaves_the_outcome_unknown_after_one_request(
    wire: responses.RequestsMock, version: int, failure: Exception, code: str
) -> None:
    wire.post(URL, body=failure)

    with pytest.raises(OutcomeUnknown) as raised:
        send(make_client(version))

    assert raised.value.code == code
    assert len(wire.calls) == 1


@VERSIONS
@pytest.mark.parametrize(("failure", "code"), FAILURES, ids=[type(failure).__name__ for failure, _ in FAILURES])
def test_no_error_quotes_the_request(wire: responses.RequestsMock, version: int, failure: Exception, code: str) -> None:
    wire.post(URL, body=failure)

    try:
        send(make_client(version))
    except OutcomeUnknown as error:
        text = f"{error!r} {error.description} {traceback.format_exc(limit=0)}"

    assert code in text
    assert not [canary for canary in CANARIES if canary in text]


@pytest.mark.parametrize(
    "failure", [requests.ConnectTimeout("canary"), NotSent("client:connect-failure", "the connection failed")]
)
def test_a_failure_to_connect_is_not_sent(wire: responses.RequestsMock, failure: Exception) -> None:
    wire.post(URL, body=failure)

    with pytest.raises(NotSent) as raised:
        send(make_client())

    assert raised.value.code == "client:connect-failure"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_5xx_leaves_the_outcome_unknown_after_one_request(wire: responses.RequestsMock, status: int) -> None:
    wire.post(URL, status=status, json={"Code": "ServiceUnavailable", "Message": "13800138000"})

    with pytest.raises(OutcomeUnknown) as raised:
        send(make_client())

    assert raised.value.code == "ServiceUnavailable"
    assert len(wire.calls) == 1


@pytest.mark.parametrize(
    "location", ["https://elsewhere.example/", "/", "", "http://[", "http://", "//\x00", "https://\ud7ff:99999999/"]
)
def test_a_redirect_is_not_followed_and_leaves_the_outcome_unknown(wire: responses.RequestsMock, location: str) -> None:
    wire.post(URL, status=307, headers={"Location": location})

    with pytest.raises(OutcomeUnknown):
        send(make_client())

    assert len(wire.calls) == 1


class Nobody:
    """A source without credentials."""

    def current(self) -> Credentials:
        raise NoCredentials("client:no-credentials", "the secret is empty")

    def renew(self, refused: Credentials) -> bool:
        return self.current() != refused


def test_without_credentials_nothing_is_sent(provider: responses.RequestsMock) -> None:
    with pytest.raises(NoCredentials):
        send(SmsClient(Nobody()))

    assert len(provider.calls) == 0


@pytest.mark.parametrize("seconds_left", [0.999, 0, -5])
def test_without_a_second_left_nothing_is_sent(provider: responses.RequestsMock, seconds_left: float) -> None:
    with pytest.raises(NotSent) as raised:
        send(make_client(), seconds_left=seconds_left)

    assert raised.value.code == "client:out-of-time"
    assert len(provider.calls) == 0


def timeouts(wire: responses.RequestsMock) -> tuple[float, float]:
    """Seconds that the last request had to connect, and from then on for itself and its answer."""
    deadline: Deadline = kwargs(wire)["timeout"]
    return deadline.connect_timeout, deadline.of_answer().read_timeout


@pytest.fixture
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aliyun_sms.provider.deadline.time", SimpleNamespace(monotonic=lambda: 100.0))


@pytest.mark.usefixtures("_time_stands_still")
def test_connecting_and_waiting_have_timeouts_of_their_own(provider: responses.RequestsMock) -> None:
    send(make_client(connect_timeout=2.0, read_timeout=7.0))

    assert timeouts(provider) == (2.0, 7.0)


@pytest.mark.usefixtures("_time_stands_still")
@pytest.mark.parametrize(("left", "expected"), [(1.5, (0.5, 1.5)), (9.0, (2.0, 9.0)), (90.0, (2.0, 70.0))])
def test_the_time_left_bounds_both_together_and_connecting_leaves_a_second_of_it(
    provider: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, left: float, expected: tuple[float, float]
) -> None:
    monkeypatch.setattr("aliyun_sms.provider.client.time", SimpleNamespace(monotonic=lambda: 100.0))

    send(make_client(connect_timeout=2.0, read_timeout=70.0), seconds_left=left)

    assert timeouts(provider) == expected


class SlowSource:
    """Credentials that take four seconds of a clock to fetch."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def current(self) -> Credentials:
        self.now += 4.0
        return KEY

    def renew(self, refused: Credentials) -> bool:
        return self.current() != refused


@pytest.mark.usefixtures("_time_stands_still")
@pytest.mark.parametrize(("left", "seconds"), [(10.0, 6.0), (5.0, 1.0)])
def test_the_time_it_takes_to_fetch_the_credentials_is_time_gone(
    provider: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, left: float, seconds: float
) -> None:
    source = SlowSource()
    monkeypatch.setattr("aliyun_sms.provider.client.time", source)

    send(SmsClient(source), seconds_left=left)

    assert timeouts(provider)[1] == seconds


def test_credentials_that_come_too_late_send_nothing(
    provider: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SlowSource()
    monkeypatch.setattr("aliyun_sms.provider.client.time", source)

    with pytest.raises(NotSent):
        send(SmsClient(source), seconds_left=4.5)

    assert len(provider.calls) == 0


@VERSIONS
def test_the_client_says_who_it_is_and_wants_json(provider: responses.RequestsMock, version: int) -> None:
    send(make_client(version))

    assert last(provider).headers["User-Agent"].startswith("aliyun-sms-lambda/")
    assert last(provider).headers["Accept"] == "application/json"


def test_a_value_that_json_does_not_know_is_a_mistake_in_the_program_and_is_not_sent(
    provider: responses.RequestsMock,
) -> None:
    with pytest.raises(TypeError, match="datetime cannot go into JSON"):
        make_client().send_sms(["13800138000"], "a", "SMS_1", {"at": NOW})  # type: ignore[dict-item]

    assert len(provider.calls) == 0


def test_the_body_of_version_3_is_empty_and_says_so(provider: responses.RequestsMock) -> None:
    send(make_client(3))

    assert last(provider).body == b""
    assert last(provider).headers["Content-Length"] == "0"
    assert json.loads(params(provider)["TemplateParam"]) == {"code": "canary"}
