"""Room in today's caps is taken before a claim, kept while a message may have been sent, and else given back once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from aliyun_sms.errors import OutcomeUnknown
from aliyun_sms.message.incoming import Origin
from aliyun_sms.sending.bulk import send_all
from tests.workbench.clock import START
from tests.workbench.core import no_threads
from tests.workbench.functions import KilledError
from tests.workbench.ledger_desk import GRACE, LedgerDesk, fails
from tests.workbench.messages import document, incoming_messages, number
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from aliyun_sms.message.incoming import Door
    from aliyun_sms.provider.answer import Answer

DAY = "2026-01-02"
OPENS = datetime(2026, 1, 2, 16, tzinfo=UTC)  # midnight in China
TIMEOUT = OutcomeUnknown("client:read-timeout", "no answer in time")
TO_OPEN = (OPENS - START).total_seconds()


@pytest.fixture
def desk() -> LedgerDesk:
    return LedgerDesk()


def total(desk: LedgerDesk) -> int:
    return int(desk.counted.get("total", 0))


def test_what_was_accepted_is_counted_with_all_its_recipients(desk: LedgerDesk) -> None:
    desk.send("one", phone_numbers=["13800138000", "13800138001"])
    desk.send("two", door="request")

    assert desk.counted == {"day": DAY, "total": 3, "caller#request": 1}


@pytest.mark.parametrize("door", ["request", "queue", "schedule"])
def test_what_was_certainly_not_sent_is_given_back_with_its_result(desk: LedgerDesk, door: Door) -> None:
    desk.client.plan += [answer("isv.MOBILE_NUMBER_ILLEGAL"), answer("Throttling.User"), answer("Throttling.User")]
    desk.client.plan += [answer("Throttling.User")]
    assert desk.send("one", door).category == "invalid"
    assert desk.send("two", door).category == "throttled"

    assert total(desk) == 0
    assert desk.message("one", door).reservation is None
    desk.client.plan.clear()
    desk.time.passes(60)
    assert desk.send("three", door).status == "accepted"
    assert total(desk) == 1


def test_an_outcome_that_is_unknown_keeps_its_room_and_its_identical_request_takes_none(desk: LedgerDesk) -> None:
    desk.limit(stack=1)
    desk.client.plan.append(TIMEOUT)
    assert desk.send().status == "unknown"
    desk.settle_until(200)

    assert desk.message().status == "accepted"
    assert (len(desk.client.calls), total(desk)) == (2, 1)


def test_a_new_request_for_what_is_unknown_takes_room_of_its_own(desk: LedgerDesk) -> None:
    desk.limit(stack=2)
    desk.client.plan += [TIMEOUT, TIMEOUT]
    desk.send()
    desk.settle_until(GRACE + 600, sends_again=True)

    assert (len(desk.client.calls), total(desk), desk.message().status) == (3, 2, "accepted")


def test_where_there_is_none_for_it_a_person_decides(desk: LedgerDesk) -> None:
    desk.limit(stack=1)
    desk.client.plan += [TIMEOUT, TIMEOUT]
    desk.send()
    desk.settle_until(GRACE + 600, sends_again=True)

    assert (len(desk.client.calls), total(desk)) == (2, 1)
    assert [row.key for row, _ in desk.handed.over] == ["one"]


def test_a_function_that_is_killed_keeps_its_room(desk: LedgerDesk) -> None:
    desk.client.kill_at = 0
    with pytest.raises(KilledError):
        desk.send()

    assert total(desk) == 1


def test_a_repeated_key_takes_no_room(desk: LedgerDesk) -> None:
    for _ in range(3):
        assert desk.send(phone_numbers=["13800138000", "13800138001"]).status == "accepted"

    assert total(desk) == 2


@pytest.mark.parametrize("door", ["request", "queue", "schedule"])
def test_a_key_that_stands_is_answered_as_ever_when_there_is_no_room(desk: LedgerDesk, door: Door) -> None:
    desk.limit(stack=1)
    desk.send(door=door)

    again = desk.send(door=door)

    assert (again.status, again.duplicate) == ("accepted", True)


def test_at_the_request_door_what_is_over_a_cap_is_refused_until_midnight_and_leaves_its_key_free(
    desk: LedgerDesk,
) -> None:
    desk.limit(stack=5, caller=1)
    desk.send("one", "request")
    over = desk.send("two", "request")

    assert (over.status, over.code, over.category, over.retryable) == (
        "rejected",
        "client:daily-limit",
        "throttled",
        True,
    )
    assert over.description == (
        "DailyRecipientLimitPerCaller of 1 has room for 0 more recipients until midnight in China"
    )
    assert over.retry_after(desk.time()) == TO_OPEN
    assert len(desk.client.calls) == 1
    desk.time.now = OPENS
    assert desk.send("two", "request").status == "accepted"


@pytest.mark.parametrize("door", ["queue", "schedule"])
def test_at_the_doors_of_aws_it_waits_until_midnight(desk: LedgerDesk, door: Door) -> None:
    desk.limit(stack=1)
    desk.send("one", door)

    assert desk.send("two", door).status == "queued"
    assert desk.message("two", door).due_at == OPENS.timestamp() + 1
    desk.settle_until(TO_OPEN - 60)
    assert (len(desk.client.calls), desk.handed.back) == (1, [])
    desk.settle_until(TO_OPEN + 120)
    assert len(desk.client.calls) + len(desk.handed.back) >= 2


@pytest.mark.parametrize(("seconds", "status"), [(-1, "expired"), (0, "expired"), (1, "queued")])
def test_or_expires_before(desk: LedgerDesk, seconds: float, status: str) -> None:
    desk.limit(stack=1)
    desk.send("one")
    expires_at = datetime.fromtimestamp(OPENS.timestamp() + seconds, UTC).isoformat()

    assert desk.send("two", expires_at=expires_at).status == status
    assert len(desk.client.calls) == 1


def test_shortly_before_midnight_it_waits_in_the_queue(desk: LedgerDesk) -> None:
    desk.limit(stack=1)
    desk.time.passes(TO_OPEN - 900)
    desk.send("one")

    over = desk.send("two")

    assert (over.status, over.comes_again, over.retry_after(desk.time())) == ("rejected", True, 900)


def test_of_messages_that_travel_together_as_many_go_as_there_is_room_for(desk: LedgerDesk) -> None:
    desk.limit(stack=50)
    results = desk.send_all([document(f"m{place}", phone_numbers=number(place)) for place in range(200)])

    assert sum(result.status == "accepted" for result in results) == 50
    assert sum(result.status == "queued" for result in results) == 150
    assert (len(desk.client.accepted), total(desk)) == (50, 50)


def test_a_message_that_does_not_fit_leaves_the_room_to_smaller_ones(desk: LedgerDesk) -> None:
    desk.limit(stack=4)
    desk.send("first")
    large = document("large", phone_numbers=[number(place) for place in range(10, 14)], urgent=True)
    small = [document(f"m{place}", phone_numbers=number(place), urgent=True) for place in range(4)]

    results = desk.send_all([large, *small])

    assert [result.status for result in results] == ["queued", "accepted", "accepted", "accepted", "queued"]


def test_messages_that_are_split_and_refused_are_given_back_and_the_others_are_not(desk: LedgerDesk) -> None:
    desk.client.offenders[number(3)] = answer("isv.MOBILE_NUMBER_ILLEGAL")
    messages = incoming_messages(20)
    desk.send_together(messages)

    assert desk.statuses(messages) == {"accepted": 19, "rejected": 1}
    assert total(desk) == 19


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_result_whose_write_is_not_answered_is_given_back_once(desk: LedgerDesk, lost: str) -> None:
    desk.client.plan.append(answer("isv.MOBILE_NUMBER_ILLEGAL"))
    getattr(desk.table, lost).extend([None, fails])

    assert desk.send().status == "rejected"
    assert (desk.message().status, total(desk)) == ("rejected", 0)


def test_a_result_that_comes_after_midnight_is_written_though_its_day_is_over(desk: LedgerDesk) -> None:
    def midnight_comes() -> Answer:
        desk.time.now = OPENS
        desk.send("another")
        return answer("isv.MOBILE_NUMBER_ILLEGAL")

    desk.client.plan += [midnight_comes, answer("OK")]

    assert desk.send().status == "rejected"
    assert desk.message().status == "rejected"
    assert desk.counted == {"day": "2026-01-03", "total": 1}


def test_without_a_key_to_sign_with_no_room_is_taken(desk: LedgerDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        desk.client, "current", lambda: (_ for _ in ()).throw(OutcomeUnknown("client:no-credentials", ""))
    )

    assert desk.send().code == "client:no-credentials"
    assert desk.counted == {}


STOPPED: list[tuple[Door, str]] = [("request", "rejected"), ("queue", "queued"), ("schedule", "queued")]


@pytest.mark.parametrize(("door", "status"), STOPPED)
def test_while_it_is_stopped_nothing_is_sent_and_nothing_lost(desk: LedgerDesk, door: Door, status: str) -> None:
    desk.send("before", door)
    desk.stop()
    result = desk.send("one", door)

    assert (result.status, result.code, result.category) == (status, "client:stopped", "transient")
    assert result.description == "sending is stopped: a leaked key"
    assert len(desk.client.calls) == 1
    assert desk.send("before", door).status == "accepted"  # the key stands
    desk.settle_until(7200)
    assert (len(desk.client.calls), desk.handed.back, desk.handed.over) == (1, [], [])
    desk.start()
    desk.settle()
    assert len(desk.handed.back) == (status == "queued")


def test_a_stop_is_looked_for_before_each_part_of_what_is_split(desk: LedgerDesk) -> None:
    desk.client.offenders[number(3)] = answer("isv.MOBILE_NUMBER_ILLEGAL")
    calls: list[Callable[[], None]] = [desk.stop]
    judge = desk.client.judge

    def stopped_meanwhile(recipients: list[str]) -> object:
        if calls:
            calls.pop()()
        return judge(recipients)

    desk.client.judge = stopped_meanwhile  # type: ignore[assignment]
    messages = incoming_messages(20)
    results = desk.send_together(messages)

    assert len(desk.client.calls) == 1
    assert {(result.status, result.code) for result in results} == {("queued", "client:stopped")}
    assert total(desk) == 0


def test_while_it_is_stopped_settling_looks_up_and_makes_no_identical_request(desk: LedgerDesk) -> None:
    desk.client.plan.append(TIMEOUT)
    desk.send()
    desk.stop()
    desk.settle_until(1000)

    assert len(desk.client.calls) == 1
    assert desk.client.queries


def test_while_it_is_stopped_no_new_request_is_made_and_a_person_decides(desk: LedgerDesk) -> None:
    desk.client.plan.append(TIMEOUT)
    desk.send()
    desk.stop()
    desk.settle_until(GRACE + 3600, sends_again=True)
    desk.start()
    desk.settle_until(GRACE + 7200, sends_again=True)

    assert len(desk.client.calls) == 1
    assert [row.key for row, _ in desk.handed.over] == ["one"]


def test_a_door_with_a_cap_of_its_own_is_outside_the_caps_and_not_stopped(desk: LedgerDesk) -> None:
    desk.limit(stack=1)
    desk.send("one")
    assert desk.send("two", "alert").status == "accepted"
    desk.stop()
    assert desk.send("three", "alert").status == "accepted"

    assert total(desk) == 1
    assert desk.message("two", "alert").reservation is None


def test_what_of_it_went_through_the_queue_takes_no_room_of_what_it_travels_with(desk: LedgerDesk) -> None:
    desk.limit(stack=2)
    queue, alert = Origin("queue", "queue", "k"), Origin("queue", "alert", "k")
    messages = [(document(f"m{n}", phone_numbers=number(n)), alert if n % 2 else queue) for n in range(6)]

    results = send_all(desk.sender, messages, 20.0, desk.time, in_threads=no_threads)

    assert [result.status for result in results] == ["accepted"] * 4 + ["queued", "accepted"]
    assert total(desk) == 2


def backlog(desk: LedgerDesk, many: int) -> None:
    """So many messages wait until midnight for a cap, and nobody knows what became of another that came after them."""
    desk.limit(stack=1)
    desk.send("first")
    desk.send_all([document(f"m{place}", phone_numbers=number(place % 1000)) for place in range(many)])
    desk.time.now = OPENS
    desk.limit()
    desk.client.plan.append(TIMEOUT)
    desk.send("unknown")


def test_a_large_backlog_does_not_hide_what_nobody_knows(desk: LedgerDesk) -> None:
    backlog(desk, 2000)
    desk.handed.error = ConnectionError("the queue takes nothing")  # so that all stay due
    desk.settle_until(TO_OPEN + 200)

    assert desk.message("unknown").status == "accepted"


def test_nor_does_it_while_all_is_stopped(desk: LedgerDesk) -> None:
    backlog(desk, 2000)
    desk.stop()
    desk.settle_until(TO_OPEN + GRACE + 120)

    assert [row.key for row, _ in desk.handed.over] == ["unknown"]
    assert desk.handed.back == []


def test_what_waited_for_a_cap_goes_back_whole_though_the_next_day_has_no_room_either(desk: LedgerDesk) -> None:
    desk.limit(stack=1)
    desk.send("first")
    desk.send_all([document(f"m{place}", phone_numbers=number(place)) for place in range(300)])
    desk.time.now = OPENS
    desk.send("the next day's")
    desk.time.passes(60)
    desk.settle()

    assert len(desk.handed.back) == 300


@pytest.mark.parametrize("status", ["accepted", "rejected"])
def test_a_fault_of_the_table_after_midnight_is_got_over_as_before(desk: LedgerDesk, status: str) -> None:
    def midnight_comes() -> Answer:
        desk.time.now = OPENS
        desk.send("another")
        desk.table.before += [fails]
        return answer("OK" if status == "accepted" else "isv.MOBILE_NUMBER_ILLEGAL")

    desk.client.plan += [midnight_comes, answer("OK")]

    assert desk.send().status == status
    assert desk.message().status == status
