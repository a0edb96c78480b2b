"""A claim of several messages over several transactions: whole, or nothing is sent for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.errors import OutcomeUnknown
from aliyun_sms.ledger.table import LATEST_WRITE, Conflict
from aliyun_sms.ledger.write_claim import MOST_BYTES, grouped
from aliyun_sms.ledger.write_together import MOST_WRITES
from tests.workbench.clock import START
from tests.workbench.ledger_desk import LedgerDesk, fails
from tests.workbench.messages import document, incoming_message, incoming_messages, number, personal
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from aliyun_sms.ledger.claim import Claim

SETTLED = 41  # seconds after which a claim that was cut off is settled


@pytest.fixture
def desk() -> LedgerDesk:
    """Three messages fit into a transaction, so that a claim of ten takes four."""
    desk = LedgerDesk()
    desk.table.most_puts = 4
    return desk


def keys(claim: Claim | None) -> list[str]:
    return [row.key for row in claim.messages] if claim else []


def fence(desk: LedgerDesk, out_id: str = "submission 1") -> Callable[[], None]:
    """Somebody settles the submission meanwhile."""

    def write() -> None:
        submission = desk.ledger.submission(out_id)
        assert submission is not None
        desk.ledger.write(submission)

    return write


def test_the_submission_is_void_until_all_is_written(desk: LedgerDesk) -> None:
    seen: list[bool] = []

    def look() -> None:
        submission = desk.ledger.submission("submission 1")
        assert submission is not None
        seen.append(submission.void)

    desk.table.after += [look] * 4
    claim, standing = desk.claim(incoming_messages(10))

    assert (seen, standing) == ([True, True, True, False], [])
    assert claim is not None
    assert claim.submission == desk.ledger.submission("submission 1")
    assert list(claim.messages) == list(desk.ledger.messages([row.message_id for row in claim.messages]).values())


def test_its_first_write_names_all_that_may_be_written_after_it(desk: LedgerDesk) -> None:
    given = incoming_messages(10)
    named: list[list[str]] = []
    desk.table.after.append(lambda: named.append(desk.table.items["submission#submission 1"]["message_ids"]))
    desk.claim(given)

    assert named == [[each.message_id for each in given]]


def test_what_stands_in_the_way_is_not_even_named_by_a_void_submission(desk: LedgerDesk) -> None:
    given = incoming_messages(10)
    desk.send_together(given[:2])
    named: list[list[str]] = []
    desk.table.after.append(lambda: named.append(desk.table.items["submission#submission 2"]["message_ids"]))
    desk.claim(given)

    assert named == [[each.message_id for each in given[2:]]]


def test_what_fits_into_one_transaction_is_written_in_one(desk: LedgerDesk) -> None:
    claim, _ = desk.claim(incoming_messages(3))

    assert len(desk.table.writes) == 1
    assert claim is not None
    assert not claim.submission.void


@pytest.mark.parametrize("each", [lambda _: {}, personal], ids=["alike", "personal"])
@pytest.mark.parametrize("places", [[0], [4], [9], [0, 1, 2], [3, 4, 5], [8, 9], [0, 5, 9], range(9), range(1, 10)])
def test_what_stands_in_the_way_is_left_out_and_its_neighbours_are_claimed(
    desk: LedgerDesk, places: list[int], each: Callable[[int], dict[str, Any]]
) -> None:
    given = incoming_messages(10, each)
    for place in places:
        desk.send_together([given[place]])

    claim, standing = desk.claim(given)

    assert [row.message.key for row in standing] == [f"m{place}" for place in places]
    assert all(row.same_payload for row in standing)
    left = [place for place in range(10) if place not in places]
    assert keys(claim) == [f"m{place}" for place in left]
    assert claim is not None
    assert claim.submission.recipients == [number(place) for place in left]
    assert claim.submission == desk.ledger.submission(claim.submission.out_id)


def test_where_all_are_claimed_there_is_no_submission(desk: LedgerDesk) -> None:
    desk.send_together(incoming_messages(10))
    before = len(desk.table.writes)

    claim, standing = desk.claim(incoming_messages(10))

    assert (claim, len(standing), len(desk.table.writes)) == (None, 10, before)


def test_what_another_claims_meanwhile_is_left_out(desk: LedgerDesk) -> None:
    given = incoming_messages(10)
    results: list[Any] = []
    desk.table.before += [None, lambda: results.extend(desk.send_together([given[place] for place in (4, 9)]))]

    mine = desk.send_together(given)

    assert [result.duplicate for result in mine] == [place in {4, 9} for place in range(10)]
    assert sorted(desk.client.accepted) == [number(place) for place in range(10)]


def test_a_key_that_stands_for_another_payload_is_given_as_such(desk: LedgerDesk) -> None:
    desk.send("m4", phone_numbers="13900139000")

    results = desk.send_together(incoming_messages(10))

    assert [place for place, result in enumerate(results) if result.code == "client:key-conflict"] == [4]
    assert len(desk.client.accepted) == 10


def test_released_keys_are_claimed_anew(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("isv.OUT_OF_SERVICE"))
    assert all(result.comes_again for result in desk.send_together(incoming_messages(10)))
    desk.time.passes(60)

    claim, standing = desk.claim(incoming_messages(10))

    assert (len(keys(claim)), standing) == (10, [])
    assert claim is not None
    assert {row.created_at for row in claim.messages} == {int(START.timestamp())}
    assert {row.submission for row in claim.messages} == {"submission 2"}


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_transaction_without_an_answer_is_looked_up_and_written_if_it_was_not(
    desk: LedgerDesk, place: int, lost: str
) -> None:
    getattr(desk.table, lost).extend([*[None] * place, fails])

    claim, standing = desk.claim(incoming_messages(10))

    assert (len(keys(claim)), standing) == (10, [])
    assert claim is not None
    assert claim.submission == desk.ledger.submission("submission 1")
    assert len(desk.table.writes) == 4


@pytest.mark.parametrize("place", [1, 2, 3])
def test_who_has_settled_the_submission_meanwhile_stops_the_claim(desk: LedgerDesk, place: int) -> None:
    desk.table.before += [*[None] * place, fence(desk)]

    with pytest.raises(Conflict):
        desk.claim(incoming_messages(10))
    submission = desk.ledger.submission("submission 1")
    assert submission is not None
    assert submission.void


@pytest.mark.parametrize("place", [1, 2, 3])
@pytest.mark.parametrize("how", ["fenced", "unavailable"])
def test_for_a_claim_that_was_cut_off_nothing_is_sent_and_its_messages_go_back_into_the_queue(
    desk: LedgerDesk, place: int, how: str
) -> None:
    cut = [fence(desk)] if how == "fenced" else [fails] * 3
    desk.table.before += [*[None] * place, *cut]
    results = desk.send_together(incoming_messages(10))
    assert {result.code for result in results} == {"client:ledger-unavailable"}
    assert all(result.comes_again for result in results)

    written = 9 if how == "fenced" else 3 * place
    assert [result.status for result in desk.send_together(incoming_messages(written))] == ["sending"] * written
    desk.time.passes(SETTLED)
    assert desk.settle()["queued"] == written
    desk.time.passes(60)
    assert desk.settle()["queued"] == written

    assert sorted(row.key for row in desk.handed.back) == sorted(f"m{place}" for place in range(written))
    assert desk.client.calls == []
    assert {result.status for result in desk.send_together(incoming_messages(10))} == {"accepted"}
    assert desk.client.accepted == [number(place) for place in range(10)]


@pytest.mark.parametrize("place", [1, 2])
@pytest.mark.parametrize("seconds", [60, 120, LATEST_WRITE])
def test_a_part_of_a_claim_that_was_cut_off_is_found_however_late_it_is_written(
    desk: LedgerDesk, seconds: int, place: int
) -> None:
    desk.table.before += [*[None] * place, *[fails] * MOST_WRITES]
    desk.send_together(incoming_messages(10))
    desk.settle_until(seconds)

    desk.table.arrive()
    desk.settle_until(2 * LATEST_WRITE)

    assert sorted(row.key for row in desk.handed.back) == [f"m{each}" for each in range(3 * place + 3)]
    assert [item for item in desk.table.items.values() if item.get("status") == "sending"] == []
    assert [item for item in desk.table.items.values() if "out_id" in item and "ttl" not in item] == []


def test_a_claim_that_was_cut_off_is_fenced_by_whoever_comes_upon_it(desk: LedgerDesk) -> None:
    later: list[Any] = []

    def too_long() -> None:
        desk.time.passes(SETTLED)
        later.extend(desk.send_together(incoming_messages(1)))

    desk.table.before += [None, too_long]
    first = desk.send_together(incoming_messages(10))

    assert [(each.status, each.duplicate) for each in later] == [("queued", True)]
    assert all(result.comes_again for result in first)
    assert desk.client.calls == []


def test_a_submission_that_is_closed_has_nobodys_numbers(desk: LedgerDesk) -> None:
    claim, _ = desk.claim(incoming_messages(3))

    assert claim is not None
    assert claim.submission.closed(0).numbers() == {row.message_id: [] for row in claim.messages}


def test_what_lapsed_under_a_closed_submission_keeps_no_other_from_being_sent(desk: LedgerDesk) -> None:
    claim, _ = desk.claim(incoming_messages(1))
    assert claim is not None
    desk.ledger.write(replace(claim.submission.closed(0), void=True))
    desk.time.passes(SETTLED)

    results = desk.send_together(incoming_messages(3))

    assert [(result.status, result.duplicate) for result in results] == [
        ("queued", True),
        ("accepted", False),
        ("accepted", False),
    ]
    desk.time.passes(60)
    desk.settle()
    assert [row.key for row in desk.handed.back] == ["m0"]


def test_of_several_that_lapsed_under_one_submission_it_is_read_and_written_once() -> None:
    desk = LedgerDesk()
    desk.claim(incoming_messages(10))
    desk.time.passes(SETTLED)
    desk.table.calls.clear()
    desk.table.writes.clear()

    results = desk.send_together(incoming_messages(10))

    assert {(result.status, result.recipients, result.duplicate) for result in results} == {("unknown", 1, True)}
    # To claim, which fails, and of the submission; room is taken on a new day's row, and given back.
    assert desk.table.calls == {"put_all": 2, "get_all": 2, "usage": 4}
    assert len(desk.table.writes) == 1


def test_of_several_that_lapsed_under_one_void_submission_it_is_read_and_written_once() -> None:
    desk = LedgerDesk()
    claim, _ = desk.claim(incoming_messages(10))
    assert claim is not None
    desk.ledger.void(claim)
    desk.time.passes(SETTLED)
    desk.table.calls.clear()
    desk.table.writes.clear()

    results = desk.send_together(incoming_messages(10))

    assert {(result.status, result.duplicate) for result in results} == {("queued", True)}
    assert [keys for keys in desk.table.writes if "submission#submission 1" in keys] == [["submission#submission 1"]]
    assert (desk.table.calls["get_all"], len(desk.table.writes)) == (2, 2)


def test_a_function_that_was_killed_after_its_claim_leaves_all_unknown(desk: LedgerDesk) -> None:
    desk.claim(incoming_messages(10))
    desk.time.passes(SETTLED)

    assert desk.settle() == {"unknown": 10}
    assert (desk.handed.back, desk.client.calls) == ([], [])


def test_the_same_key_twice_in_one_batch_is_sent_once(desk: LedgerDesk) -> None:
    given = [document("one"), document("two", phone_numbers=number(2)), document("one"), document("one", sign_name="x")]

    results = desk.send_all(given)

    assert [result.code for result in results] == ["OK", "OK", "OK", "client:key-conflict"]
    assert [result.duplicate for result in results] == [False, False, True, False]
    assert sorted(desk.client.accepted) == ["13800000002", "13800138000"]


def test_of_two_under_one_key_the_second_finds_an_unknown_outcome_too(desk: LedgerDesk) -> None:
    desk.client.plan.append(OutcomeUnknown("client:read-timeout", ""))

    assert [result.status for result in desk.send_all([document(), document()])] == ["unknown", "unknown"]
    assert len(desk.client.calls) == 1


def test_rows_are_written_together_only_as_far_as_a_transaction_holds_them() -> None:
    recipients, desk = [number(place) for place in range(1000)], LedgerDesk()
    desk.table.largest *= 10  # no submission has more than 1,000 recipients
    claim, _ = desk.claim([incoming_message(f"m{place}", phone_numbers=recipients) for place in range(80)])
    assert claim is not None

    groups = grouped(claim.messages, 99)

    assert [row for group in groups for row in group] == list(claim.messages)
    assert len(groups) == 2
    assert all(sum(len(str(row.document).encode()) for row in group) < MOST_BYTES for group in groups)
