"""What an HTTP response means: an answer with a code, or an outcome that nobody knows."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.errors import OutcomeUnknown
from aliyun_sms.provider.answer import _STRING_TO_SIGN, Answer, SendDetail, read_answer, read_send_details

REFUSED = {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "13800138000invalid mobile number", "RequestId": "R-1"}
ROW = {
    "OutId": "123",
    "SendDate": "2018-04-27 14:19:30",
    "SendStatus": 3,
    "ReceiveDate": "2018-04-27 14:19:35",
    "ErrCode": "DELIVRD",
    "TemplateCode": "SMS_132940015",
    "Content": "【sign】text",
    "PhoneNum": "15300000001",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
NAMES = ["Code", "Message", "RequestId", "BizId", "TotalCount", "SmsSendDetailDTOs"]


def read(fields: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return read_answer(status, headers or {}, json.dumps(fields).encode())


def unknown(status: int, body: bytes) -> OutcomeUnknown:
    with pytest.raises(OutcomeUnknown) as raised:
        read_answer(status, {}, body)
    return raised.value


def details(*rows: object, **fields: object) -> Any:
    body = {
        "Code": "OK",
        "Message": "OK",
        "RequestId": "R-1",
        "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows},
        **fields,
    }
    return read_send_details(200, {}, json.dumps(body).encode())


def test_an_answer_holds_what_the_provider_said() -> None:
    answer = read({"Message": "OK", "RequestId": "R-1", "Code": "OK", "BizId": "9006^0"})

    assert answer == Answer("OK", "OK", "R-1", "9006^0")


@pytest.mark.parametrize("status", [200, 400, 403, 404, 429])
def test_a_refusal_is_told_by_its_code_whatever_the_status(status: int) -> None:
    answer = read(REFUSED, status)

    assert (answer.code, answer.message) == ("isv.MOBILE_NUMBER_ILLEGAL", "13800138000invalid mobile number")
    assert (answer.request_id, answer.biz_id) == ("R-1", None)


def test_an_unknown_code_keeps_its_text() -> None:
    answer = read({"Code": "isv.NEVER_SEEN", "Message": "从未见过"})

    assert (answer.code, answer.message) == ("isv.NEVER_SEEN", "从未见过")


def test_what_is_missing_or_empty_is_none() -> None:
    assert read({"Code": "OK", "BizId": "", "RequestId": None}) == Answer("OK", "", None, None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<html>Bad Gateway</html>",
        b'{"Code": "OK"',
        b'"OK"',
        b'["OK"]',
        b"null",
        b"{}",
        b'{"code": "OK"}',
        b'{"Code": ""}',
        b'{"Code": null}',
        b'{"Code": 200}',
        b'{"Code": ["OK"]}',
        b"\xff\xfe\x00",
        b'{"Code": "OK", "x": NaN}',
        b'{"Code": "OK", "x": -Infinity}',
        b'{"Code": "X", "Code": "OK"}',
        b'{"Code": "OK", "x": {"y": 1, "y": 2}}',
        pytest.param(b"[" * 100_000, id="deep list"),
        pytest.param(b'{"Code": "OK", "x": ' + b"9" * 5000 + b"}", id="long number"),
    ],
)
def test_a_body_that_is_no_answer_of_the_api_leaves_the_outcome_unknown(body: bytes) -> None:
    assert unknown(200, body).code == "client:unreadable-answer"


@pytest.mark.parametrize("status", [201, 202, 204, 302, 400, 404])
def test_ok_with_another_status_than_200_is_not_believed(status: int) -> None:
    error = unknown(status, b'{"Code": "OK", "RequestId": "R-1"}')

    assert (error.code, error.request_id) == ("client:unreadable-answer", "R-1")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_5xx_without_an_answer_is_unknown_under_its_status(status: int) -> None:
    assert unknown(status, b"<html>").code == f"http:{status}"


@pytest.mark.parametrize("code", ["OK", "InternalError", "Throttling.User", "isv.BUSINESS_LIMIT_CONTROL"])
def test_a_5xx_is_unknown_whatever_code_it_names(code: str) -> None:
    error = unknown(503, json.dumps({"Code": code, "Message": "text", "RequestId": "R-1"}).encode())

    assert (error.code, error.description, error.request_id) == (code, "text", "R-1")


def test_the_text_of_an_error_leaves_out_what_the_provider_said() -> None:
    error = unknown(500, json.dumps(REFUSED | {"Code": "InternalError"}).encode())

    assert (str(error), repr(error)) == ("InternalError", "OutcomeUnknown('InternalError')")


@pytest.mark.parametrize(
    "quoted",
    [
        " server string to sign is:POST&%2F&AccessKeyId%3DtestId%26PhoneNumbers%3D13800138000",
        " Server String To Sign is:POST&%2F&\nPhoneNumbers%3D13800138000",
        " server StringToSign is [ACS3-HMAC-SHA256\n12] server CanonicalRequest is [POST\n/\nPhoneNumbers=13800138000]",
        "\nserver CanonicalRequest is [POST\n/\nPhoneNumbers=13800138000]",
    ],
)
def test_the_string_to_sign_that_a_refused_signature_quotes_is_cut_off(quoted: str) -> None:
    answer = read({"Code": "SignatureDoesNotMatch", "Message": f"Specified signature is not matched.{quoted}"}, 400)

    assert answer.message == "Specified signature is not matched."


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1", 0.001),
        ("1500", 1.5),
        ("0", 0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("١٢", None),
        ("²", None),
        pytest.param("9" * 5000, None, id="long number"),
        ("9" * 20, None),
        ("86400001", 86400),
        ("999999999", 86400),
    ],
)
def test_retry_after_is_read_from_milliseconds_where_it_is_a_sane_number(value: str, seconds: float | None) -> None:
    assert read(REFUSED, headers={"x-acs-retry-after": value}).retry_after == seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\ud83d", "a?"),
        ("a\x00b\x1b\x7f\x85", "a?b???"),
        ("a\r\nb\tc", "a  b c"),
        ("a\ufffe\uffff", "a??"),
        ("从未见过😀", "从未见过😀"),
        ("x" * 1000, "x" * 1000),
        pytest.param("x" * 1001, "x" * 999 + "…", id="a long text"),
    ],
)
def test_a_text_is_cleaned_and_cut_so_that_it_can_be_kept_and_sent_on(text: str, expected: str) -> None:
    answer = read({"Code": "X", "Message": text})

    assert answer.message == expected


@pytest.mark.parametrize("name", ["RequestId", "BizId"])
def test_an_id_is_whole_or_nobody_knows(name: str) -> None:
    assert read({"Code": "OK", name: "x" * 1000}).code == "OK"
    assert unknown(200, json.dumps({"Code": "OK", name: "x" * 1001}).encode()).code == "client:unreadable-answer"


@pytest.mark.parametrize("code", ["Throttling.\x00", "Throttling.\n", "Missing" + "x" * 1000])
def test_a_code_that_is_none_as_it_came_proves_no_refusal(code: str) -> None:
    error = unknown(200, json.dumps(REFUSED | {"Code": code}).encode())

    assert error.code != code
    assert error.code.isprintable()


@pytest.mark.parametrize("value", [["x"], {"x": "y"}])
def test_a_text_that_is_none_is_told_by_a_question_mark(value: object) -> None:
    assert read({"Code": "OK", "BizId": value}).biz_id == "?"


def test_a_text_of_a_megabyte_is_searched_for_a_string_to_sign_in_one_go() -> None:
    for part in ("server", "server ", "server string ", " ", "server string to"):
        text = part * (2**20 // len(part)) + " " * 2**20
        assert _STRING_TO_SIGN.search(text) is None


def test_an_answer_shows_no_message() -> None:
    assert "13800138000" not in repr(read(REFUSED))


def test_a_listed_send_is_read_into_its_fields() -> None:
    listed = details(ROW, TotalCount=1)

    assert (listed.code, listed.total_count) == ("OK", 1)
    assert listed.details == (
        SendDetail(
            phone_number="15300000001",
            out_id="123",
            send_status=3,
            err_code="DELIVRD",
            template_code="SMS_132940015",
            content="【sign】text",
            send_date="2018-04-27 14:19:30",
            receive_date="2018-04-27 14:19:35",
        ),
    )


def test_a_listed_send_shows_neither_number_nor_content() -> None:
    shown = repr(details(ROW))

    assert "15300000001" not in shown
    assert "text" not in shown


@pytest.mark.parametrize("missing", [{"OutId": "", "ErrCode": None, "ReceiveDate": ""}, {}])
def test_a_send_that_waits_for_its_receipt_may_lack_fields(missing: dict[str, object]) -> None:
    (row,) = details({"PhoneNum": "15300000001", "SendStatus": 1, **missing}).details

    assert (row.out_id, row.err_code, row.receive_date, row.send_status) == (None, None, None, 1)


@pytest.mark.parametrize("count", [2, "2"])
def test_the_total_is_a_number_or_its_text(count: object) -> None:
    assert details(TotalCount=count).total_count == 2


@pytest.mark.parametrize("listed", [None, {}, {"SmsSendDetailDTO": None}, {"SmsSendDetailDTO": []}])
def test_a_page_may_be_empty(listed: object) -> None:
    assert details(SmsSendDetailDTOs=listed).details == ()


def test_a_refused_query_has_no_details() -> None:
    answer = read_send_details(200, {}, json.dumps(REFUSED).encode())

    assert (answer.code, answer.details, answer.total_count) == ("isv.MOBILE_NUMBER_ILLEGAL", (), 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"TotalCount": "many"},
        {"TotalCount": [1]},
        {"TotalCount": float("inf")},
        {"SmsSendDetailDTOs": [ROW]},
        {"SmsSendDetailDTOs": {"SmsSendDetailDTO": "text"}},
        {"SmsSendDetailDTOs": {"SmsSendDetailDTO": [None]}},
        {"SmsSendDetailDTOs": {"SmsSendDetailDTO": 5}},
        {"SmsSendDetailDTOs": {"SmsSendDetailDTO": [{"SendStatus": None}]}},
        {"SmsSendDetailDTOs": {"SmsSendDetailDTO": [{"SendStatus": "x"}]}},
    ],
)
def test_a_list_of_another_shape_is_unreadable(fields: dict[str, object]) -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        details(**fields)

    assert raised.value.code == "client:unreadable-answer"


@given(
    status=st.integers(100, 599),
    body=st.binary()
    | JSON.map(json.dumps).map(str.encode)
    | st.dictionaries(st.sampled_from(NAMES), JSON).map(json.dumps).map(str.encode),
    retry_after=st.text(),
)
def test_any_response_is_an_answer_or_unknown_and_nothing_else(status: int, body: bytes, retry_after: str) -> None:
    with suppress(OutcomeUnknown):
        answer = read_send_details(status, {"x-acs-retry-after": retry_after}, body)
        assert answer.code
        assert status < 500
        answer.message.encode()
