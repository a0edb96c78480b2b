"""Many messages at once: which calls are made in which order, and what that costs of the table."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.ledger.ledger import MOST_ALONE
from aliyun_sms.message.incoming import Origin, message_id
from aliyun_sms.sending.bulk import send_all
from tests.workbench.clock import START
from tests.workbench.core import no_threads
from tests.workbench.ledger_desk import LedgerDesk
from tests.workbench.messages import document, number, personal
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from aliyun_sms.result import Result


@pytest.fixture
def desk() -> LedgerDesk:
    return LedgerDesk()


def documents(many: int, each: Callable[[int], dict[str, Any]] = lambda _: {}) -> list[dict[str, Any]]:
    return [document(f"m{place}", **{"phone_numbers": number(place), **each(place)}) for place in range(many)]


def sizes(desk: LedgerDesk) -> list[int]:
    return [len(call["recipients"]) for call in desk.client.calls]


def statuses(results: list[Result]) -> Counter[str]:
    return Counter(result.status for result in results)


def test_results_are_in_the_order_of_the_messages(desk: LedgerDesk) -> None:
    each: dict[int, dict[str, Any]] = {
        1: {"urgent": True},
        3: {"template_code": "SMS_2"},
        4: {"phone_numbers": "12"},
        6: {"urgent": True},
    }
    given = documents(8, lambda place: each.get(place, {}))

    results = desk.send_all(given)

    assert [result.message_id for result in results] == [desk.message(f"m{place}").message_id for place in range(8)]
    assert [result.status for result in results] == [*["accepted"] * 4, "rejected", *["accepted"] * 3]


def test_an_urgent_one_among_many_goes_first(desk: LedgerDesk) -> None:
    desk.send_all(documents(500, lambda place: {"urgent": True} if place == 321 else personal(place)))

    assert desk.client.calls[0]["recipients"] == [number(321)]
    assert sizes(desk) == [1, 100, 100, 100, 100, 99]


def test_one_that_expires_soon_goes_last_and_does_not_hold_up_the_others(desk: LedgerDesk) -> None:
    expires_at = (START + timedelta(seconds=10)).isoformat()
    desk.client.seconds = 15

    results = desk.send_all(documents(10, lambda place: {"expires_at": expires_at} if place == 0 else {}))

    assert [result.status for result in results] == ["expired", *["accepted"] * 9]
    assert sizes(desk) == [9]


def test_what_there_is_no_time_for_is_not_claimed(desk: LedgerDesk) -> None:
    desk.client.seconds = 12

    results = desk.send_all(documents(300, personal))

    assert [result.code for result in results[:200]] == ["OK"] * 200
    assert {(result.code, result.comes_again) for result in results[200:]} == {("client:out-of-time", True)}
    assert len(desk.table.rows) == 202


@pytest.mark.parametrize(
    ("code", "called"), [("OK", 3 * MOST_ALONE), ("isv.MOBILE_NUMBER_ILLEGAL", MOST_ALONE)], ids=["accepted", "refused"]
)
def test_time_is_kept_for_what_is_not_accepted_and_for_no_other(desk: LedgerDesk, code: str, called: int) -> None:
    desk.client.seconds = 0.1
    desk.client.plan += [answer(code)] * 3 * MOST_ALONE
    given = documents(3 * MOST_ALONE, lambda _: {"urgent": True})
    messages = [(each, Origin("queue", "queue", each["idempotency_key"])) for each in given]

    results = send_all(
        desk.sender, messages, 20.0, desk.time, seconds_kept=lambda many: many / 2, in_threads=no_threads
    )

    assert len(desk.client.calls) == called
    assert {result.code for result in results[:called]} == {code}
    assert {result.code for result in results[called:]} <= {"client:out-of-time"}


def test_what_cannot_be_read_is_not_written_down_when_no_time_is_left(desk: LedgerDesk) -> None:
    desk.client.seconds = 21

    results = desk.send_all([document("a"), [], {"idempotency_key": "c"}])  # type: ignore[list-item]

    assert [(result.code, result.comes_again) for result in results] == [
        ("OK", False),
        ("client:out-of-time", True),
        ("client:out-of-time", True),
    ]
    assert [result.message_id for result in results] == [
        desk.message("a").message_id,
        message_id("queue", "origin 1"),
        message_id("queue", "c"),
    ]
    assert len(desk.table.rows) == 2


def test_nothing_gives_no_result(desk: LedgerDesk) -> None:
    assert desk.send_all([]) == []


def test_what_cannot_be_read_has_its_result_among_the_others(desk: LedgerDesk) -> None:
    results = desk.send_all([document("a"), [], document("b", phone_numbers=number(2)), {"idempotency_key": "c"}])  # type: ignore[list-item]

    assert [result.code for result in results] == ["OK", "client:invalid-message", "OK", "client:invalid-message"]


def test_a_thousand_that_come_again_are_not_sent_again_and_cost_few_calls_of_the_table(desk: LedgerDesk) -> None:
    desk.sender.policy.at_present()  # it is read once a minute, whatever is sent
    desk.table.calls.clear()
    desk.send_all(documents(1000))
    assert desk.table.calls.total() == 22 + 3  # of which three take room on a new day's row
    desk.table.calls.clear()
    desk.client.plan.append(answer("isv.NEVER"))

    results = desk.send_all(documents(1000))

    assert statuses(results) == {"accepted": 1000}
    assert all(result.duplicate for result in results)
    assert sizes(desk) == [1000]
    assert desk.table.calls.total() == 22 + 2  # of which two take room, and give it back


@pytest.mark.parametrize("status", ["accepted", "rejected", "unknown"])
def test_of_a_thousand_that_come_again_only_what_is_new_is_sent(desk: LedgerDesk, status: str) -> None:
    codes = {"accepted": "OK", "rejected": "isv.AMOUNT_NOT_ENOUGH", "unknown": "isv.NEVER_SEEN"}
    given = documents(1000)
    if status != "accepted":
        desk.client.plan.append(answer(codes[status]))
    before = desk.send_all([each for place, each in enumerate(given) if place % 10])

    after = desk.send_all(given)

    released = {result.comes_again for result in before}.pop()
    assert statuses(before) == {status: 900}
    assert sizes(desk) == [900, 1000 if released else 100]
    assert [result.status for result in after[:2]] == ["accepted", "accepted" if released else status]
