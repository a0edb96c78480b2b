"""While the provider throttles, it is not asked for every message; when it does no more, what waited goes in pages."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.message.incoming import Origin
from aliyun_sms.provider.answer import Answer
from aliyun_sms.sending import throttling
from aliyun_sms.sending.throttling import FOR_ONE, LONGEST_FOR_ALL, LONGEST_FOR_ONE
from aliyun_sms.sending.waiting import LONGEST_AT_THE_QUEUE, is_last_wait, seconds_hidden
from tests.workbench.ledger_desk import LedgerDesk
from tests.workbench.messages import document, number
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from aliyun_sms.message.incoming import Door
    from aliyun_sms.result import Result

LIMIT = "isv.BUSINESS_LIMIT_CONTROL"
MINUTELY, HOURLY = answer(LIMIT, "触发分钟级流控Permits:1"), answer(LIMIT, "触发小时级流控Permits:5")
FOR_ALL = "Throttling.User"


@pytest.fixture
def desk() -> LedgerDesk:
    return LedgerDesk()


def calls_of(desk: LedgerDesk, key: str, door: Door = "queue", **fields: Any) -> int:
    """How many calls a message takes."""
    before = len(desk.client.calls)
    desk.send(key, door, **fields)
    return len(desk.client.calls) - before


@pytest.mark.parametrize("refusal", [MINUTELY, HOURLY])
def test_who_is_refused_for_a_limit_is_not_asked_for_again_for_a_minute_at_most(
    desk: LedgerDesk, refusal: Answer
) -> None:
    desk.client.plan.append(refusal)
    desk.send("one")
    opens = min(60 - desk.time.now.second, LONGEST_FOR_ONE) if refusal is MINUTELY else LONGEST_FOR_ONE

    assert calls_of(desk, "two") == 0
    desk.time.passes(opens - 1)
    assert calls_of(desk, "three") == 0
    desk.time.passes(1)
    assert calls_of(desk, "four") == 1


def test_where_the_limit_cannot_be_read_it_is_a_few_seconds(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer(LIMIT, "unreadable"))
    desk.send("one")
    desk.time.passes(FOR_ONE - 1)
    assert calls_of(desk, "two") == 0
    desk.time.passes(1)
    assert calls_of(desk, "three") == 1


@pytest.mark.parametrize("field", [{"phone_numbers": number(1)}, {"sign_name": "other"}, {"template_code": "SMS_2"}])
def test_others_are_asked_for(desk: LedgerDesk, field: dict[str, Any]) -> None:
    desk.client.plan.append(HOURLY)
    desk.send("one")

    assert calls_of(desk, "two", **field) == 1


def test_for_a_caller_who_waits_the_provider_is_asked(desk: LedgerDesk) -> None:
    desk.client.plan.append(HOURLY)
    desk.send("one")

    assert calls_of(desk, "two", "request") == 1


def test_recipients_are_not_remembered_without_end(desk: LedgerDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "MOST_REMEMBERED", 2)
    for place in range(3):
        desk.client.plan.append(HOURLY)
        desk.send(f"key {place}", phone_numbers=number(place))

    assert [calls_of(desk, f"again {place}", phone_numbers=number(place)) for place in range(3)] == [1, 1, 0]


def test_where_all_are_throttled_the_provider_is_asked_more_and_more_rarely(desk: LedgerDesk) -> None:
    asked: list[float] = []

    def throttled() -> Answer:
        asked.append(desk.time.now.timestamp())
        return answer(FOR_ALL)

    desk.client.plan += [throttled] * 100
    for place in range(60):
        desk.send(f"key {place}", phone_numbers=number(place))
        desk.time.passes(1)

    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert all(pause >= least for pause, least in zip(pauses, [1, 2, 4, *[LONGEST_FOR_ALL] * 99], strict=False))
    assert max(pauses) <= LONGEST_FOR_ALL + 2


def test_for_as_long_as_the_provider_names_it_is_not_asked(desk: LedgerDesk) -> None:
    desk.client.plan.append(Answer(FOR_ALL, "", "R-1", None, retry_after=40))
    desk.send("one")
    desk.time.passes(37)
    assert calls_of(desk, "two", phone_numbers=number(2)) == 0
    desk.time.passes(3)
    assert calls_of(desk, "three", phone_numbers=number(3)) == 1


def parked(desk: LedgerDesk, many: int) -> None:
    """Messages that were throttled with all others, each at the last time that it could wait at its door."""
    desk.client.plan += [answer(FOR_ALL)] * 3 * many
    for place in range(many):
        message = document(f"key {place}", phone_numbers=number(place))
        result: Result = desk.sender.send(message, Origin("queue", "queue", "origin", may_wait=False), 20.0)
        assert result.status == "queued"
    desk.client.plan.clear()
    desk.client.calls.clear()
    desk.time.passes(7200)


def test_as_long_as_all_are_throttled_one_message_is_tried_in_a_minute_and_the_others_wait(desk: LedgerDesk) -> None:
    parked(desk, 250)
    desk.client.plan += [answer(FOR_ALL)] * 3

    assert desk.settle() == {"queued": 1, "left": 249}
    assert len({tuple(call["recipients"]) for call in desk.client.calls}) == 1
    assert len(desk.handed.back) == 1


def test_when_one_is_taken_a_page_of_others_goes_back_into_the_queue(desk: LedgerDesk) -> None:
    parked(desk, 250)

    counts = desk.settle()

    assert counts["accepted"] == len(desk.client.calls) >= 3
    assert sum(counts.values()) == len(desk.handed.back) == 250


@pytest.mark.parametrize("code", ["isv.MOBILE_NUMBER_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL"])
def test_one_that_is_refused_for_its_input_lets_the_others_go_too(desk: LedgerDesk, code: str) -> None:
    """The signature is its own: it named it."""
    parked(desk, 5)
    desk.client.plan.append(answer(code))

    counts = desk.settle()
    assert (counts["rejected"], sum(counts.values())) == (1, 5)
    assert "left" not in counts


@pytest.mark.parametrize("code", ["isv.AMOUNT_NOT_ENOUGH", "isp.SYSTEM_ERROR"])
def test_one_that_meets_another_fault_lets_nobody_go(desk: LedgerDesk, code: str) -> None:
    parked(desk, 5)
    desk.client.plan.append(answer(code))

    assert desk.settle()["left"] == 4


@pytest.mark.parametrize(
    ("seconds", "receives", "chance", "hidden"),
    [
        (1, 1, 0.0, 5),
        (1, 1, 1.0, 8),
        (1, 2, 0.0, 15),
        (1, 3, 0.0, 45),
        (40, 1, 0.0, 40),
        (40, 1, 1.0, 60),
        (900, 1, 1.0, LONGEST_AT_THE_QUEUE),
        (1, 50, 0.0, LONGEST_AT_THE_QUEUE),
    ],
)
def test_a_record_is_hidden_as_long_as_was_named_and_longer_each_time(
    seconds: float, receives: int, chance: float, hidden: int
) -> None:
    assert seconds_hidden(seconds, receives, chance) == hidden


@pytest.mark.parametrize(("receives", "most", "last"), [(3, 5, False), (4, 5, True), (1, 2, True), (1, 1, True)])
def test_the_last_receive_but_one_is_the_last_that_may_wait(receives: int, most: int, *, last: bool) -> None:
    assert is_last_wait(receives, most) == last
