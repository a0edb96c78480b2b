"""What the product says to SendSms, SendBatchSms and QuerySendDetails, over the wire."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.conftest import Simulator

OTP_ONLY = "示例验证"
ORDER = {"TemplateCode": "SMS_200000001", "TemplateParam": '{"name":"王芳","order":"A1"}'}


def batch(*phone_numbers: str, **changes: Any) -> dict[str, Any]:
    elements = {
        "PhoneNumberJson": list(phone_numbers),
        "SignNameJson": ["北岸书店"] * len(phone_numbers),
        "TemplateParamJson": [{"name": "王芳", "order": f"A{i}"} for i, _ in enumerate(phone_numbers)],
    } | {name: value for name, value in changes.items() if name.endswith("Json")}
    params: dict[str, Any] = {"Action": "SendBatchSms", "TemplateCode": "SMS_200000001"}
    params |= {name: value if isinstance(value, str) else json.dumps(value) for name, value in elements.items()}
    return params | {name: value for name, value in changes.items() if not name.endswith("Json")}


def details(**changes: Any) -> dict[str, Any]:
    today = f"{datetime.now(UTC) + timedelta(hours=8):%Y%m%d}"
    query = {"PhoneNumber": "13800138000", "SendDate": today, "PageSize": "10", "CurrentPage": "1"}
    return {"Action": "QuerySendDetails"} | query | changes


def test_an_accepted_call_answers_ok_with_one_biz_id_for_all_numbers(simulator: Simulator) -> None:
    reply = simulator.call(PhoneNumbers="13800138000,+8613800138001,85261234567")

    answer = reply.json()
    messages = simulator.messages()
    assert reply.status == 200
    assert set(answer) == {"Code", "Message", "RequestId", "BizId"}
    assert re.fullmatch(r"\d{18}\^0", answer["BizId"])
    assert [message["phone_number"] for message in messages] == ["13800138000", "13800138001", "85261234567"]
    assert {message["biz_id"] for message in messages} == {answer["BizId"]}


def test_a_message_tells_all_that_was_sent(simulator: Simulator) -> None:
    answer = simulator.call(OutId="order-1", SmsUpExtendCode="12345", SignatureNonce="n-1").json()

    (message,) = simulator.messages()
    accepted_at = datetime.fromisoformat(message.pop("accepted_at"))
    assert abs(datetime.now(UTC) - accepted_at) < timedelta(minutes=1)
    assert message == {
        "action": "SendSms",
        "phone_number": "13800138000",
        "sign_name": "阿里云短信测试",
        "template_code": "SMS_154950909",
        "template_param": {"code": "123456"},
        "content": "【阿里云短信测试】您正在使用阿里云短信测试服务，体验验证码是：123456，如非本人操作，请忽略本短信！",
        "billing_units": 1,
        "out_id": "order-1",
        "sms_up_extend_code": "12345",
        "biz_id": answer["BizId"],
        "request_id": answer["RequestId"],
        "nonce": "n-1",
        "signature_version": 1,
        "access_key_id": "testId",
        "http_method": "POST",
    }


def test_what_was_not_sent_is_null(simulator: Simulator) -> None:
    simulator.call()

    (message,) = simulator.messages()
    assert (message["out_id"], message["sms_up_extend_code"]) == (None, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"PhoneNumbers": "1380013800"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"PhoneNumbers": "13800138000,12"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"PhoneNumbers": "13800138000，13800138001"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"PhoneNumbers": ",".join(["13800138000"] * 1001)}, "isv.MOBILE_COUNT_OVER_LIMIT"),
        ({"SignName": "没有的签名"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"SignName": "【阿里云短信测试】"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "SMS_0"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"SignName": OTP_ONLY, **ORDER}, "isv.SMS_SIGNATURE_SCENE_ILLEGAL"),
        ({"TemplateParam": None}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": '{"code":"12'}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": '{"code":123456}'}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": '{"code":"12345678"}'}, "isv.PARAM_LENGTH_LIMIT"),
        ({"TemplateParam": '{"code":"12 34"}'}, "isv.INVALID_PARAMETERS"),
        ({**ORDER, "TemplateParam": '{"name":"http://a.b","order":"1"}'}, "isv.PARAM_NOT_SUPPORT_URL"),
        ({**ORDER, "TemplateParam": '{"name":"😀","order":"1"}'}, "isv.UNSUPPORTED_CONTENT"),
        ({"SmsUpExtendCode": "12345678"}, "isv.CODE_ERROR"),
        ({"OutId": "o" * 256}, "isv.INVALID_PARAMETERS"),
    ],
)
def test_the_product_refuses_with_a_200(simulator: Simulator, changes: dict[str, Any], code: str) -> None:
    reply = simulator.call(**changes)

    answer = reply.json()
    assert (reply.status, answer["Code"]) == (200, code)
    assert set(answer) == {"Code", "Message", "RequestId"}
    assert simulator.messages() == []


def test_the_message_quotes_a_bad_number(simulator: Simulator) -> None:
    assert simulator.call(PhoneNumbers="12").json()["Message"] == "12invalid mobile number"


def test_an_otp_signature_goes_with_an_otp_template(simulator: Simulator) -> None:
    assert simulator.call(SignName=OTP_ONLY).code == "OK"


def test_a_template_without_variables_needs_no_values(simulator: Simulator) -> None:
    assert simulator.call(TemplateCode="SMS_200000003", TemplateParam=None).code == "OK"


def test_an_out_id_of_255_characters_is_taken(simulator: Simulator) -> None:
    assert simulator.call(OutId="单" * 255).code == "OK"


def test_a_batch_pairs_numbers_signatures_and_values(simulator: Simulator) -> None:
    call = batch("13800138000", "13800138001", SmsUpExtendCodeJson=["1", "2"], OutId="batch-1")

    answer = simulator.call(**call).json()

    messages = simulator.messages()
    assert answer["Code"] == "OK"
    assert {(message["biz_id"], message["out_id"]) for message in messages} == {(answer["BizId"], "batch-1")}
    assert [(message["template_param"]["order"], message["sms_up_extend_code"]) for message in messages] == [
        ("A0", "1"),
        ("A1", "2"),
    ]


def test_a_batch_of_a_template_without_variables_needs_no_values(simulator: Simulator) -> None:
    call = batch("13800138000", "13800138001", TemplateCode="SMS_200000003")
    del call["TemplateParamJson"]

    assert simulator.call(**call).code == "OK"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (batch(*["13800138000"] * 101), "isv.MOBILE_COUNT_OVER_LIMIT"),
        (batch("13800138000", PhoneNumberJson="13800138000"), "isv.INVALID_JSON_PARAM"),
        (batch("13800138000", PhoneNumberJson="[13800138000]"), "isv.INVALID_JSON_PARAM"),
        (batch("13800138000", TemplateParamJson='["a"]'), "isv.INVALID_JSON_PARAM"),
        (batch("13800138000", SignNameJson=["北岸书店"] * 2), "isv.INVALID_PARAMETERS"),
        (
            batch("13800138000", "13800138001", TemplateParamJson=[{"name": "a", "order": "b"}]),
            "isv.INVALID_PARAMETERS",
        ),
        (batch("13800138000", SmsUpExtendCodeJson=["1", "2"]), "isv.INVALID_PARAMETERS"),
        (batch(), "isv.INVALID_PARAMETERS"),
    ],
)
def test_a_batch_that_does_not_fit_together_is_refused(simulator: Simulator, call: dict[str, Any], code: str) -> None:
    reply = simulator.call(**call)

    assert (reply.status, reply.code) == (200, code)
    assert simulator.messages() == []


BAD_SECOND = pytest.mark.parametrize(
    ("call", "code"),
    [
        (batch("13800138000", "12", "13800138002"), "isv.MOBILE_NUMBER_ILLEGAL"),
        (
            batch("13800138000", "13800138001", "13800138002", SignNameJson=["北岸书店", "没有", "北岸书店"]),
            "isv.SMS_SIGNATURE_ILLEGAL",
        ),
        (
            batch(
                "13800138000",
                "13800138001",
                "13800138002",
                TemplateParamJson=[{"name": "a", "order": "b"}, {"name": "a"}, {"name": "a", "order": "b"}],
            ),
            "isv.TEMPLATE_MISSING_PARAMETERS",
        ),
        ({"PhoneNumbers": "13800138000,12,13800138002"}, "isv.MOBILE_NUMBER_ILLEGAL"),
    ],
    ids=["number", "signature", "values", "one of several numbers"],
)


@BAD_SECOND
def test_one_bad_recipient_refuses_the_whole_call(simulator: Simulator, call: dict[str, Any], code: str) -> None:
    assert simulator.call(**call).code == code
    assert simulator.messages() == []


@BAD_SECOND
def test_one_bad_recipient_refuses_only_itself(simulator: Simulator, call: dict[str, Any], code: str) -> None:
    simulator.options(batch_refusal="partial")

    assert simulator.call(**call).code == "OK"
    assert [message["phone_number"] for message in simulator.messages()] == ["13800138000", "13800138002"]
    assert code.startswith("isv.")


@BAD_SECOND
def test_the_others_are_sent_though_the_answer_is_a_refusal(
    simulator: Simulator, call: dict[str, Any], code: str
) -> None:
    simulator.options(batch_refusal="partial_refused")

    answer = simulator.call(**call).json()

    assert set(answer) == {"Code", "Message", "RequestId"}
    assert answer["Code"] == code
    assert [message["phone_number"] for message in simulator.messages()] == ["13800138000", "13800138002"]
    assert simulator.call(**details()).json()["TotalCount"] == 1


@pytest.mark.parametrize("batch_refusal", ["whole", "partial", "partial_refused"])
def test_where_all_are_bad_the_first_ones_refusal_is_the_answer(simulator: Simulator, batch_refusal: str) -> None:
    simulator.options(batch_refusal=batch_refusal, refused_numbers={"13800138000": "isv.BLACK_KEY_CONTROL_LIMIT"})

    assert simulator.call(**batch("12", "13800138000")).code == "isv.MOBILE_NUMBER_ILLEGAL"
    assert simulator.call(PhoneNumbers="13800138000,12").code == "isv.BLACK_KEY_CONTROL_LIMIT"
    assert simulator.messages() == []


def test_what_was_sent_counts_for_the_limits_though_the_answer_is_a_refusal(simulator: Simulator) -> None:
    simulator.options(batch_refusal="partial_refused", limits=True)
    for _ in range(50):
        simulator.call(**ORDER, PhoneNumbers="13800138000,12")

    assert simulator.call(**ORDER).code == "isv.BUSINESS_LIMIT_CONTROL"


def test_good_numbers_can_be_refused(simulator: Simulator) -> None:
    simulator.options(
        refused_numbers={
            "13800138001": "isv.BUSINESS_LIMIT_CONTROL:触发天级流控Permits:40",
            "13800138002": "isv.BLACK_KEY_CONTROL_LIMIT",
        }
    )

    limited = simulator.call(PhoneNumbers="13800138000,+8613800138001,13800138002").json()
    blocked = simulator.call(**batch("13800138002")).json()

    assert (limited["Code"], limited["Message"]) == ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:40")
    assert (blocked["Code"], blocked["Message"]) == ("isv.BLACK_KEY_CONTROL_LIMIT", "isv.BLACK_KEY_CONTROL_LIMIT")
    assert simulator.call().code == "OK"


def test_good_values_can_be_refused(simulator: Simulator) -> None:
    simulator.options(batch_refusal="partial", refused_values={"A1": "isv.SMS_CONTENT_ILLEGAL"})

    assert simulator.call(**ORDER).code == "isv.SMS_CONTENT_ILLEGAL"
    assert simulator.call(**batch("13800138000", "13800138001", "13800138002")).code == "OK"
    assert [message["phone_number"] for message in simulator.messages()] == ["13800138000", "13800138002"]


def test_a_sent_message_shows_in_the_details(simulator: Simulator) -> None:
    simulator.call(OutId="order-1")

    answer = simulator.call(**details()).json()

    (row,) = answer.pop("SmsSendDetailDTOs")["SmsSendDetailDTO"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row.pop("SendDate"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row.pop("ReceiveDate"))
    assert (answer["Code"], answer["TotalCount"]) == ("OK", 1)
    assert row == {
        "OutId": "order-1",
        "SendStatus": 3,
        "ErrCode": "DELIVERED",
        "TemplateCode": "SMS_154950909",
        "Content": "【阿里云短信测试】您正在使用阿里云短信测试服务，体验验证码是：123456，如非本人操作，请忽略本短信！",
        "PhoneNum": "13800138000",
    }


def test_details_in_xml_repeat_the_row(simulator: Simulator) -> None:
    simulator.call()
    simulator.call()

    text = simulator.call(**details(Format="XML")).body.decode()

    assert text.count("<SmsSendDetailDTO>") == 2
    assert "<QuerySendDetailsResponse>" in text


def test_details_come_in_pages_the_newest_first(simulator: Simulator) -> None:
    for i in range(5):
        simulator.call(OutId=str(i))

    pages = [simulator.call(**details(PageSize="2", CurrentPage=page)).json() for page in "1234"]

    rows = [[row["OutId"] for row in page["SmsSendDetailDTOs"]["SmsSendDetailDTO"]] for page in pages]
    assert rows == [["4", "3"], ["2", "1"], ["0"], []]
    assert {page["TotalCount"] for page in pages} == {5}


@pytest.mark.parametrize(
    "changes",
    [{"PhoneNumber": "13800138001"}, {"SendDate": "20200101"}, {"BizId": "1^0"}],
    ids=["another number", "another day", "another biz id"],
)
def test_details_of_something_else_are_empty(simulator: Simulator, changes: dict[str, str]) -> None:
    simulator.call()

    answer = simulator.call(**details(**changes)).json()

    assert (answer["Code"], answer["TotalCount"]) == ("OK", 0)
    assert answer["SmsSendDetailDTOs"] == {"SmsSendDetailDTO": []}


def test_details_are_found_by_biz_id_and_by_a_number_with_its_prefix(simulator: Simulator) -> None:
    simulator.call()
    biz_id = simulator.call().json()["BizId"]

    answer = simulator.call(**details(BizId=biz_id, PhoneNumber="+8613800138000")).json()

    assert answer["TotalCount"] == 1


def test_details_show_only_after_the_delay(simulator: Simulator) -> None:
    simulator.options(visibility_seconds=3600)
    simulator.call()
    assert simulator.call(**details()).json()["TotalCount"] == 0

    simulator.options(visibility_seconds=0)
    assert simulator.call(**details()).json()["TotalCount"] == 1


@pytest.mark.parametrize(("send_status", "err_code"), [(1, None), (2, "MOBILE_NOT_ON_SERVICE"), (3, "DELIVERED")])
def test_details_tell_the_status_that_is_chosen(simulator: Simulator, send_status: int, err_code: str | None) -> None:
    simulator.options(send_status=send_status)
    simulator.call()

    (row,) = simulator.call(**details()).json()["SmsSendDetailDTOs"]["SmsSendDetailDTO"]

    assert (row["SendStatus"], row.get("ErrCode")) == (send_status, err_code)
    assert ("ReceiveDate" in row) == (send_status != 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"PageSize": "0"},
        {"PageSize": "51"},
        {"PageSize": "ten"},
        {"CurrentPage": "9" * 5000},
        {"SendDate": "2026101"},
        {"CurrentPage": "0"},
        {"CurrentPage": "-1"},
        {"SendDate": "2026-01-01"},
        {"SendDate": "20261301"},
    ],
)
def test_details_that_cannot_be_asked_for(simulator: Simulator, changes: dict[str, str]) -> None:
    assert simulator.call(**details(**changes)).code == "isv.INVALID_PARAMETERS"


def test_limits_are_off_unless_switched_on(simulator: Simulator) -> None:
    assert [simulator.call().code for _ in range(7)] == ["OK"] * 7


def test_the_limits_hold_a_second_code_in_the_minute_or_the_sixth_in_the_hour(simulator: Simulator) -> None:
    simulator.options(limits=True)

    refused = [answer for answer in (simulator.call().json() for _ in range(9)) if answer["Code"] != "OK"]

    # At most nine calls fall into two minutes of the clock: one code for each is accepted.
    assert len(refused) >= 7
    assert {answer["Code"] for answer in refused} == {"isv.BUSINESS_LIMIT_CONTROL"}
    assert {answer["Message"] for answer in refused} == {"触发分钟级流控Permits:1"}
    assert set(refused[0]) == {"Code", "Message", "RequestId"}


def test_the_limits_do_not_hold_numbers_abroad(simulator: Simulator) -> None:
    simulator.options(limits=True)

    assert [simulator.call(PhoneNumbers="85261234567").code for _ in range(3)] == ["OK"] * 3


def test_the_limits_hold_the_fifty_first_notice_of_the_day(simulator: Simulator) -> None:
    simulator.options(limits=True)

    answers = [simulator.call(**ORDER).json() for _ in range(51)]

    assert [answer["Code"] for answer in answers] == ["OK"] * 50 + ["isv.BUSINESS_LIMIT_CONTROL"]
    assert answers[-1]["Message"] == "触发天级流控Permits:50"


def test_clearing_forgets_what_the_limits_counted(simulator: Simulator) -> None:
    simulator.options(limits=True)
    simulator.call()

    simulator.clear()

    assert simulator.call().code == "OK"


def test_another_registry_can_be_given(start_simulator: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    template = {"template_code": "SMS_9", "kind": "notification", "content": "您好，${name}。"}
    path.write_text(json.dumps({"signatures": [{"sign_name": "甲", "kind": "general"}], "templates": [template]}))

    with start_simulator("--registry", str(path)) as simulator:
        assert simulator.call().code == "isv.SMS_SIGNATURE_ILLEGAL"
        assert simulator.call(SignName="甲", TemplateCode="SMS_9", TemplateParam='{"name":"乙"}').code == "OK"
        assert simulator.messages()[0]["content"] == "【甲】您好，乙。"


@pytest.mark.parametrize("review", ["in_review", "rejected", "withdrawn"])
def test_what_is_not_approved_is_told_and_cannot_be_sent_with(
    start_simulator: Callable[..., Any], tmp_path: Path, review: str
) -> None:
    path = tmp_path / "registry.json"
    template = {"template_code": "SMS_9", "kind": "notification", "content": "您好。", "review": review}
    path.write_text(json.dumps({"signatures": [{"sign_name": "甲", "kind": "general"}], "templates": [template]}))

    with start_simulator("--registry", str(path)) as simulator:
        asked = simulator.call(Action="GetSmsTemplate", TemplateCode="SMS_9").json()
        assert asked["TemplateStatus"] in {"0", "2", "10"}
        assert simulator.call(SignName="甲", TemplateCode="SMS_9").code == "isv.SMS_TEMPLATE_ILLEGAL"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"Action": "GetSmsSign", "SignName": "无此签名"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"Action": "GetSmsTemplate", "TemplateCode": "SMS_0"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"Action": "GetSmsSign", "SignName": ""}, "MissingSignName"),
    ],
)
def test_what_the_account_does_not_have_is_refused(simulator: Simulator, asked: dict[str, str], code: str) -> None:
    assert simulator.call(**asked).code == code


def test_an_action_that_the_user_may_not_call_is_denied_and_no_other(simulator: Simulator) -> None:
    simulator.options(denied_actions=["GetSmsSign"])

    assert simulator.call(Action="GetSmsSign", SignName="北岸书店").code == "isp.RAM_PERMISSION_DENY"
    assert simulator.call().code == "OK"


def test_the_command_line_sets_the_options(start_simulator: Callable[..., Any]) -> None:
    arguments = ("--limits", "--batch-refusal", "partial", "--visibility-seconds", "7", "--nonce-check", "after")

    with start_simulator(*arguments, "--access-key", "a:b", "--access-key", "c:d:e") as simulator:
        assert simulator.options() == {
            "nonce_check": "after",
            "batch_refusal": "partial",
            "visibility_seconds": 7,
            "limits": True,
            "send_status": 3,
            "denied_actions": [],
            "refused_numbers": {},
            "refused_values": {},
            "access_keys": ["a", "c"],
        }
