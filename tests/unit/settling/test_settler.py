"""Settling: by evidence alone, and where there is none, by a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.errors import NoCredentials, NotSent, OutcomeUnknown
from aliyun_sms.provider.frequency_limits import CHINA
from aliyun_sms.settling.send_records import dates
from aliyun_sms.settling.settler import LONGEST_UNCLEAR
from tests.workbench.clock import START
from tests.workbench.ledger_desk import GRACE, RETENTION, LedgerDesk, fails
from tests.workbench.messages import incoming_messages, number
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from aliyun_sms.provider.credentials import Credentials

TIMEOUT = OutcomeUnknown("client:read-timeout", "no answer in time")
TODAY = "20260102"
OTHERS = ["another"] * 50
LIMITED = "触发小时级流控Permits:5"


@pytest.fixture
def desk() -> LedgerDesk:
    """With one message whose outcome is unknown."""
    desk = LedgerDesk()
    desk.client.plan.append(TIMEOUT)
    desk.send(reference="order 1")
    return desk


def first_answered(code: str, message: str = "", **fields: Any) -> LedgerDesk:
    desk = LedgerDesk()
    desk.client.plan.append(answer(code, message))
    desk.send(**fields)
    return desk


def test_nothing_is_settled_before_it_is_due(desk: LedgerDesk) -> None:
    desk.time.passes(29)

    assert (desk.settle(), desk.client.queries) == ({}, [])


def test_what_the_records_hold_was_accepted(desk: LedgerDesk) -> None:
    desk.client.records[TODAY] = ["another", "submission 1"]
    desk.time.passes(30)

    assert desk.settle() == {"accepted": 1}
    message, submission = desk.message(), desk.submission()
    assert (message.status, message.reference, message.document) == ("accepted", "order 1", None)
    assert (submission.recipients, submission.due_at) == ([], None)
    assert desk.send().status == "accepted"
    assert len(desk.client.calls) == 1


def test_what_is_on_a_later_page_is_found(desk: LedgerDesk) -> None:
    desk.client.records[TODAY] = [*OTHERS, *OTHERS, "submission 1"]
    desk.time.passes(30)

    assert desk.settle() == {"accepted": 1}
    assert [page for _, _, page in desk.client.queries] == [1, 2, 3]


def test_a_sample_of_the_recipients_is_looked_up() -> None:
    desk = LedgerDesk()
    desk.client.plan.append(TIMEOUT)
    desk.send(phone_numbers=[f"1380013800{digit}" for digit in range(8)])
    desk.time.passes(30)
    desk.settle()

    assert [number for number, _, _ in desk.client.queries] == ["13800138000", "13800138003", "13800138007"]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("12:00", ["20260102"]),
        ("00:05", ["20260101", "20260102"]),
        ("23:50", ["20260102", "20260103"]),
        ("00:21", ["20260102"]),
    ],
)
def test_near_midnight_in_china_both_days_are_looked_up(time: str, expected: list[str]) -> None:
    desk = LedgerDesk()
    desk.time.now = datetime.fromisoformat(f"2026-01-02T{time}:00+08:00").astimezone(UTC)
    desk.client.plan.append(TIMEOUT)
    desk.send()

    assert dates(desk.submission()) == expected


def test_the_day_of_the_first_call_is_looked_up_after_a_second_too(desk: LedgerDesk) -> None:
    desk.time.now = START.astimezone(CHINA) + timedelta(days=1)
    desk.client.plan.append(TIMEOUT)
    desk.settle(sends_again=True)

    assert dates(desk.submission()) == ["20260102", "20260103"]


def test_looks_come_at_growing_distances_until_the_grace_period_ends(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("SignatureNonceUsed"))
    looks = []
    for _ in range(GRACE + 60):
        desk.time.passes(1)
        before = len(desk.client.queries)
        desk.settle()
        if len(desk.client.queries) > before:
            looks.append(int((desk.time.now - START).total_seconds()))

    assert looks == [30, 120, 300, 600, 1200, 2400, 3600]


def test_the_identical_request_is_made_again_once(desk: LedgerDesk) -> None:
    desk.client.plan += [TIMEOUT]
    desk.settle_until(GRACE + 300)

    first, second = desk.client.calls
    assert first["stamp"] == second["stamp"]
    assert {name: value for name, value in first.items() if name != "seconds_left"} == {
        name: value for name, value in second.items() if name != "seconds_left"
    }


def test_ok_to_the_identical_request_is_conclusive(desk: LedgerDesk) -> None:
    desk.time.passes(120)

    assert desk.settle() == {"accepted": 1}
    assert (desk.message().result or {})["biz_id"] == "B-1"


@pytest.mark.parametrize(
    "planned",
    [
        answer("SignatureNonceUsed"),
        answer("isv.MOBILE_NUMBER_ILLEGAL"),
        answer("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"),
        answer("isp.SYSTEM_ERROR"),
        NotSent("client:connect-failure", ""),
        TIMEOUT,
    ],
    ids=str,
)
def test_no_other_answer_to_it_proves_anything(desk: LedgerDesk, planned: Any) -> None:
    desk.client.plan.append(planned)
    desk.settle_until(GRACE + 300)

    ((message, result),) = desk.handed.over
    assert (message.status, result.status, result.code) == ("unknown", "unknown", "client:read-timeout")
    assert len(desk.client.calls) == 2


def test_it_is_not_made_a_minute_before_the_window_closes(desk: LedgerDesk) -> None:
    desk.time.passes(840)
    desk.settle()

    assert len(desk.client.calls) == 1


def test_it_is_not_made_where_what_came_before_took_the_time(desk: LedgerDesk) -> None:
    desk.time.passes(120)
    desk.core.settling.settle("submission 1", desk.time.now.timestamp() + 10)

    assert (len(desk.client.calls), desk.submission().resent) == (1, False)


@pytest.mark.parametrize(
    "change",
    [{"access_key_id": "other"}, {"security_token": "other"}],
    ids=["another key", "another token"],
)
def test_with_another_key_than_the_one_that_signed_it_is_only_looked_up(
    desk: LedgerDesk, change: dict[str, str]
) -> None:
    desk.change(**change)
    desk.settle_until(GRACE + 300)

    assert (len(desk.client.calls), len(desk.handed.over)) == (1, 1)


def test_with_another_signature_version_it_is_only_looked_up(desk: LedgerDesk) -> None:
    desk.client.signature_version = 3
    desk.settle_until(300)

    assert len(desk.client.calls) == 1


def test_without_a_key_it_ends_with_a_person_too(desk: LedgerDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_key() -> Credentials:
        raise NoCredentials("client:no-credentials", "")

    monkeypatch.setattr(desk.client, "current", no_key)
    desk.settle_until(GRACE + LONGEST_UNCLEAR + 60, sends_again=True)

    assert (len(desk.client.calls), len(desk.handed.over)) == (1, 1)


@pytest.mark.parametrize("seconds", [60, 110])
def test_it_is_never_made_after_the_message_expired(seconds: int) -> None:
    desk = LedgerDesk()
    desk.client.plan.append(TIMEOUT)
    desk.send(expires_at=(START + timedelta(seconds=seconds)).isoformat())
    desk.table.after += [None, lambda: desk.time.passes(60)]  # it expires while it is written down
    desk.time.passes(100)
    desk.settle()
    desk.settle_until(GRACE + 300, sends_again=True)

    assert len(desk.client.calls) == 1
    assert desk.message().status == "unknown"
    assert len(desk.handed.over) == 1


def test_a_function_that_was_killed_leaves_its_outcome_unknown() -> None:
    desk = LedgerDesk()
    desk.table.before += [None, fails, fails, fails]
    desk.send()
    desk.time.passes(41)

    assert desk.settle() == {"unknown": 1}
    assert (desk.message().result or {})["code"] == "client:interrupted"
    assert desk.send().status == "unknown"


def test_when_the_grace_period_ends_a_person_decides(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("SignatureNonceUsed"))
    desk.settle_until(GRACE + 7200)

    ((message, result),) = desk.handed.over
    assert (message.document or {})["phone_numbers"] == ["13800138000"]
    assert (result.message_id, result.code, result.duplicate) == (message.message_id, "client:read-timeout", False)
    held = desk.message()
    assert (held.status, held.document) == ("unknown", None)
    assert held.held_at is not None
    assert (desk.submission().recipients, desk.submission().due_at) == ([], None)
    assert desk.send().status == "unknown"


def test_a_person_who_could_not_be_told_is_told_the_next_time(desk: LedgerDesk) -> None:
    desk.client.plan.append(TIMEOUT)
    desk.handed.error = ConnectionError()
    desk.settle_until(GRACE + 300)
    assert desk.message().held_at is None

    desk.handed.error = None
    desk.settle_until(GRACE + 600)
    assert len(desk.handed.over) == 1


def test_the_policy_to_send_again_makes_a_new_request_once(desk: LedgerDesk) -> None:
    desk.client.plan += [answer("SignatureNonceUsed")]
    desk.settle_until(GRACE, sends_again=True)

    assert [call["stamp"].nonce for call in desk.client.calls] == ["nonce 1", "nonce 1", desk.submission().nonce]
    assert (desk.message().status, desk.submission().given_up) == ("accepted", True)


@pytest.mark.parametrize("second", [TIMEOUT, answer("isv.MOBILE_NUMBER_ILLEGAL"), answer("isp.SYSTEM_ERROR")], ids=str)
def test_a_second_request_that_is_not_accepted_leaves_the_message_unknown_and_there_is_no_third(
    desk: LedgerDesk, second: Any
) -> None:
    desk.client.plan += [answer("SignatureNonceUsed"), second, *[answer("SignatureNonceUsed")] * 5]
    desk.settle_until(3 * GRACE, sends_again=True)

    assert len({call["stamp"].nonce for call in desk.client.calls}) == 2
    assert (desk.message().status, len(desk.handed.over)) == ("unknown", 1)


@pytest.mark.parametrize("sends_again", [True, False])
@pytest.mark.parametrize("code", ["isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR"])
def test_where_the_provider_says_to_call_again_that_is_done_once_after_the_grace_period(
    code: str,
    sends_again: bool,  # noqa: FBT001 - the policy
) -> None:
    desk = first_answered(code)
    desk.settle_until(GRACE - 60, sends_again=sends_again)
    assert len(desk.client.calls) == 1

    desk.settle_until(GRACE, sends_again=sends_again)
    assert len(desk.client.calls) == 2
    assert desk.message().status == "accepted"


def test_a_second_call_that_was_interrupted_is_not_made_a_third_time() -> None:
    desk = first_answered("isp.SYSTEM_ERROR")
    desk.client.plan += [TIMEOUT, *[answer("SignatureNonceUsed")] * 3]
    desk.settle_until(3 * GRACE)

    assert len({call["stamp"].nonce for call in desk.client.calls}) == 2
    assert (desk.message().status, len(desk.handed.over)) == ("unknown", 1)


def test_it_is_not_called_again_where_the_records_could_not_be_read() -> None:
    desk = first_answered("isp.SYSTEM_ERROR")
    desk.client.query_error = TIMEOUT
    desk.settle_until(GRACE + 300)
    assert (len(desk.client.calls), len(desk.handed.over)) == (1, 0)

    desk.settle_until(GRACE + 1200)
    assert (len(desk.client.calls), len(desk.handed.over)) == (1, 1)


TWO = "13800138000,13900139000"


def test_a_limit_of_one_among_several_is_accepted_where_all_were_found() -> None:
    desk = first_answered("isv.BUSINESS_LIMIT_CONTROL", phone_numbers=TWO)
    desk.client.records[TODAY] = ["submission 1"]
    desk.settle_until(60)

    assert (len(desk.client.calls), desk.message().status) == (1, "accepted")


def test_a_limit_of_one_among_several_of_which_another_was_sent_to_is_never_sent_again() -> None:
    desk = first_answered("isv.BUSINESS_LIMIT_CONTROL", phone_numbers=TWO)
    desk.client.sent["13900139000"] = ["submission 1"]
    desk.settle_until(GRACE - 60)
    assert (len(desk.client.calls), desk.message().status) == (1, "unknown")

    desk.settle_until(GRACE + 60)
    assert (len(desk.client.calls), len(desk.handed.over)) == (1, 1)


def test_a_limit_that_shows_nowhere_was_of_the_whole_call_and_the_message_waits_for_its_window() -> None:
    desk = first_answered("isv.BUSINESS_LIMIT_CONTROL", LIMITED, phone_numbers=TWO)
    desk.settle_until(60)
    assert desk.message().status == "unknown"

    desk.settle_until(180)
    assert desk.message().status == "queued"
    assert desk.message().due_at == int(datetime(2026, 1, 2, 4, 0, 1, tzinfo=UTC).timestamp())

    desk.settle_until(3600)
    (message,) = desk.handed.back
    assert desk.send(**(message.document or {})).status == "accepted"
    assert (len(desk.client.calls), desk.handed.over) == (2, [])


def test_at_the_request_door_such_a_limit_releases_the_key() -> None:
    desk = first_answered("isv.BUSINESS_LIMIT_CONTROL", LIMITED, door="request", phone_numbers=TWO)
    desk.settle_until(180)

    message = desk.message(door="request")
    assert (message.status, message.released, (message.result or {})["category"]) == ("rejected", True, "throttled")
    assert (desk.handed.back, desk.handed.over) == ([], [])
    assert desk.send(door="request", phone_numbers=TWO).status == "accepted"


def test_what_is_due_for_two_is_settled_by_one(desk: LedgerDesk) -> None:
    results: list[Any] = []
    desk.time.passes(120)
    desk.table.before.append(lambda: results.append(desk.settle()))

    assert (desk.settle(), results) == ({"left": 1}, [{"accepted": 1}])
    assert len(desk.client.calls) == 2


def test_a_settling_that_breaks_off_is_taken_up_after_its_turn(desk: LedgerDesk) -> None:
    desk.time.passes(30)
    desk.table.before += [None, fails]
    assert desk.settle() == {"left": 1}

    desk.time.passes(59)
    assert desk.settle() == {}
    desk.time.passes(1)
    desk.client.records[TODAY] = ["submission 1"]
    assert desk.settle() == {"accepted": 1}


def test_a_row_that_cannot_be_read_does_not_keep_others_from_being_settled(desk: LedgerDesk) -> None:
    desk.client.plan.append(TIMEOUT)
    desk.send("two")
    del desk.table.items["submission#submission 1"]["nonce"]
    desk.client.records[TODAY] = ["submission 2"]
    desk.time.passes(30)

    assert desk.settle() == {"left": 1, "accepted": 1}


def test_without_time_nothing_is_begun(desk: LedgerDesk) -> None:
    desk.time.passes(60)

    assert desk.core.settling.settle_due(desk.time.now.timestamp() + 29) == {}


def parked() -> LedgerDesk:
    desk = first_answered("isv.BUSINESS_LIMIT_CONTROL", LIMITED)
    assert desk.message().status == "queued"
    return desk


def test_a_message_whose_limit_opens_late_waits_in_the_ledger() -> None:
    desk = parked()

    assert desk.send().status == "queued"
    assert desk.message().due_at == int(datetime(2026, 1, 2, 4, 0, 1, tzinfo=UTC).timestamp())
    assert desk.settle() == {}


@pytest.mark.parametrize(
    ("door", "text", "status"),
    [
        ("request", LIMITED, "rejected"),
        ("queue", "触发分钟级流控Permits:1", "rejected"),
        ("schedule", "触发分钟级流控Permits:1", "queued"),
    ],
)
def test_it_waits_where_nobody_else_brings_it_again(door: Any, text: str, status: str) -> None:
    desk = LedgerDesk()
    desk.client.plan.append(answer("isv.BUSINESS_LIMIT_CONTROL", text))

    assert desk.send(door=door).status == status


def test_it_does_not_wait_for_a_time_after_its_own() -> None:
    desk = first_answered("isv.BUSINESS_LIMIT_CONTROL", LIMITED, expires_at=(START + timedelta(minutes=30)).isoformat())

    assert desk.message().status == "expired"


def test_it_is_put_back_when_the_limit_opens_and_then_sent() -> None:
    desk = parked()
    desk.time.passes(3600)

    assert desk.settle() == {"queued": 1}
    (message,) = desk.handed.back
    assert desk.message().due_at is None
    assert desk.send(**(message.document or {})).status == "accepted"
    assert len(desk.client.calls) == 2


def test_the_key_is_released_before_the_message_is_in_the_queue() -> None:
    desk = parked()
    desk.time.passes(3600)
    results: list[Any] = []
    desk.table.before += [None, lambda: results.append(desk.send())]  # the queue is quicker than the second write

    assert desk.settle() == {"left": 1}
    assert [each.status for each in results] == ["accepted"]
    assert (desk.message().status, desk.message().due_at) == ("accepted", None)


def test_what_could_not_be_put_back_is_put_back_the_next_time() -> None:
    desk = parked()
    desk.time.passes(3600)
    desk.handed.error = ConnectionError()
    assert desk.settle() == {"left": 1}

    desk.handed.error = None
    desk.time.passes(60)
    assert desk.settle() == {"queued": 1}
    assert len(desk.handed.back) == 1


def test_what_cannot_be_recorded_as_waiting_comes_again_instead() -> None:
    desk = LedgerDesk()
    desk.client.plan.append(answer("isv.BUSINESS_LIMIT_CONTROL", LIMITED))
    desk.table.before += [None, fails, fails, fails]

    assert desk.send().comes_again


def test_a_row_is_not_deleted_while_anything_is_still_to_be_done_for_it(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("SignatureNonceUsed"))
    desk.settle_until(GRACE - 600)
    assert (desk.message().ttl, desk.submission().ttl) == (None, None)

    desk.settle_until(GRACE + 60)
    held = desk.message()
    assert held.held_at is not None
    assert held.ttl == desk.submission().ttl == held.held_at + RETENTION


def ttls(desk: LedgerDesk) -> list[int | None]:
    """Of all rows in the ledger, but for a message that waits."""
    waits = [item for item in desk.table.rows.values() if "due_at" in item]
    return [item.get("ttl") for item in desk.table.rows.values() if item not in waits]


def test_the_submission_of_a_message_that_waits_is_deleted_after_the_retention() -> None:
    desk = parked()
    assert (desk.message().ttl, ttls(desk)) == (None, [int(START.timestamp()) + RETENTION])

    desk.time.passes(3600)
    desk.settle()
    desk.send(**(desk.handed.back[0].document or {}))

    assert sorted(ttl or 0 for ttl in ttls(desk)) == [
        int(START.timestamp()) + RETENTION,
        *[int(START.timestamp()) + 3600 + RETENTION] * 2,
    ]


@pytest.mark.parametrize("many", [2, 10])
def test_so_are_all_submissions_of_messages_that_were_refused_together(many: int) -> None:
    desk = LedgerDesk()
    desk.client.offenders[number(many - 1)] = answer("isv.BUSINESS_LIMIT_CONTROL", LIMITED)
    desk.send_together(incoming_messages(many))
    desk.settle_until(600)

    assert (desk.message(f"m{many - 1}").status, None in ttls(desk)) == ("queued", False)


def test_a_message_that_is_in_the_queue_again_and_never_comes_out_is_deleted_after_the_retention() -> None:
    desk = parked()
    desk.time.passes(3600)
    desk.settle()

    assert desk.message().ttl == int(START.timestamp()) + 3600 + RETENTION


def test_what_was_deleted_while_it_was_in_the_queue_is_sent_once_when_it_comes_out() -> None:
    desk = parked()
    desk.time.passes(3600)
    desk.settle()
    (message,) = desk.handed.back
    desk.table.items.clear()

    assert [desk.send(**(message.document or {})).duplicate for _ in range(2)] == [False, True]
    assert len(desk.client.calls) == 2


def test_what_is_accepted_is_deleted_after_the_retention() -> None:
    desk = first_answered("OK")

    assert desk.message().ttl == desk.submission().ttl == desk.message().updated_at + RETENTION
