"""The official SDKs, current and legacy, send to the simulator with both signature versions."""

from __future__ import annotations

import asyncio
import gc
import json
import warnings
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import (
    GetSmsSignRequest,
    GetSmsTemplateRequest,
    QuerySendDetailsRequest,
    SendBatchSmsRequest,
)
from alibabacloud_dysmsapi20170525.models import SendSmsRequest as SendSms
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.utils_models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from aliyunsdkdysmsapi.request.v20170525.SendSmsRequest import SendSmsRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.conftest import Simulator

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # the SDKs, on Python 3.12

CHINA = timedelta(hours=8)
VERSIONS = pytest.mark.parametrize(("algorithm", "version"), [(None, 3), ("v2", 1)], ids=["V3", "V1"])
FIELDS = {
    "sign_name": "阿里云短信测试",
    "template_code": "SMS_154950909",
    "template_param": '{"code":"123456"}',
    "out_id": "order 1+1=2",
}


@pytest.fixture(autouse=True)
def connections_collected() -> Iterator[None]:
    """The SDKs leave their connections to the garbage collector, which would warn of them in another test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def current(simulator: Simulator, algorithm: str | None = None, **credentials: str) -> Client:
    keys = {"access_key_id": "testId", "access_key_secret": "testSecret"} | credentials
    config = Config(protocol="http", endpoint=simulator.endpoint, signature_algorithm=algorithm, **keys)
    return Client(config)


def legacy(simulator: Simulator, **credentials: Any) -> AcsClient:
    keys = credentials or {"ak": "testId", "secret": "testSecret"}
    client = AcsClient(region_id="cn-hangzhou", port=simulator.port, **keys)
    client.set_verify(verify=False)
    return client


def common_request(simulator: Simulator, method: str) -> CommonRequest:
    request = CommonRequest(domain=simulator.host, version="2017-05-25", action_name="SendSms")
    request.set_protocol_type("http")
    request.set_method(method)
    return request


@VERSIONS
def test_the_current_sdk_sends(simulator: Simulator, algorithm: str | None, version: int) -> None:
    answer = current(simulator, algorithm).send_sms(SendSms(phone_numbers="13800138000", **FIELDS)).body

    (message,) = simulator.messages()
    assert (answer.code, answer.message) == ("OK", "OK")
    assert message["biz_id"] == answer.biz_id
    assert message["request_id"] == answer.request_id
    assert message["signature_version"] == version
    assert message["phone_number"] == "13800138000"
    assert message["out_id"] == "order 1+1=2"
    assert message["content"].startswith("【阿里云短信测试】您正在使用")
    assert "验证码是：123456，" in message["content"]


def test_the_current_sdk_sends_asynchronously(simulator: Simulator) -> None:
    request = SendSms(phone_numbers="13800138000", **FIELDS)

    answer = asyncio.run(current(simulator).send_sms_async(request)).body

    assert answer.code == "OK"
    assert len(simulator.messages()) == 1


@VERSIONS
def test_the_current_sdk_sends_to_a_thousand_numbers_in_one_request_line(
    simulator: Simulator, algorithm: str | None, version: int
) -> None:
    numbers = [str(13900000000 + i) for i in range(1000)]

    answer = current(simulator, algorithm).send_sms(SendSms(phone_numbers=",".join(numbers), **FIELDS)).body

    assert answer.code == "OK"
    assert [message["phone_number"] for message in simulator.messages()] == numbers
    (request,) = simulator.requests()
    assert "PhoneNumbers" in request["query_keys"]
    assert request["signature_version"] == version


@VERSIONS
def test_the_current_sdk_sends_a_batch_split_over_query_and_form(
    simulator: Simulator, algorithm: str | None, version: int
) -> None:
    request = SendBatchSmsRequest(
        phone_number_json='["13800138000","13800138001"]',
        sign_name_json='["阿里云短信测试","北岸书店"]',
        template_code="SMS_200000001",
        template_param_json='[{"name":"王 芳","order":"A+1"},{"name":"李雷","order":"B*2"}]',
        out_id="batch",
    )

    answer = current(simulator, algorithm).send_batch_sms(request).body

    assert answer.code == "OK"
    assert [message["content"] for message in simulator.messages()] == [
        "【阿里云短信测试】王 芳，您好，您的订单A+1已发货，请留意查收。",
        "【北岸书店】李雷，您好，您的订单B*2已发货，请留意查收。",
    ]
    (sent,) = simulator.requests()
    assert {"PhoneNumberJson", "SignNameJson", "TemplateParamJson"} <= set(sent["form_keys"])
    assert "TemplateCode" in sent["query_keys"]
    assert sent["signature_version"] == version


@VERSIONS
def test_the_current_sdk_finds_what_it_sent(simulator: Simulator, algorithm: str | None, version: int) -> None:
    client = current(simulator, algorithm)
    sent = client.send_sms(SendSms(phone_numbers="13800138000", **FIELDS)).body
    today = f"{datetime.now(UTC) + CHINA:%Y%m%d}"
    query = QuerySendDetailsRequest(phone_number="13800138000", send_date=today, page_size=10, current_page=1)
    query.biz_id = sent.biz_id

    answer = client.query_send_details(query).body

    (row,) = answer.sms_send_detail_dtos.sms_send_detail_dto
    assert (answer.code, int(answer.total_count)) == ("OK", 1)
    assert (row.out_id, row.send_status, row.err_code) == ("order 1+1=2", 3, "DELIVERED")
    assert row.phone_num == "13800138000"
    assert simulator.requests()[-1]["signature_version"] == version


@VERSIONS
def test_the_current_sdk_reads_how_far_a_review_is(simulator: Simulator, algorithm: str | None, version: int) -> None:
    client = current(simulator, algorithm)

    signature = client.get_sms_sign(GetSmsSignRequest(sign_name="阿里云短信测试")).body
    template = client.get_sms_template(GetSmsTemplateRequest(template_code="SMS_154950909")).body

    assert (signature.code, signature.sign_status) == ("OK", 1)
    assert (template.code, template.template_status) == ("OK", "1")
    assert {request["signature_version"] for request in simulator.requests()} == {version}


@VERSIONS
def test_the_current_sdk_gets_a_business_error_as_a_normal_answer(
    simulator: Simulator, algorithm: str | None, version: int
) -> None:
    answer = current(simulator, algorithm).send_sms(SendSms(phone_numbers="12", **FIELDS)).body

    assert (answer.code, answer.message) == ("isv.MOBILE_NUMBER_ILLEGAL", "12invalid mobile number")
    assert answer.biz_id is None
    assert simulator.requests()[-1]["signature_version"] == version


@VERSIONS
def test_the_current_sdk_with_the_wrong_secret_is_refused(
    simulator: Simulator, algorithm: str | None, version: int
) -> None:
    client = current(simulator, algorithm, access_key_secret="wrong")

    with pytest.raises(ClientException) as refused:
        client.send_sms(SendSms(phone_numbers="13800138000", **FIELDS))

    assert refused.value.status_code == 400
    assert refused.value.code == "SignatureDoesNotMatch"
    assert simulator.messages() == []
    assert simulator.requests()[-1]["signature_version"] == version


@VERSIONS
def test_the_current_sdk_sends_with_a_temporary_key(
    start_simulator: Callable[..., Any], algorithm: str | None, version: int
) -> None:
    with start_simulator("--access-key", "STS.id:secret:token+/=") as simulator:
        keys = {"access_key_id": "STS.id", "access_key_secret": "secret", "security_token": "token+/="}
        request = SendSms(phone_numbers="13800138000", **FIELDS)

        answer = current(simulator, algorithm, **keys).send_sms(request).body

        (message,) = simulator.messages()
        assert answer.code == "OK"
        assert (message["access_key_id"], message["signature_version"]) == ("STS.id", version)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_legacy_sdk_sends(simulator: Simulator, method: str) -> None:
    request = SendSmsRequest()
    request.set_endpoint(simulator.host)
    request.set_method(method)
    request.set_PhoneNumbers("13800138000")
    request.set_SignName("阿里云短信测试")
    request.set_TemplateCode("SMS_154950909")
    request.set_TemplateParam('{"code":"123456"}')
    request.set_OutId("*~ 1")

    answer = json.loads(legacy(simulator).do_action_with_exception(request))

    (message,) = simulator.messages()
    assert answer["Code"] == "OK"
    assert (message["out_id"], message["http_method"], message["signature_version"]) == ("*~ 1", method, 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_legacy_sdk_sends_a_common_request_in_the_query(simulator: Simulator, method: str) -> None:
    request = common_request(simulator, method)
    for name, value in {"PhoneNumbers": "13800138000", "SignName": "北岸书店", "TemplateCode": "SMS_200000003"}.items():
        request.add_query_param(name, value)

    answer = json.loads(legacy(simulator).do_action_with_exception(request))

    assert answer["Code"] == "OK"
    assert simulator.messages()[0]["content"] == "【北岸书店】系统维护已经完成，各项服务恢复正常。"


def test_the_legacy_sdk_sends_a_common_request_with_a_form_beside_the_query(simulator: Simulator) -> None:
    request = common_request(simulator, "POST")
    for name, value in {"PhoneNumbers": "13800138000", "SignName": "北岸书店", "TemplateCode": "SMS_200000003"}.items():
        request.add_body_params(name, value)

    answer = json.loads(legacy(simulator).do_action_with_exception(request))

    (sent,) = simulator.requests()
    assert answer["Code"] == "OK"
    assert sent["form_keys"] == ["PhoneNumbers", "SignName", "TemplateCode"]
    assert "PhoneNumbers" not in sent["query_keys"]


def test_the_legacy_sdk_sends_with_a_temporary_key(start_simulator: Callable[..., Any]) -> None:
    with start_simulator("--access-key", "STS.id:secret:token+/=") as simulator:
        request = common_request(simulator, "POST")
        for name, value in {"PhoneNumbers": "+85261234567", "SignName": "北岸书店"}.items():
            request.add_query_param(name, value)
        request.add_query_param("TemplateCode", "SMS_200000003")
        client = legacy(simulator, credential=StsTokenCredential("STS.id", "secret", "token+/="))

        answer = json.loads(client.do_action_with_exception(request))

        assert answer["Code"] == "OK"
        assert simulator.messages()[0]["access_key_id"] == "STS.id"


def test_the_legacy_sdk_with_the_wrong_secret_is_refused(simulator: Simulator) -> None:
    request = common_request(simulator, "POST")
    for name, value in {"PhoneNumbers": "13800138000", "SignName": "北岸书店", "TemplateCode": "SMS_200000003"}.items():
        request.add_query_param(name, value)

    with pytest.raises(ServerException) as refused:
        legacy(simulator, ak="testId", secret="wrong").do_action_with_exception(request)

    assert refused.value.get_http_status() == 400
    assert simulator.messages() == []
