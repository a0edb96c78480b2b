"""Settling messages that travelled together: by a sample, one by one where some are found, and in parts if refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.errors import OutcomeUnknown
from aliyun_sms.ledger.rows import SHARDS, message_key
from aliyun_sms.observability import counts
from aliyun_sms.settling.looks import VISIBLE
from aliyun_sms.settling.settler import LONGEST_UNCLEAR
from tests.workbench.clock import START
from tests.workbench.functions import KilledError
from tests.workbench.ledger_desk import GRACE, LedgerDesk
from tests.workbench.messages import incoming_message, incoming_messages, number, personal
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aliyun_sms.message.incoming import IncomingMessage

TIMEOUT = OutcomeUnknown("client:read-timeout", "no answer in time")
LIMITED = answer("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5")
WINDOW_OPENS = int(datetime(2026, 1, 2, 4, 0, 1, tzinfo=UTC).timestamp())
BAD_NUMBER = answer("isv.MOBILE_NUMBER_ILLEGAL")
OFFENDER = 3


def sent(planned: Any, many: int = 10, *, looks_up_refusals: bool = False) -> tuple[LedgerDesk, list[IncomingMessage]]:
    """Messages in one submission, and what the provider said or did."""
    desk, given = LedgerDesk(looks_up_refusals=looks_up_refusals), incoming_messages(many)
    desk.client.plan.append(planned)
    desk.send_together(given)
    return desk, given


def offending(
    planned: Any, many: int = 10, *, looks_up_refusals: bool = False
) -> tuple[LedgerDesk, list[IncomingMessage]]:
    """The same, where the provider says so of every call to one of them."""
    desk, given = sent(planned, many, looks_up_refusals=looks_up_refusals)
    desk.client.offenders[number(OFFENDER)] = planned
    return desk, given


def shown(desk: LedgerDesk, places: Iterable[int]) -> None:
    """The provider's records hold the first submission for these."""
    desk.client.sent |= {number(place): ["submission 1"] for place in places}


def called_again(desk: LedgerDesk) -> list[str]:
    return [number for call in desk.client.calls[1:] for number in call["recipients"]]


def held(desk: LedgerDesk) -> list[str]:
    return [row.key for row, _ in desk.handed.over]


def keys(places: Iterable[int]) -> list[str]:
    return [f"m{place}" for place in places]


@pytest.mark.parametrize("places", [[0], [4], [9], [0, 1, 5, 6], range(9)])
def test_where_one_of_the_sample_is_found_each_is_looked_up_and_none_sent_again(places: Iterable[int]) -> None:
    desk, given = sent(TIMEOUT)
    shown(desk, places)
    desk.time.passes(30)

    assert desk.settle()["accepted"] == len(list(places))
    assert {number for number, _, _ in desk.client.queries} == {number(place) for place in range(10)}
    desk.settle_until(GRACE + 120)

    left = [place for place in range(10) if place not in places]
    assert held(desk) == keys(left)
    assert desk.statuses(given) == {"accepted": 10 - len(left), "unknown": len(left)}
    assert len(desk.client.calls) == 1


def test_those_that_were_not_found_are_asked_for_again() -> None:
    desk, given = sent(TIMEOUT)
    shown(desk, [4])
    desk.settle_until(180)
    assert desk.statuses(given) == {"accepted": 1, "unknown": 9}

    desk.client.queries.clear()
    shown(desk, range(9))
    desk.settle_until(600)
    assert desk.statuses(given) == {"accepted": 9, "unknown": 1}
    assert number(4) not in {number for number, _, _ in desk.client.queries}

    shown(desk, range(10))
    desk.settle_until(1200)
    assert desk.statuses(given) == {"accepted": 10}
    assert (desk.submission("m0").due_at, desk.submission("m0").recipients) == (None, [])
    assert (held(desk), len(desk.client.calls)) == ([], 1)


def test_where_the_records_of_one_cannot_be_read_the_others_are_accepted_and_that_one_is_asked_for_again() -> None:
    desk, given = sent(TIMEOUT)
    shown(desk, range(10))
    desk.client.unreadable = {number(5)}
    desk.time.passes(30)
    assert desk.settle() == {"accepted": 9, "unknown": 1}

    desk.settle_until(180)
    assert desk.statuses(given) == {"accepted": 9, "unknown": 1}

    desk.client.unreadable.clear()
    desk.settle_until(360)
    assert desk.statuses(given) == {"accepted": 10}
    assert (held(desk), len(desk.client.calls)) == ([], 1)


@pytest.mark.parametrize("place", [0, 5, 99])  # the first and the last are of the sample
def test_one_whose_records_can_never_be_read_goes_to_a_person_and_keeps_no_other(place: int) -> None:
    desk, given = sent(TIMEOUT, 100)
    shown(desk, range(100))
    desk.client.unreadable = {number(place)}
    desk.settle_until(GRACE + LONGEST_UNCLEAR - 60)
    assert desk.statuses(given) == {"accepted": 99, "unknown": 1}
    assert held(desk) == []

    desk.settle_until(GRACE + LONGEST_UNCLEAR + 60)
    assert (held(desk), len(desk.client.calls)) == (keys([place]), 1)


def test_before_any_is_held_each_is_looked_up_a_last_time() -> None:
    desk, given = sent(TIMEOUT)
    desk.client.plan.append(answer("SignatureNonceUsed"))
    shown(desk, [2, 3])  # none of the sample
    desk.settle_until(GRACE + 60)

    assert desk.statuses(given) == {"accepted": 2, "unknown": 8}
    assert held(desk) == keys([0, 1, 4, 5, 6, 7, 8, 9])


def test_what_cannot_be_handed_over_is_handed_over_the_next_time() -> None:
    desk, _ = sent(TIMEOUT)
    desk.client.plan.append(answer("SignatureNonceUsed"))
    desk.handed.error = ConnectionError()
    desk.settle_until(GRACE + 120)
    assert held(desk) == []

    desk.handed.error = None
    desk.settle_until(GRACE + 300)
    assert held(desk) == keys(range(10))


@pytest.mark.parametrize("each", [lambda _: {}, personal], ids=["SendSms", "SendBatchSms"])
def test_where_none_is_found_the_identical_request_is_made_once(each: Callable[[int], dict[str, Any]]) -> None:
    desk, given = LedgerDesk(), incoming_messages(10, each)
    desk.client.plan += [TIMEOUT, TIMEOUT]
    desk.send_together(given)
    desk.settle_until(GRACE + 300)

    first, second = ({**call, "seconds_left": None} for call in desk.client.calls)
    assert first == second
    assert first["recipients"] == [number(place) for place in range(10)]
    assert first.get("batch", False) is (each is personal)
    assert held(desk) == keys(range(10))


def test_ok_to_it_is_conclusive_for_all() -> None:
    desk, given = sent(TIMEOUT)
    desk.time.passes(120)

    assert desk.settle() == {"accepted": 10}
    assert desk.statuses(given) == {"accepted": 10}


def test_after_the_grace_period_all_are_sent_once_more_where_the_provider_says_so() -> None:
    desk, given = sent(answer("isp.SYSTEM_ERROR"))
    desk.settle_until(GRACE)

    assert desk.statuses(given) == {"accepted": 10}
    assert called_again(desk) == [number(place) for place in range(10)]


def test_of_those_one_that_expired_goes_to_a_person_and_the_others_are_sent_once_more() -> None:
    desk = LedgerDesk()
    expires_at = (START + timedelta(seconds=600)).isoformat()
    given = incoming_messages(10, lambda place: {"expires_at": expires_at} if place == OFFENDER else {})
    desk.client.plan.append(answer("isp.SYSTEM_ERROR"))
    desk.send_together(given)
    desk.settle_until(GRACE + 120)

    assert desk.statuses(given) == {"accepted": 9, "unknown": 1}
    assert called_again(desk) == [number(place) for place in range(10) if place != OFFENDER]
    assert held(desk) == keys([OFFENDER])


@pytest.mark.parametrize("late", [1, 5, 9])
@pytest.mark.parametrize("seconds", [30, 90, 101])  # that handing one over takes; a turn has 100
@pytest.mark.parametrize("planned", [answer("isp.SYSTEM_ERROR"), TIMEOUT], ids=["call again", "resend"])
def test_where_a_turn_ends_while_expired_ones_are_handed_over_all_others_of_them_are_handed_over_later(
    planned: Any, seconds: float, late: int
) -> None:
    desk = LedgerDesk()
    expires_at = (START + timedelta(seconds=600)).isoformat()
    given = incoming_messages(10, lambda place: {"expires_at": expires_at} if place < late else {})
    desk.client.plan += [planned, *[answer("SignatureNonceUsed")] * (planned is TIMEOUT)]
    desk.send_together(given)
    desk.handed.takes = lambda: desk.time.passes(seconds)
    desk.settle_until(GRACE + 3600, sends_again=planned is TIMEOUT)

    assert held(desk) == keys(range(late))
    assert desk.statuses(given) == {"accepted": 10 - late, "unknown": late}
    assert desk.client.accepted == [number(place) for place in range(late, 10)]
    assert [item["pk"] for item in desk.table.rows.values() if "ttl" not in item] == []


def test_the_policy_to_send_again_does_so_for_those_that_were_not_found() -> None:
    desk, given = sent(TIMEOUT)
    shown(desk, [0, 1, 2])
    desk.settle_until(GRACE, sends_again=True)

    assert desk.statuses(given) == {"accepted": 10}
    assert called_again(desk) == [number(place) for place in range(3, 10)]


@pytest.mark.parametrize(("many", "asked"), [(10, 10), (20, 20), (100, 20)])
def test_after_a_limit_a_larger_sample_is_looked_up_first(many: int, asked: int) -> None:
    desk, _ = sent(LIMITED, many)
    desk.time.passes(30)
    desk.settle()

    looked_up = [number for number, _, _ in desk.client.queries]
    assert (len(looked_up), looked_up[0], looked_up[-1]) == (asked, number(0), number(many - 1))


@pytest.mark.parametrize("many", [2, 4, 10, 100])
def test_a_limit_that_shows_nowhere_is_split_until_the_limited_one_waits_alone(many: int) -> None:
    desk = LedgerDesk()
    given = incoming_messages(many)
    desk.client.offenders[number(many - 1)] = LIMITED
    desk.client.shows = True
    desk.send_together(given)
    assert desk.statuses(given) == {"unknown": many}

    desk.settle_until(VISIBLE - 60)
    assert len(desk.client.calls) == 1
    desk.settle_until(1800)

    limited = desk.message(f"m{many - 1}")
    assert desk.statuses(given) == {"accepted": many - 1, "queued": 1}
    assert (limited.status, limited.due_at) == ("queued", WINDOW_OPENS)
    assert desk.client.accepted == sorted(set(desk.client.accepted))

    desk.settle_until(GRACE + 60)
    desk.client.offenders.clear()
    assert [row.key for row in desk.handed.back] == [limited.key]
    assert [each.status for each in desk.send_together(given[-1:])] == ["accepted"]
    assert held(desk) == []


def test_while_it_may_still_show_nothing_is_sent_again() -> None:
    desk, given = offending(LIMITED)
    desk.settle_until(VISIBLE - 60)
    shown(desk, [0, 1])
    desk.settle_until(GRACE + 120)

    assert desk.statuses(given) == {"accepted": 2, "unknown": 8}
    assert held(desk) == keys(range(2, 10))
    assert called_again(desk) == []


def test_a_limited_message_with_several_recipients_is_accepted_only_where_all_were_found() -> None:
    desk = LedgerDesk()
    given = incoming_messages(2, lambda place: {"phone_numbers": [number(2 * place), number(2 * place + 1)]})
    desk.client.plan.append(LIMITED)
    desk.send_together(given)
    shown(desk, [0, 1, 2])
    desk.settle_until(GRACE + 120)

    assert desk.statuses(given) == {"accepted": 1, "unknown": 1}
    assert (held(desk), called_again(desk)) == (["m1"], [])


def test_by_the_policy_to_look_up_a_refusal_of_several_is_not_believed_at_once() -> None:
    desk, given = offending(BAD_NUMBER, looks_up_refusals=True)
    assert desk.statuses(given) == {"unknown": 10}
    assert len(desk.client.calls) == 1

    desk.settle_until(1200)
    assert desk.statuses(given) == {"accepted": 9, "rejected": 1}
    assert (desk.message(f"m{OFFENDER}").result or {})["code"] == BAD_NUMBER.code
    assert sorted(desk.client.accepted) == [number(place) for place in range(10) if place != OFFENDER]


def test_by_that_policy_what_was_sent_in_spite_of_it_is_found_and_never_sent_again() -> None:
    desk, given = offending(BAD_NUMBER, looks_up_refusals=True)
    shown(desk, [place for place in range(10) if place != OFFENDER])
    desk.settle_until(GRACE + 120)

    assert desk.statuses(given) == {"accepted": 9, "unknown": 1}
    assert (held(desk), called_again(desk)) == (keys([OFFENDER]), [])


@pytest.mark.parametrize(("code", "many"), [(BAD_NUMBER.code, 1), ("isv.OUT_OF_SERVICE", 10)])
def test_by_that_policy_what_can_only_be_of_all_is_believed(code: str, many: int) -> None:
    desk, given = sent(answer(code), many, looks_up_refusals=True)

    assert desk.statuses(given) == {"rejected": many}


def test_by_that_policy_a_signature_that_settling_finds_not_to_be_known_goes_to_a_person_once() -> None:
    desk, given = (
        LedgerDesk(looks_up_refusals=True),
        incoming_messages(10, lambda place: {"sign_name": f"sign {place}"}),
    )
    desk.client.offenders[number(OFFENDER)] = answer("isv.SMS_SIGNATURE_ILLEGAL")
    desk.send_together(given)
    assert desk.statuses(given) == {"unknown": 10}
    desk.settle_until(GRACE + 120)

    assert desk.statuses(given) == {"accepted": 9, "rejected": 1}
    assert (held(desk), desk.handed.back) == (keys([OFFENDER]), [])
    assert (counts["caller-configuration"], counts["callers-at-fault"], counts["configuration"]) == (1, 1, 0)


@pytest.mark.parametrize("place", [0, 1])
def test_the_one_that_is_left_of_a_refused_submission_is_sent_by_itself(place: int) -> None:
    desk, given = sent(LIMITED, 2)
    taken = desk.table.items[message_key(given[1 - place].message_id)]
    taken |= {"submission": "another", "version": taken["version"] + 1}
    desk.settle_until(VISIBLE + 60)

    assert desk.message(f"m{place}").status == "accepted"
    assert called_again(desk) == [number(place)]


def test_what_expired_meanwhile_is_not_sent_in_a_part() -> None:
    desk = LedgerDesk()
    expires_at = (START + timedelta(seconds=60)).isoformat()
    given = incoming_messages(10, lambda place: {"expires_at": expires_at} if place in {2, 5} else {})
    desk.client.plan.append(LIMITED)
    desk.send_together(given)
    desk.settle_until(240)

    assert desk.statuses(given) == {"accepted": 8, "expired": 2}
    assert called_again(desk) == [number(place) for place in range(10) if place not in {2, 5}]


def test_what_would_expire_before_its_window_opens_does_not_wait_for_it() -> None:
    desk = LedgerDesk()
    expires_at = (START + timedelta(minutes=50)).isoformat()
    given = incoming_messages(4, lambda _: {"expires_at": expires_at})
    desk.client.offenders[number(OFFENDER)] = LIMITED
    desk.send_together(given)
    desk.settle_until(600)

    assert desk.statuses(given) == {"accepted": 3, "expired": 1}


def test_what_is_left_under_a_void_submission_goes_back_into_the_queue_each_once() -> None:
    desk, given = LedgerDesk(), incoming_messages(10)
    desk.client.offenders[number(OFFENDER)] = BAD_NUMBER
    desk.client.kill_at, desk.client.kills_after = 1, True  # the first part was carried out
    desk.client.shows = True
    with pytest.raises(KilledError):
        desk.send_together(given)
    desk.settle_until(600)

    assert sorted(row.key for row in desk.handed.back) == keys(range(3, 10))
    assert desk.statuses(given) == {"accepted": 3, "queued": 7}
    assert len(desk.client.calls) == 2


def test_a_void_submission_of_which_nothing_is_left_is_closed() -> None:
    desk, given = LedgerDesk(), incoming_messages(10)
    desk.client.offenders[number(OFFENDER)] = BAD_NUMBER
    desk.send_together(given)
    desk.settle_until(600)

    assert (desk.handed.back, desk.handed.over) == ([], [])
    assert desk.statuses(given) == {"accepted": 9, "rejected": 1}
    assert [item["out_id"] for item in desk.table.items.values() if "out_id" in item and "due_at" in item] == []


def test_more_that_is_due_in_one_shard_than_is_read_at_once_is_settled_in_one_run() -> None:
    desk = LedgerDesk()
    every = (incoming_message(f"m{place}", phone_numbers=number(place)) for place in count())
    given = list(islice((each for each in every if sha256(each.message_id.encode()).digest()[0] % SHARDS == 0), 250))
    desk.client.plan += [LIMITED] * 250
    for each in given:
        desk.send_together([each])
    assert {item.get("due_shard") for item in desk.table.items.values()} == {"due#0", None}

    desk.time.passes(WINDOW_OPENS - START.timestamp())
    assert desk.settle() == {"queued": 250}
    assert sorted(row.key for row in desk.handed.back) == sorted(each.key for each in given)
