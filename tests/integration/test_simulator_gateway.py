"""The gateway's checks, over the wire: who calls, when, with which nonce, and whether the signature proves it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from local.simulator import signature
from tests.integration.conftest import SEND_SMS, rpc_params, signed_form, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.conftest import Simulator

FORM = {"content-type": "application/x-www-form-urlencoded"}
BUSINESS = {name: value for name, value in SEND_SMS.items() if name != "Action"}


def acs3_request(
    simulator: Simulator, *, query: dict[str, str] | None = None, body: bytes = b"", **changes: str | None
) -> tuple[str, str, bytes, dict[str, str]]:
    """Sign a V3 request; changes are headers by their names in capitals with underscores, None leaves one out."""
    query = BUSINESS if query is None else query
    headers = {
        "host": simulator.endpoint,
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": timestamp(),
        "x-acs-signature-nonce": uuid4().hex,
        "x-acs-content-sha256": signature.hashed_payload(body),
    }
    for name, value in changes.items():
        headers |= {name.replace("_", "-"): value or ""}
        if value is None:
            del headers[name.replace("_", "-")]
    key = headers.pop("credential", "testId")
    request = signature.acs3_canonical_request("POST", "/", query.items(), headers, signature.hashed_payload(body))
    computed = signature.acs3_signature(signature.acs3_string_to_sign(request), "testSecret")
    names = ";".join(sorted(headers))
    headers["authorization"] = f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={computed}"
    return "POST", f"/?{urlencode(query)}", body, headers


def test_a_get_has_everything_in_the_query(simulator: Simulator) -> None:
    reply = simulator.request("GET", f"/?{urlencode(rpc_params(method='GET'))}")

    assert (reply.status, reply.code) == (200, "OK")
    assert simulator.messages()[0]["http_method"] == "GET"


def test_a_post_has_everything_in_the_form_and_nothing_in_the_url(simulator: Simulator) -> None:
    reply = simulator.call()

    (request,) = simulator.requests()
    assert (reply.status, reply.code) == (200, "OK")
    assert request["query_keys"] == []
    assert {"PhoneNumbers", "Signature", "AccessKeyId"} <= set(request["form_keys"])


def test_a_post_has_everything_in_the_query(simulator: Simulator) -> None:
    assert simulator.request("POST", f"/?{urlencode(rpc_params())}").code == "OK"


def test_a_post_is_split_between_query_and_form(simulator: Simulator) -> None:
    params = rpc_params()
    form = {name: params.pop(name) for name in BUSINESS}

    reply = simulator.request("POST", f"/?{urlencode(params)}", urlencode(form).encode(), FORM)

    assert reply.code == "OK"


def test_a_v3_call_has_its_parameters_in_the_query(simulator: Simulator) -> None:
    reply = simulator.request(*acs3_request(simulator))

    (message,) = simulator.messages()
    assert (reply.status, reply.code) == (200, "OK")
    assert message["signature_version"] == 3


def test_a_v3_call_may_have_a_form(simulator: Simulator) -> None:
    body = urlencode(BUSINESS).encode()

    reply = simulator.request(*acs3_request(simulator, query={}, body=body, **FORM))

    assert reply.code == "OK"


def test_a_gateway_error_has_the_gateways_form(simulator: Simulator) -> None:
    reply = simulator.call(SignName=None)

    answer = reply.json()
    assert reply.status == 400
    assert reply.headers["content-type"] == "application/json;charset=utf-8"
    assert re.fullmatch(r"[0-9A-F-]{36}", answer.pop("RequestId"))
    assert answer == {
        "HostId": simulator.endpoint,
        "Code": "MissingSignName",
        "Message": "SignName is mandatory for this action.",
        "Recommend": "https://error-center.aliyun.com/status/search?Keyword=MissingSignName&source=PopGw",
    }
    assert simulator.messages() == []


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"Version": "2016-01-01"}, 400, "InvalidVersion"),
        ({"Version": None}, 400, "MissingVersion"),
        ({"Action": "SendSmoke"}, 404, "InvalidAction.NotFound"),
        ({"Action": None}, 400, "MissingAction"),
        ({"AccessKeyId": None}, 400, "MissingAccessKeyId"),
        ({"AccessKeyId": "stranger"}, 404, "InvalidAccessKeyId.NotFound"),
        ({"Timestamp": None}, 400, "MissingTimestamp"),
        ({"Timestamp": "2026-01-01 00:00:00"}, 400, "InvalidTimeStamp.Format"),
        ({"Timestamp": "2026-02-30T00:00:00Z"}, 400, "InvalidTimeStamp.Format"),
        ({"Timestamp": "2026-01-01T00:00:00+08:00"}, 400, "InvalidTimeStamp.Format"),
        ({"SignatureNonce": None}, 400, "MissingSignatureNonce"),
        ({"SignatureMethod": "HMAC-MD5"}, 400, "InvalidSignatureMethod"),
        ({"SignatureMethod": None}, 400, "MissingSignatureMethod"),
        ({"SignatureVersion": "2.0"}, 400, "InvalidSignatureVersion"),
        ({"Format": "YAML"}, 400, "InvalidParameter.Format"),
        ({"PhoneNumbers": None}, 400, "MissingPhoneNumbers"),
        ({"PhoneNumbers": ""}, 400, "MissingPhoneNumbers"),
        ({"TemplateCode": None}, 400, "MissingTemplateCode"),
        ({"Action": "SendBatchSms"}, 400, "MissingPhoneNumberJson"),
        ({"Action": "QuerySendDetails"}, 400, "MissingPhoneNumber"),
        ({"SecurityToken": "token"}, 400, "InvalidSecurityToken.Malformed"),
    ],
)
def test_the_gateway_refuses(simulator: Simulator, changes: dict[str, Any], status: int, code: str) -> None:
    reply = simulator.call(**changes)

    assert (reply.status, reply.code) == (status, code)
    assert simulator.requests()[-1]["code"] == code
    assert simulator.messages() == []


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"x_acs_action": None}, 400, "MissingAction"),
        ({"x_acs_version": "2016-01-01"}, 400, "InvalidVersion"),
        ({"x_acs_date": "Thu, 01 Jan 2026 00:00:00 GMT"}, 400, "InvalidTimeStamp.Format"),
        ({"x_acs_date": "2026-01-01T00:00:00Z"}, 400, "InvalidTimeStamp.Expired"),
        ({"x_acs_signature_nonce": None}, 400, "MissingSignatureNonce"),
        ({"credential": "stranger"}, 404, "InvalidAccessKeyId.NotFound"),
        ({"x_acs_security_token": "token"}, 400, "InvalidSecurityToken.Malformed"),
        ({"x_acs_content_sha256": "0" * 64}, 400, "SignatureDoesNotMatch"),
        ({"x_acs_content_sha256": None}, 400, "IncompleteSignature"),
        ({"query": {"PhoneNumbers": "13800138000"}}, 400, "MissingSignName"),
    ],
)
def test_the_gateway_refuses_by_v3(simulator: Simulator, changes: dict[str, Any], status: int, code: str) -> None:
    reply = simulator.request(*acs3_request(simulator, **changes))

    assert (reply.status, reply.code) == (status, code)
    assert simulator.messages() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(simulator: Simulator, method: str) -> None:
    reply = simulator.request(method, "/", signed_form(method=method), FORM)

    assert (reply.status, reply.code) == (400, "UnsupportedHTTPMethod")


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_timestamp_less_than_fifteen_minutes_off_is_taken(simulator: Simulator, minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)

    assert simulator.call(Timestamp=f"{at:%Y-%m-%dT%H:%M:%SZ}").code == "OK"


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_timestamp_more_than_fifteen_minutes_off_is_refused(simulator: Simulator, minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)

    assert simulator.call(Timestamp=f"{at:%Y-%m-%dT%H:%M:%SZ}").code == "InvalidTimeStamp.Expired"


def test_a_tampered_v1_request_is_refused_and_the_gateway_quotes_what_it_signed(simulator: Simulator) -> None:
    tampered = signed_form().replace(b"13800138000", b"13800138001")

    reply = simulator.post(tampered)

    assert (reply.status, reply.code) == (400, "SignatureDoesNotMatch")
    message = reply.json()["Message"]
    said, _, quoted = message.partition(" server string to sign is:")
    assert said == "Specified signature is not matched with our calculation."
    assert quoted.startswith("POST&%2F&AccessKeyId%3DtestId%26Action%3DSendSms%26")
    assert "13800138001" in message
    assert simulator.messages() == []


def test_a_tampered_v3_request_is_refused_and_the_gateway_quotes_what_it_signed(simulator: Simulator) -> None:
    method, target, body, headers = acs3_request(simulator)

    reply = simulator.request(method, target.replace("13800138000", "13800138001"), body, headers)

    assert (reply.status, reply.code) == (400, "SignatureDoesNotMatch")
    assert "13800138001" in reply.json()["Message"]
    assert simulator.messages() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-acs-action", "QuerySendDetails"),
        ("x-acs-signature-nonce", "another"),
        ("x-acs-date", f"{datetime.now(UTC) + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"),
    ],
    ids=["action", "nonce", "date"],
)
def test_a_v3_header_that_was_changed_is_refused(simulator: Simulator, name: str, value: str) -> None:
    method, target, body, headers = acs3_request(simulator)

    reply = simulator.request(method, target, body, headers | {name: value})

    assert reply.code == "SignatureDoesNotMatch"


def test_a_v3_body_that_was_changed_is_refused(simulator: Simulator) -> None:
    content = urlencode(BUSINESS).encode()
    method, target, body, headers = acs3_request(simulator, query={}, body=content, **FORM)

    reply = simulator.request(method, target, body.replace(b"13800138000", b"13800138001"), headers)

    assert reply.code == "SignatureDoesNotMatch"


def test_a_v3_header_that_is_not_signed_is_refused(simulator: Simulator) -> None:
    method, target, body, headers = acs3_request(simulator)

    reply = simulator.request(method, target, body, headers | {"x-acs-security-token": "smuggled"})

    assert reply.code == "IncompleteSignature"


def test_an_authorization_of_another_scheme_is_refused(simulator: Simulator) -> None:
    method, target, body, headers = acs3_request(simulator)

    reply = simulator.request(method, target, body, headers | {"authorization": "Basic dGVzdDp0ZXN0"})

    assert reply.code == "IncompleteSignature"


@pytest.mark.parametrize("nonce_check", ["before", "after"])
def test_a_replay_is_refused(simulator: Simulator, nonce_check: str) -> None:
    simulator.options(nonce_check=nonce_check)
    form = signed_form()

    replies = [simulator.post(form) for _ in range(3)]

    assert [reply.status for reply in replies] == [200, 400, 400]
    assert [reply.code for reply in replies] == ["OK", "SignatureNonceUsed", "SignatureNonceUsed"]
    assert len(simulator.messages()) == 1


@pytest.mark.parametrize("nonce_check", ["before", "after"])
def test_a_replay_by_v3_is_refused(simulator: Simulator, nonce_check: str) -> None:
    simulator.options(nonce_check=nonce_check)
    request = acs3_request(simulator)

    assert [simulator.request(*request).code for _ in range(2)] == ["OK", "SignatureNonceUsed"]


@pytest.mark.parametrize(
    ("nonce_check", "code"), [("before", "SignatureNonceUsed"), ("after", "OK")], ids=["burnt", "not burnt"]
)
def test_a_call_that_the_gateway_refused_has_burnt_its_nonce_or_not(
    simulator: Simulator, nonce_check: str, code: str
) -> None:
    simulator.options(nonce_check=nonce_check)
    nonce = str(uuid4())

    assert simulator.call(SignatureNonce=nonce, SignName=None).code == "MissingSignName"
    assert simulator.call(SignatureNonce=nonce).code == code


@pytest.mark.parametrize("nonce_check", ["before", "after"])
def test_a_call_that_the_product_refused_has_burnt_its_nonce(simulator: Simulator, nonce_check: str) -> None:
    simulator.options(nonce_check=nonce_check)
    nonce = str(uuid4())

    assert simulator.call(SignatureNonce=nonce, PhoneNumbers="12").code == "isv.MOBILE_NUMBER_ILLEGAL"
    assert simulator.call(SignatureNonce=nonce).code == "SignatureNonceUsed"


def test_a_nonce_belongs_to_an_access_key(simulator: Simulator) -> None:
    simulator.options(access_keys=["testId:testSecret", "other:secret"])
    nonce = str(uuid4())

    assert simulator.call(SignatureNonce=nonce).code == "OK"
    assert simulator.call(SignatureNonce=nonce, AccessKeyId="other", secret="secret").code == "OK"


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("first-token", 200, "OK"),
        (None, 400, "MissingSecurityToken"),
        ("second-token", 400, "InvalidSecurityToken.MismatchWithAccessKey"),
        ("old-token", 400, "InvalidSecurityToken.Expired"),
        ("garbled", 400, "InvalidSecurityToken.Malformed"),
    ],
)
def test_a_temporary_key_goes_with_its_token(simulator: Simulator, token: str | None, status: int, code: str) -> None:
    simulator.options(
        access_keys=["testId:testSecret:first-token", "other:secret:second-token"], expired_tokens=["old-token"]
    )

    reply = simulator.call(SecurityToken=token)

    assert (reply.status, reply.code) == (status, code)


def test_a_key_that_was_rotated_away_is_not_found(simulator: Simulator) -> None:
    simulator.options(access_keys=["new:secret"])

    assert simulator.call().code == "InvalidAccessKeyId.NotFound"
    assert simulator.call(AccessKeyId="new", secret="secret").code == "OK"


def test_format_xml_is_honoured(simulator: Simulator) -> None:
    reply = simulator.call(Format="XML")

    text = reply.body.decode()
    assert reply.headers["content-type"] == "text/xml;charset=utf-8"
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?><SendSmsResponse><Message>OK</Message><RequestId>')
    assert "<Code>OK</Code><BizId>" in text


def test_a_gateway_error_in_xml_has_no_recommendation(simulator: Simulator) -> None:
    reply = simulator.call(Format="xml", SignName=None)

    assert reply.status == 400
    members = re.findall(r"<(\w+)>", reply.body.decode())
    assert members == ["Error", "RequestId", "HostId", "Code", "Message"]


def test_xml_escapes_what_it_quotes(simulator: Simulator) -> None:
    reply = simulator.call(Format="XML", secret="wrong")

    assert "POST&amp;%2F&amp;" in reply.body.decode()


def test_without_a_format_the_answer_is_json(simulator: Simulator) -> None:
    assert simulator.call(Format=None).code == "OK"


def test_the_order_of_the_nonce_check_is_an_option_of_the_command_line(start_simulator: Callable[..., Any]) -> None:
    with start_simulator("--nonce-check", "after") as simulator:
        nonce = str(uuid4())

        assert simulator.call(SignatureNonce=nonce, SignName=None).status == 400
        assert simulator.call(SignatureNonce=nonce).status == 200
