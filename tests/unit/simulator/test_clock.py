"""What hangs on the clock, at its edges; and that whatever is signed well is answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.simulator import registry, signature
from local.simulator.call import Call
from local.simulator.options import Options
from local.simulator.provider import answer
from local.simulator.state import State

if TYPE_CHECKING:
    from local.simulator.answers import Answer

NOON = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)  # twelve o'clock in China
SECOND = timedelta(seconds=1)
WINDOW = timedelta(minutes=15)
SEND = {
    "Action": "SendSms",
    "PhoneNumbers": "13800138000",
    "SignName": "北岸书店",
    "TemplateCode": "SMS_200000003",
}
QUERY = {"Action": "QuerySendDetails", "PhoneNumber": "13800138000", "PageSize": "10", "CurrentPage": "1"}


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def provider(**options: Any) -> tuple[State, Clock]:
    clock = Clock()
    return State(Options(**options), registry.load(), clock=clock), clock


def signed_call(nonce: str, at: datetime, **params: str) -> Call:
    common = {
        "Version": "2017-05-25",
        "AccessKeyId": "testId",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": nonce,
        "Timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}",
    }
    form = common | params
    computed = signature.rpc_signature(signature.rpc_string_to_sign("POST", form), "testSecret")
    return Call("POST", "/", (), (*form.items(), ("Signature", computed)), {"host": "dysmsapi.aliyuncs.com"}, b"")


def send(state: State, at: datetime, nonce: str = "n") -> str:
    return answer(state, signed_call(nonce, at, **SEND)).code


@pytest.mark.parametrize(
    ("off", "code"),
    [
        (-WINDOW - SECOND, "InvalidTimeStamp.Expired"),
        (-WINDOW, "OK"),
        (timedelta(), "OK"),
        (WINDOW, "OK"),
        (WINDOW + SECOND, "InvalidTimeStamp.Expired"),
    ],
)
def test_a_timestamp_is_good_for_fifteen_minutes_either_way(off: timedelta, code: str) -> None:
    state, _ = provider()

    assert send(state, NOON + off) == code


@pytest.mark.parametrize(
    ("passed", "code"), [(WINDOW, "SignatureNonceUsed"), (WINDOW + SECOND, "OK")], ids=["remembered", "forgotten"]
)
@pytest.mark.parametrize("nonce_check", ["before", "after"])
def test_a_nonce_is_remembered_for_fifteen_minutes(nonce_check: str, passed: timedelta, code: str) -> None:
    state, clock = provider(nonce_check=nonce_check)
    send(state, NOON)

    clock.now += passed

    assert send(state, clock.now) == code


def details(state: State, clock: Clock, send_date: str) -> Answer:
    return answer(state, signed_call(str(clock.now), clock.now, SendDate=send_date, **QUERY))


@pytest.mark.parametrize(("passed", "found"), [(9, 0), (10, 1)])
def test_a_message_shows_when_the_delay_is_over(passed: int, found: int) -> None:
    state, clock = provider(visibility_seconds=10)
    send(state, NOON)

    clock.now += passed * SECOND

    assert details(state, clock, "20260115").members["TotalCount"] == found


@pytest.mark.parametrize(
    ("sent_at", "send_date"),
    [
        (datetime(2026, 1, 15, 15, 59, 59, tzinfo=UTC), "20260115"),
        (datetime(2026, 1, 15, 16, 0, 0, tzinfo=UTC), "20260116"),
    ],
)
def test_a_day_is_a_day_in_china(sent_at: datetime, send_date: str) -> None:
    state, clock = provider()
    clock.now = sent_at
    send(state, sent_at)

    (row,) = details(state, clock, send_date).members["SmsSendDetailDTOs"]["SmsSendDetailDTO"]

    assert row["SendDate"].startswith(f"{send_date[:4]}-{send_date[4:6]}-{send_date[6:]} ")


def test_the_limits_look_at_the_clock() -> None:
    state, clock = provider(limits=True)
    code = SEND | {"TemplateCode": "SMS_154950909", "TemplateParam": '{"code":"123456"}'}

    def outcome(after: timedelta) -> str:
        clock.now = NOON + after
        return str(answer(state, signed_call(str(after), clock.now, **code)).members["Message"])

    assert [outcome(timedelta(seconds=seconds)) for seconds in (0, 59, 60)] == ["OK", "触发分钟级流控Permits:1", "OK"]
    assert [outcome(timedelta(minutes=minutes)) for minutes in (2, 3, 4, 5)] == ["OK"] * 3 + ["触发小时级流控Permits:5"]
    assert outcome(timedelta(minutes=60)) == "OK"


PARAMETERS = st.dictionaries(
    st.sampled_from(
        [
            "PhoneNumbers",
            "SignName",
            "TemplateCode",
            "TemplateParam",
            "OutId",
            "SmsUpExtendCode",
            "PhoneNumberJson",
            "SignNameJson",
            "TemplateParamJson",
            "SmsUpExtendCodeJson",
            "PhoneNumber",
            "SendDate",
            "PageSize",
            "CurrentPage",
            "Format",
        ]
    ),
    st.sampled_from(["13800138000", "北岸书店", "SMS_200000003", '["13800138000"]', '["北岸书店"]', "1", "20260115"])
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(json.dumps)
    | st.text(st.characters(codec="utf-8")),
)


@given(action=st.sampled_from(["SendSms", "SendBatchSms", "QuerySendDetails"]), params=PARAMETERS)
def test_whatever_is_signed_well_is_answered(action: str, params: dict[str, str]) -> None:
    state, _ = provider(batch_refusal="partial", limits=True)
    call = signed_call("n", NOON, Action=action, **params)

    response = answer(state, call).response(call)

    assert response.status_code in {200, 400}
    assert bytes(response.body).decode()
