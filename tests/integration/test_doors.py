"""The three doors in this process against the simulator over a socket, by both signature versions."""

from __future__ import annotations

import json
import re
import socket
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.privacy import ACCESS_KEY_ID, ACCESS_KEY_SECRET, SECURITY_TOKEN, overheard
from tests.workbench.functions import TIMEOUTS, Context, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from tests.integration.conftest import Simulator
    from tests.workbench.queue import Queue

VERSIONS = pytest.mark.parametrize("version", ["1", "3"], ids=["V1", "V3"])
RECORD = sample("queue/one_message")["Records"][0]["messageId"]

NUMBER, MONEY = "isv.MOBILE_NUMBER_ILLEGAL", "isv.AMOUNT_NOT_ENOUGH"
FAULTS: dict[str, tuple[str | dict[str, Any], str, str]] = {  # the fault, the result's status and its code
    "reset_before": ("reset_before", "unknown", "client:connection-reset"),
    "reset_after": ("reset_after", "unknown", "client:connection-reset"),
    "hang": ({"fault": "hang", "seconds": 10}, "unknown", "client:read-timeout"),
    "unavailable": ("unavailable", "unknown", "ServiceUnavailable"),
    "bad_gateway": ("bad_gateway", "unknown", "http:502"),
    "garbage": ("garbage", "unknown", "client:unreadable-answer"),
    "truncated": ("truncated", "unknown", "client:connection-reset"),
    "throttled": ({"fault": "throttled", "retry_after": 2000}, "rejected", "Throttling.User"),
    "refused number": ({"fault": "answer", "code": NUMBER}, "rejected", NUMBER),
    "no money": ({"fault": "answer", "code": MONEY}, "rejected", MONEY),
}
FAULTY = pytest.mark.parametrize(("fault", "status", "code"), FAULTS.values(), ids=FAULTS)
HTTP_STATUS = {"Throttling.User": 429, NUMBER: 422, MONEY: 502}
COMES_AGAIN = {"Throttling.User", MONEY}


@pytest.fixture
def call(
    simulator: Simulator, load_function: Callable[..., ModuleType], dead_letter_queue: Queue
) -> Callable[..., Any]:
    """Call a function with a sample event, by a signature version; it waits a second for the provider."""
    assert dead_letter_queue.letters() == []
    simulator.options(access_keys=[f"{ACCESS_KEY_ID}:{ACCESS_KEY_SECRET}"])

    def called(function: str, event: str, version: str = "1", **variables: str) -> Any:
        ours = {"SMS_ENDPOINT": simulator.url, "SMS_SIGNATURE_VERSION": version, "SMS_PROVIDER_TIMEOUT_SECONDS": "1"}
        module = load_function(function, **ours | variables)
        return module.lambda_handler(sample(event), Context(TIMEOUTS[function]))

    return called


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the functions would have waited before they tried again."""
    pauses: list[float] = []
    monkeypatch.setattr("aliyun_sms.start.wait_about", pauses.append)
    return pauses


@contextmanager
def refusing() -> Iterator[str]:
    """The address of a port that is taken, and refuses all connections."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def result(answer: dict[str, Any]) -> dict[str, Any]:
    document = json.loads(answer["body"])
    return document.get("result", document)  # type: ignore[no-any-return]


def attempts(code: str) -> int:
    """How often a call that is answered so is made at once."""
    return 3 if code == "Throttling.User" else 1


@VERSIONS
def test_a_request_arrives_as_the_template_says(simulator: Simulator, call: Callable[..., Any], version: str) -> None:
    answer = call("send_on_request", "request/one_number", version)

    (message,) = simulator.messages()
    assert (answer["statusCode"], result(answer)["status"]) == (200, "accepted")
    assert "验证码是：739164，" in message["content"]
    assert message["phone_number"] == "13800138000"
    assert re.fullmatch("[0-9a-f]{32}", message["out_id"])
    assert (message["request_id"], message["biz_id"]) == (result(answer)["request_id"], result(answer)["biz_id"])
    assert message["signature_version"] == int(version)


@VERSIONS
def test_a_request_arrives_at_all_its_numbers(simulator: Simulator, call: Callable[..., Any], version: str) -> None:
    call("send_on_request", "request/numbers_in_a_string", version)

    assert [message["phone_number"] for message in simulator.messages()] == ["13800138000", "13900139000"]


@VERSIONS
def test_a_batch_of_records_arrives(simulator: Simulator, call: Callable[..., Any], version: str) -> None:
    answer = call("send_from_queue", "queue/three_messages", version)

    assert answer == {"batchItemFailures": []}
    contents = {message["phone_number"]: message["content"] for message in simulator.messages()}
    assert sorted(contents) == ["13800138000", "13900139000", "15000150000"]
    assert contents["13900139000"] == "【北岸书店】王小明，您好，您的订单A-1024已发货，请留意查收。"


@VERSIONS
def test_a_schedule_and_an_alarm_arrive(simulator: Simulator, call: Callable[..., Any], version: str) -> None:
    call("send_on_schedule", "schedule/several_messages", version)
    call("send_on_schedule", "alarm/state_change", version)

    contents = [message["content"] for message in simulator.messages()]
    assert len(contents) == 5
    assert "【北岸书店】系统维护已经完成，各项服务恢复正常。" in contents[:-1]  # a list's calls go in threads
    assert contents[-1] == "【北岸书店】告警checkout-errors的状态变为ALARM，请及时处理。"


@VERSIONS
def test_a_temporary_key_sends(simulator: Simulator, call: Callable[..., Any], version: str) -> None:
    simulator.options(access_keys=[f"{ACCESS_KEY_ID}:{ACCESS_KEY_SECRET}:{SECURITY_TOKEN}"])

    answer = call("send_on_request", "request/one_number", version, ALIBABA_CLOUD_SECURITY_TOKEN=SECURITY_TOKEN)

    assert answer["statusCode"] == 200


@VERSIONS
def test_a_wrong_secret_is_the_configurations_fault(
    simulator: Simulator, call: Callable[..., Any], version: str
) -> None:
    answer = call("send_on_request", "request/one_number", version, ALIBABA_CLOUD_ACCESS_KEY_SECRET="wrong")

    assert (answer["statusCode"], result(answer)["code"]) == (502, "SignatureDoesNotMatch")
    assert simulator.messages() == []


def test_under_signature_version_1_nothing_is_in_the_url(simulator: Simulator, call: Callable[..., Any]) -> None:
    call("send_on_request", "request/one_number", "1")

    (request,) = simulator.requests()
    assert (request["method"], request["query_keys"]) == ("POST", [])
    assert [str(sent.url) for sent in overheard.requests] == [f"{simulator.url}/"]


def test_under_signature_version_3_the_message_is_in_the_url_and_no_key(
    simulator: Simulator, call: Callable[..., Any]
) -> None:
    call("send_on_request", "request/one_number", "3")

    (request,) = simulator.requests()
    assert request["form_keys"] == []
    assert {"PhoneNumbers", "TemplateParam"} <= set(request["query_keys"])
    assert not {"AccessKeyId", "SecurityToken", "Signature"} & set(request["query_keys"])


@VERSIONS
@FAULTY
def test_a_fault_at_the_request_door_is_answered(
    simulator: Simulator,
    call: Callable[..., Any],
    version: str,
    fault: str | dict[str, Any],
    status: str,
    code: str,
) -> None:
    simulator.faults(*[fault] * attempts(code))

    answer = call("send_on_request", "request/one_number", version)

    assert answer["statusCode"] == HTTP_STATUS.get(code, 202)
    assert (result(answer)["status"], result(answer)["code"]) == (status, code)
    assert len(simulator.requests()) == attempts(code)


@FAULTY
def test_a_fault_at_the_queue_door_brings_back_only_what_was_not_sent(
    simulator: Simulator,
    call: Callable[..., Any],
    dead_letter_queue: Queue,
    fault: str | dict[str, Any],
    status: str,
    code: str,
) -> None:
    simulator.faults(fault)

    answer = call("send_from_queue", "queue/one_message")

    again = [{"itemIdentifier": RECORD}] if code in COMES_AGAIN else []
    letters = [letter["attributes"]["code"] for letter in dead_letter_queue.letters()]
    assert answer["batchItemFailures"] == again
    assert letters == ([] if again else [code])
    assert (status == "unknown") <= (letters == [code])
    assert len(simulator.requests()) == 1  # what is throttled is not asked again as long as nobody waits


@VERSIONS
def test_a_refused_connection_sends_nothing(call: Callable[..., Any], version: str) -> None:
    with refusing() as url:
        answer = call("send_on_request", "request/one_number", version, SMS_ENDPOINT=url)

    assert (answer["statusCode"], result(answer)["code"]) == (503, "client:connect-failure")
    assert answer["headers"]["Retry-After"] == "5"


def test_a_refused_connection_brings_the_record_back(call: Callable[..., Any], dead_letter_queue: Queue) -> None:
    with refusing() as url:
        answer = call("send_from_queue", "queue/one_message", SMS_ENDPOINT=url)

    assert answer["batchItemFailures"] == [{"itemIdentifier": RECORD}]
    assert dead_letter_queue.letters() == []


def test_a_refused_connection_has_the_schedule_tried_again(call: Callable[..., Any]) -> None:
    with refusing() as url, pytest.raises(Exception, match=r"^client:connect-failure$"):
        call("send_on_schedule", "schedule/several_messages", SMS_ENDPOINT=url)


def test_a_fault_of_one_record_does_not_reach_its_neighbours(
    simulator: Simulator, call: Callable[..., Any], dead_letter_queue: Queue
) -> None:
    simulator.faults(None, "reset_after", None)

    answer = call("send_from_queue", "queue/three_messages")

    assert answer == {"batchItemFailures": []}
    assert len(simulator.messages()) == 3
    assert [letter["attributes"]["code"] for letter in dead_letter_queue.letters()] == ["client:connection-reset"]


@VERSIONS
def test_what_the_provider_says_of_the_message_is_in_no_log(
    simulator: Simulator, call: Callable[..., Any], version: str
) -> None:
    said = "13800138000: 739164 is not allowed; server string to sign is:POST&%2F&TemplateParam%3D739164"
    simulator.faults({"fault": "answer", "code": "isv.SMS_CONTENT_ILLEGAL", "message": said})

    call("send_on_request", "request/one_number", version)

    assert overheard.logged()[-1]["description"] == "138****8000: *** is not allowed;"
