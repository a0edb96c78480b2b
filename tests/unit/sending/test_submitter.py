"""The calls of one submission: at once again goes only what certainly was not carried out, and within its time."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from aliyun_sms.errors import NotSent, OutcomeUnknown
from aliyun_sms.provider.catalogue import lookup
from aliyun_sms.result import INTERRUPTED
from aliyun_sms.sending.submitter import MOST_ATTEMPTS, wait_about
from tests.workbench.clock import START
from tests.workbench.ledger_desk import LedgerDesk
from tests.workbench.messages import incoming_messages
from tests.workbench.told_client import answer

NOT_CONNECTED = NotSent("client:connect-failure", "the connection failed")
AGAIN = [NOT_CONNECTED, answer("Throttling.User"), answer("Throttling")]


@pytest.fixture
def desk() -> LedgerDesk:
    return LedgerDesk()


@pytest.mark.parametrize("planned", AGAIN, ids=str)
def test_what_certainly_was_not_carried_out_is_sent_again_at_once(desk: LedgerDesk, planned: Any) -> None:
    desk.client.plan.append(planned)

    assert desk.send().status == "accepted"
    assert (len(desk.client.calls), desk.submission().attempts, desk.submission().nonce) == (2, 2, "nonce 2")
    assert {call["out_id"] for call in desk.client.calls} == {"submission 1"}


@pytest.mark.parametrize("planned", AGAIN, ids=str)
def test_that_has_an_end(desk: LedgerDesk, planned: Any) -> None:
    desk.client.plan += [planned] * 10

    assert desk.send(door="request").comes_again
    assert len(desk.client.calls) == MOST_ATTEMPTS


@pytest.mark.parametrize(
    "planned",
    [
        OutcomeUnknown("client:read-timeout", ""),
        OutcomeUnknown("client:connection-reset", ""),
        OutcomeUnknown("Throttling.User", "on a 503"),
        NotSent("client:out-of-time", ""),
        RuntimeError("a defect"),
        answer("isp.SYSTEM_ERROR"),
        answer("isv.NEVER_SEEN"),
        answer("isv.OUT_OF_SERVICE"),
        answer("isv.MOBILE_NUMBER_ILLEGAL"),
        answer("isv.BUSINESS_LIMIT_CONTROL"),
        answer("SignatureDoesNotMatch"),
        answer("OK"),
    ],
    ids=str,
)
def test_nothing_else_is(desk: LedgerDesk, planned: Any) -> None:
    desk.client.plan.append(planned)
    desk.send()

    assert len(desk.client.calls) == 1


def test_what_is_unknown_the_second_time_is_unknown(desk: LedgerDesk) -> None:
    desk.client.plan += [NOT_CONNECTED, OutcomeUnknown("client:read-timeout", "")]

    assert desk.send().status == "unknown"
    assert (desk.submission().nonce, desk.submission().attempts) == ("nonce 2", 2)


@pytest.mark.parametrize(
    "planned",
    [
        answer("isv.BUSINESS_LIMIT_CONTROL"),
        answer("isv.MOBILE_NUMBER_ILLEGAL"),
        OutcomeUnknown("isv.MOBILE_NUMBER_ILLEGAL", "on a 503"),
    ],
    ids=str,
)
def test_what_is_only_perhaps_a_refusal_has_the_advice_of_what_is_unknown(planned: Any) -> None:
    desk = LedgerDesk(looks_up_refusals=True)
    desk.client.plan.append(planned)

    results = desk.send_together(incoming_messages(2))

    expected = ("unknown", planned.code, "ambiguous", lookup(INTERRUPTED).advice_en)
    assert {(result.status, result.code, result.category, result.advice) for result in results} == {expected}


def test_what_is_unknown_with_a_code_of_its_own_has_its_own_advice(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("isp.SYSTEM_ERROR"))

    assert desk.send().advice == lookup("isp.SYSTEM_ERROR").advice_en


def test_it_is_not_sent_again_when_no_time_is_left(desk: LedgerDesk) -> None:
    def slow() -> Any:
        desk.time.passes(19.5)
        raise NOT_CONNECTED

    desk.client.plan.append(slow)

    assert (desk.send().code, len(desk.client.calls)) == ("client:connect-failure", 1)
    assert desk.submission().attempts == 1


def test_it_is_not_sent_again_when_it_expired_meanwhile(desk: LedgerDesk) -> None:
    def slow() -> Any:
        desk.time.passes(6)
        raise NOT_CONNECTED

    desk.client.plan.append(slow)

    assert desk.send(expires_at=(START + timedelta(seconds=5)).isoformat()).status == "expired"
    assert (len(desk.client.calls), desk.message().status) == (1, "expired")


def test_each_call_has_the_time_that_is_left(desk: LedgerDesk) -> None:
    def slow() -> Any:
        desk.time.passes(5)
        raise NOT_CONNECTED

    desk.client.plan.append(slow)
    desk.send()

    assert [round(call["seconds_left"], 3) for call in desk.client.calls] == [20, 14.8]  # after a pause


def test_a_pause_is_as_long_as_asked_for_and_up_to_twice_that(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    for _ in range(50):
        wait_about(2)

    assert all(2 <= pause <= 4 for pause in pauses)
    assert len(set(pauses)) > 1
