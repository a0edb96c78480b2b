"""Messages of one batch that are submitted alone: their claims, and their results, are written together."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.errors import OutcomeUnknown
from aliyun_sms.ledger.ledger import MOST_ALONE
from aliyun_sms.ledger.rows import message_key
from aliyun_sms.ledger.table import Conflict
from aliyun_sms.message.fields import LONGEST_KEY, LONGEST_NAME, LONGEST_PARAM, LONGEST_REFERENCE
from aliyun_sms.message.reach import MOST_NUMBERS
from tests.workbench.clock import START
from tests.workbench.functions import KilledError
from tests.workbench.ledger_desk import LedgerDesk, fails
from tests.workbench.messages import document, incoming_message, number
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = 3 * MOST_ALONE
LAPSED = 41  # seconds after which the claim of a killed function is settled
TIMEOUT = OutcomeUnknown("client:read-timeout", "no answer in time")
OTHER_PLACES = [0, 7, MOST_ALONE - 1]
MOST_BYTES_OF_A_TRANSACTION = 4 * 1024 * 1024
MOST_BYTES_OF_A_ROW = 400 * 1024


@pytest.fixture
def desk() -> LedgerDesk:
    return LedgerDesk()


def urgent(many: int, first: int = 0) -> list[dict[str, Any]]:
    places = range(first, first + many)
    return [document(f"m{place}", phone_numbers=number(place), urgent=True) for place in places]


def other_templates(many: int) -> list[dict[str, Any]]:
    places = range(many)
    return [document(f"m{each}", phone_numbers=number(each), template_code=f"SMS_{each}") for each in places]


def conflicts() -> None:
    raise Conflict("TransactionConflict")


def statuses(desk: LedgerDesk, many: int) -> list[str]:
    rows = desk.ledger.messages([incoming_message(f"m{place}").message_id for place in range(many)])
    found = {row.key: row.status for row in rows.values()}
    return [found.get(f"m{place}", "") for place in range(many)]


@pytest.mark.parametrize("make", [urgent, other_templates])
def test_their_claims_and_their_results_take_few_writes(
    desk: LedgerDesk, make: Callable[[int], list[dict[str, Any]]]
) -> None:
    results = desk.send_all(make(MANY))

    assert {(result.status, result.code) for result in results} == {("accepted", "OK")}
    assert [call["recipients"] for call in desk.client.calls] == [[number(place)] for place in range(MANY)]
    assert len({call["out_id"] for call in desk.client.calls}) == MANY
    assert len({call["stamp"].nonce for call in desk.client.calls}) == MANY
    assert desk.table.calls == {
        "get_all": 1,
        "put_all": 6,
        "usage": 5,
    }  # once for each claim, and twice more on a new day
    assert statuses(desk, MANY) == ["accepted"] * MANY


def test_the_first_call_waits_for_one_write(desk: LedgerDesk) -> None:
    written: list[int] = []

    def look() -> Any:
        written.append(len(desk.table.writes))
        return answer("OK")

    desk.client.plan.append(look)
    desk.send_all(urgent(MANY))

    assert written == [1]


@pytest.mark.parametrize("place", [0, 5, MOST_ALONE, MOST_ALONE + 5, MANY - 1])
def test_a_killed_function_leaves_no_more_unknown_than_were_claimed_together(desk: LedgerDesk, place: int) -> None:
    desk.client.kill_at = place
    with pytest.raises(KilledError):
        desk.send_all(urgent(MANY))
    desk.time.passes(LAPSED)
    desk.settle()

    before = place // MOST_ALONE * MOST_ALONE
    after = MANY - before - MOST_ALONE
    assert statuses(desk, MANY) == ["accepted"] * before + ["unknown"] * MOST_ALONE + [""] * after


@pytest.mark.parametrize("place", OTHER_PLACES)
def test_one_whose_key_stands_keeps_no_other_from_being_sent(desk: LedgerDesk, place: int) -> None:
    desk.send_all([urgent(MOST_ALONE)[place]])

    results = desk.send_all(urgent(MOST_ALONE))

    assert [result.status for result in results] == ["accepted"] * MOST_ALONE
    assert [result.duplicate for result in results] == [each == place for each in range(MOST_ALONE)]
    assert sorted(desk.client.accepted) == [number(each) for each in range(MOST_ALONE)]


def test_a_released_key_is_claimed_anew_among_others(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("isv.AMOUNT_NOT_ENOUGH"))
    desk.send_all(urgent(1))

    results = desk.send_all(urgent(MOST_ALONE))

    assert [(result.status, result.duplicate) for result in results] == [("accepted", False)] * MOST_ALONE


def test_each_has_the_result_of_its_own_call(desk: LedgerDesk) -> None:
    desk.client.plan += [answer("OK"), answer("isv.MOBILE_NUMBER_ILLEGAL"), TIMEOUT, answer("isv.AMOUNT_NOT_ENOUGH")]

    results = desk.send_all(urgent(5))

    assert [result.status for result in results] == ["accepted", "rejected", "unknown", "rejected", "accepted"]
    assert statuses(desk, 5) == ["accepted", "rejected", "unknown", "rejected", "accepted"]
    assert [result.message_id for result in results] == [desk.message(f"m{place}").message_id for place in range(5)]


def test_a_fault_of_ours_in_one_call_is_of_that_one_alone(desk: LedgerDesk) -> None:
    desk.client.plan += [answer("OK"), ZeroDivisionError("x")]

    results = desk.send_all(urgent(3))

    assert [result.status for result in results] == ["accepted", "unknown", "accepted"]
    assert statuses(desk, 3) == ["accepted", "unknown", "accepted"]


@pytest.mark.parametrize("answers", [[fails], [fails, None, fails]])
def test_a_claim_whose_answer_was_lost_stands(desk: LedgerDesk, answers: list[Callable[[], None] | None]) -> None:
    desk.table.after += answers

    results = desk.send_all(urgent(MOST_ALONE))

    assert {(result.status, result.duplicate) for result in results} == {("accepted", False)}
    assert statuses(desk, MOST_ALONE) == ["accepted"] * MOST_ALONE


def test_where_nothing_can_be_claimed_nothing_is_sent_and_the_next_ones_are_tried(desk: LedgerDesk) -> None:
    desk.table.before += [fails] * 3

    results = desk.send_all(urgent(2 * MOST_ALONE))

    assert {result.code for result in results[:MOST_ALONE]} == {"client:ledger-unavailable"}
    assert all(result.comes_again for result in results[:MOST_ALONE])
    assert {result.status for result in results[MOST_ALONE:]} == {"accepted"}
    assert len(desk.client.calls) == MOST_ALONE


@pytest.mark.parametrize("place", OTHER_PLACES)
def test_what_somebody_else_has_settled_meanwhile_keeps_no_other_from_being_written(
    desk: LedgerDesk, place: int
) -> None:
    def too_long() -> Any:
        desk.time.passes(LAPSED)
        assert [result.status for result in desk.send_all([urgent(MOST_ALONE)[place]])] == ["unknown"]
        return answer("isv.MOBILE_NUMBER_ILLEGAL")

    desk.client.plan += [*[answer("OK")] * place, too_long]
    desk.sender.send_each(
        [incoming_message(f"m{each}", phone_numbers=number(each), urgent=True) for each in range(MOST_ALONE)],
        1000.0,
        lambda action, items: [action(item) for item in items],
    )

    expected = ["accepted"] * MOST_ALONE
    expected[place] = "unknown"
    assert statuses(desk, MOST_ALONE) == expected
    assert desk.submission(f"m{place}").due_at is not None


@pytest.mark.parametrize("error", [fails, conflicts])
def test_what_cannot_be_written_is_looked_up_as_that_of_a_killed_function(
    desk: LedgerDesk, error: Callable[[], None]
) -> None:
    desk.client.plan += [answer("OK")] * 2
    desk.table.before += [None, *[error] * 3]

    results = desk.send_all(urgent(MOST_ALONE))

    assert {result.status for result in results} == {"accepted"}
    assert statuses(desk, MOST_ALONE) == ["sending"] * MOST_ALONE
    desk.time.passes(LAPSED)
    desk.settle()
    assert statuses(desk, MOST_ALONE) == ["unknown"] * MOST_ALONE


def test_what_has_expired_is_not_sent_and_holds_up_no_other(desk: LedgerDesk) -> None:
    past, soon = ((START + timedelta(seconds=seconds)).isoformat() for seconds in (-1, 5))
    given = urgent(6)
    given[1]["expires_at"], given[4]["expires_at"] = past, soon
    desk.client.seconds = 2

    results = desk.send_all(given)

    assert [result.status for result in results] == [
        "accepted",
        "expired",
        "accepted",
        "accepted",
        "expired",
        "accepted",
    ]
    assert statuses(desk, 6) == [result.status for result in results]


def test_a_limit_that_one_meets_lets_the_others_go(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5"))

    results = desk.send_all(urgent(3))

    assert [result.status for result in results] == ["queued", "accepted", "accepted"]
    assert statuses(desk, 3) == ["queued", "accepted", "accepted"]
    assert desk.message("m0").due_at is not None


def test_the_largest_messages_fit_into_one_transaction(desk: LedgerDesk) -> None:
    numbers = [f"+8613{place:09}" for place in range(MOST_NUMBERS)]
    text = "\U00020000" * (LONGEST_PARAM - len('{"":""}'))
    largest = [
        document(
            f"{place:03}" + "\U00020000" * (LONGEST_KEY - 3),
            phone_numbers=numbers,
            sign_name="\U00020000" * LONGEST_NAME,
            template_param={"": text},
            reference="\U00020000" * LONGEST_REFERENCE,
            urgent=True,
        )
        for place in range(MOST_ALONE)
    ]
    sizes: list[list[int]] = []
    written = desk.table.put_all

    def weigh(puts: Any, count: Any = None) -> None:
        sizes.append([len(json.dumps(put.item, ensure_ascii=False).encode()) for put in puts])
        written(puts, count)

    desk.table.put_all = weigh  # type: ignore[method-assign]
    results = desk.send_all(largest)

    assert {result.status for result in results} == {"accepted"}
    turned, claimed, *_ = sizes
    assert (len(turned), len(claimed)) == (1, 2 * MOST_ALONE)
    assert max(map(sum, sizes)) < MOST_BYTES_OF_A_TRANSACTION
    assert max(map(max, sizes)) < MOST_BYTES_OF_A_ROW
    assert message_key(results[0].message_id) in desk.table.items
