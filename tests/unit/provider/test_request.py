"""A call as it goes over the wire under each signature version."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.provider.credentials import Credentials
from aliyun_sms.provider.request import VERSION, SignedRequest, Stamp, acs3_request, rpc_request
from aliyun_sms.signature import acs3_authorization, rpc_signature
from tests.workbench.functions import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

ENDPOINT = "https://dysmsapi.aliyuncs.com"
KEY = Credentials("testId", "testSecret")
TEMPORARY_KEY = Credentials("STS.id", "secret", "token+/=")
STAMP = Stamp(datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC), "nonce-1")
MESSAGE = {
    "PhoneNumbers": "13800138000",
    "SignName": "阿里云",
    "TemplateCode": "SMS_1",
    "TemplateParam": '{"a":"+ * ~ %20 \' \\" \\n 😀"}',
    "OutId": "",
}
BATCH = {
    "PhoneNumberJson": '["13800138000"]',
    "SignNameJson": '["阿里云"]',
    "TemplateCode": "SMS_1",
    "TemplateParamJson": '[{"a":"b"}]',
    "SmsUpExtendCodeJson": '["1"]',
    "OutId": "batch",
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]))

VERSIONS = pytest.mark.parametrize("sign", [rpc_request, acs3_request], ids=["V1", "V3"])


def form(request: SignedRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=bool(request.body)))


def query(request: SignedRequest) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))


def signed_headers(request: SignedRequest) -> dict[str, str]:
    names = request.headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    return {name: request.headers[name] for name in names}


def test_version_1_puts_everything_into_the_form_and_nothing_into_the_url() -> None:
    request = rpc_request(ENDPOINT, "SendSms", MESSAGE, KEY, STAMP)
    sent = form(request)

    assert request.url == "https://dysmsapi.aliyuncs.com/"
    assert sent.pop("Signature") == rpc_signature("POST", sent, "testSecret")
    assert sent == MESSAGE | {
        "Action": "SendSms",
        "Version": "2017-05-25",
        "Format": "JSON",
        "AccessKeyId": "testId",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": "nonce-1",
        "Timestamp": "2026-01-02T03:04:05Z",
    }


def test_version_1_says_that_its_body_is_a_form() -> None:
    headers = rpc_request(ENDPOINT, "SendSms", MESSAGE, KEY, STAMP).headers

    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_temporary_key_sends_its_token_signed_under_version_1() -> None:
    sent = form(rpc_request(ENDPOINT, "SendSms", MESSAGE, TEMPORARY_KEY, STAMP))

    assert sent["SecurityToken"] == "token+/="
    assert sent.pop("Signature") == rpc_signature("POST", sent, "secret")


def test_version_3_puts_a_message_into_the_query_and_leaves_the_body_empty() -> None:
    request = acs3_request(ENDPOINT, "SendSms", MESSAGE, KEY, STAMP)

    assert query(request) == MESSAGE
    assert request.body == b""
    assert "content-type" not in request.headers


def test_version_3_puts_the_lists_of_a_batch_into_the_form() -> None:
    request = acs3_request(ENDPOINT, "SendBatchSms", BATCH, KEY, STAMP)

    assert query(request) == {"TemplateCode": "SMS_1", "OutId": "batch"}
    assert form(request) == {name: value for name, value in BATCH.items() if name.endswith("Json")}
    assert signed_headers(request)["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("params", [MESSAGE, BATCH], ids=["SendSms", "SendBatchSms"])
def test_version_3_signs_host_and_every_header_of_its_own(params: dict[str, str]) -> None:
    request = acs3_request(ENDPOINT, "SendSms", params, KEY, STAMP)
    headers = signed_headers(request)

    authorization = acs3_authorization("POST", "/", query(request), headers, request.body, "testId", "testSecret")

    assert request.headers["Authorization"] == authorization
    assert {name for name in request.headers if name.startswith("x-acs-")} <= set(headers)
    assert (
        headers.items()
        >= {
            "host": "dysmsapi.aliyuncs.com",
            "x-acs-action": "SendSms",
            "x-acs-version": "2017-05-25",
            "x-acs-date": "2026-01-02T03:04:05Z",
            "x-acs-signature-nonce": "nonce-1",
            "x-acs-content-sha256": sha256(request.body).hexdigest(),
        }.items()
    )


def test_a_temporary_key_sends_its_token_signed_under_version_3() -> None:
    request = acs3_request(ENDPOINT, "SendSms", MESSAGE, TEMPORARY_KEY, STAMP)

    assert signed_headers(request)["x-acs-security-token"] == "token+/="


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://dysmsapi.ap-southeast-1.aliyuncs.com", "dysmsapi.ap-southeast-1.aliyuncs.com"),
        ("http://127.0.0.1:9000", "127.0.0.1:9000"),
        ("https://example.com:443", "example.com:443"),
        ("http://[::1]:9000", "[::1]:9000"),
    ],
)
def test_version_3_sends_and_signs_the_host_with_the_port_that_the_endpoint_names(endpoint: str, host: str) -> None:
    request = acs3_request(endpoint, "SendSms", MESSAGE, KEY, STAMP)

    assert signed_headers(request)["host"] == host
    assert request.url.startswith(f"{endpoint}/?")


@VERSIONS
def test_no_key_is_in_a_url(sign: Callable[..., SignedRequest]) -> None:
    url = sign(ENDPOINT, "SendSms", MESSAGE, TEMPORARY_KEY, STAMP).url

    assert not any(secret in url for secret in ("STS.id", "secret", "token", "Signature"))


@VERSIONS
def test_a_request_shows_nothing_of_itself(sign: Callable[..., SignedRequest]) -> None:
    assert repr(sign(ENDPOINT, "SendSms", MESSAGE, KEY, STAMP)) == "SignedRequest()"


@VERSIONS
def test_the_same_stamp_makes_the_same_request_again(sign: Callable[..., SignedRequest]) -> None:
    turned = dict(reversed(MESSAGE.items()))

    assert sign(ENDPOINT, "SendSms", MESSAGE, KEY, STAMP) == sign(ENDPOINT, "SendSms", turned, KEY, STAMP)


@VERSIONS
@given(values=st.fixed_dictionaries({"SignName": TEXT, "TemplateParam": TEXT}, optional={"OutId": TEXT}))
def test_every_text_survives(sign: Callable[..., SignedRequest], values: dict[str, str]) -> None:
    request = sign(ENDPOINT, "SendSms", values, KEY, STAMP)
    sent: dict[str, Any] = query(request) | form(request)

    assert {name: sent[name] for name in values} == values


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5, minutes=-30))])
def test_a_stamp_is_in_utc_whatever_the_zone_of_the_clock(zone: timezone) -> None:
    assert Stamp(STAMP.timestamp.astimezone(zone), "").text() == "2026-01-02T03:04:05Z"


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["version"] == VERSION
