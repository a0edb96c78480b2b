"""The ledger: one key, one claim, whoever comes and whatever the table does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aliyun_sms.errors import NotSent, OutcomeUnknown
from aliyun_sms.ledger.table import TableUnavailable
from aliyun_sms.ledger.write_together import MOST_WRITES
from aliyun_sms.message.incoming import message_id
from tests.workbench.clock import START
from tests.workbench.ledger_desk import RETENTION, LedgerDesk, fails
from tests.workbench.told_client import answer

TIMEOUT = OutcomeUnknown("client:read-timeout", "no answer in time")


@pytest.fixture
def desk() -> LedgerDesk:
    return LedgerDesk()


def test_the_claim_holds_all_that_the_request_is_made_of_before_it_is_made(desk: LedgerDesk) -> None:
    seen: list[Any] = []

    def look() -> Any:
        seen.extend([desk.message(), desk.submission()])
        return answer("OK")

    desk.client.plan.append(look)
    desk.send(reference="order 1")

    message, submission = seen
    assert (message.status, message.reference, message.released) == ("sending", "order 1", False)
    assert (submission.recipients, submission.template_params) == (["13800138000"], ['{"code":"739164"}'])
    assert (submission.nonce, submission.timestamp) == ("nonce 1", int(START.timestamp()))
    assert (submission.access_key_id, submission.signature_version) == ("key id", 1)
    assert submission.due_at == message.lease_until == int(START.timestamp()) + 40
    assert "secret" not in str(desk.table.items)


def test_an_accepted_message_is_recorded_without_its_numbers_and_values(desk: LedgerDesk) -> None:
    desk.send(reference="order 1")

    message, submission = desk.message(), desk.submission()
    assert (message.status, message.reference, message.document) == ("accepted", "order 1", None)
    assert (submission.recipients, submission.template_params, submission.due_at) == ([], None, None)
    assert "13800138000" not in str(desk.table.items)


@pytest.mark.parametrize("code", ["OK", "isv.MOBILE_NUMBER_ILLEGAL"])
def test_a_final_result_is_given_again_as_a_duplicate(desk: LedgerDesk, code: str) -> None:
    desk.client.plan.append(answer(code))
    first = desk.send(reference="order 1")
    again = desk.send(reference="order 1")

    assert again.document() == first.document() | {"duplicate": True}
    assert len(desk.client.calls) == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"template_param": {"code": "1"}}, "rejected"),
        ({"phone_numbers": "13900139000"}, "rejected"),
        ({"sign_name": "other"}, "rejected"),
        ({"reference": "other"}, "accepted"),
        ({"expires_at": "2030-01-01T00:00:00Z"}, "accepted"),
    ],
)
def test_a_key_is_for_one_payload(desk: LedgerDesk, fields: dict[str, Any], status: str) -> None:
    desk.send()
    result = desk.send(**fields)

    assert (result.status, result.code) == (status, "OK" if status == "accepted" else "client:key-conflict")
    assert result.message_id == message_id("queue", "one")
    assert len(desk.client.calls) == 1


def test_keys_of_two_doors_are_two_keys(desk: LedgerDesk) -> None:
    desk.send(door="queue")
    desk.send(door="request")

    assert len(desk.client.calls) == 2


@pytest.mark.parametrize("code", ["isv.BUSINESS_LIMIT_CONTROL", "isv.OUT_OF_SERVICE"])
def test_what_was_certainly_not_sent_releases_its_key(desk: LedgerDesk, code: str) -> None:
    desk.client.plan.append(answer(code))
    assert desk.send().comes_again
    assert (desk.message().status, desk.message().released) == ("rejected", True)

    desk.time.passes(60)
    assert desk.send().status == "accepted"
    assert desk.message().created_at == int(START.timestamp())
    assert desk.message().submission == "submission 2"


def test_the_same_key_in_progress_is_sending_and_not_sent(desk: LedgerDesk) -> None:
    results: list[Any] = []

    def meanwhile() -> Any:
        results.append(desk.send())
        return answer("OK")

    desk.client.plan.append(meanwhile)
    assert desk.send().status == "accepted"

    assert [(each.status, each.code, each.duplicate) for each in results] == [("sending", None, True)]
    assert len(desk.client.calls) == 1


def test_of_two_claims_at_once_one_is_sent(desk: LedgerDesk) -> None:
    results: list[Any] = []
    desk.table.before.append(lambda: results.append(desk.send()))

    second = desk.send()

    assert [each.status for each in [*results, second]] == ["accepted", "accepted"]
    assert (second.duplicate, len(desk.client.calls)) == (True, 1)


def test_of_two_claims_of_a_released_key_at_once_one_is_sent(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("isv.OUT_OF_SERVICE"))
    desk.send()
    desk.table.before += [None, lambda: void(desk.send())]

    assert desk.send().duplicate
    assert len(desk.client.calls) == 2


def test_a_lease_that_ran_out_is_unknown_and_never_claimed_anew(desk: LedgerDesk) -> None:
    results: list[Any] = []

    def too_long() -> Any:
        desk.time.passes(41)
        results.append(desk.send())
        return answer("OK")

    desk.client.plan.append(too_long)
    desk.send()

    assert [(each.status, each.code) for each in results] == [("unknown", "client:interrupted")]
    assert len(desk.client.calls) == 1


def test_what_the_provider_accepted_is_recorded_though_the_lease_ran_out_meanwhile(desk: LedgerDesk) -> None:
    def too_long() -> Any:
        desk.time.passes(60)
        desk.settle()
        assert desk.message().status == "unknown"
        return answer("OK")

    desk.client.plan.append(too_long)

    assert desk.send().status == "accepted"
    assert (desk.message().status, desk.submission().due_at) == ("accepted", None)


@pytest.mark.parametrize("code", ["isv.OUT_OF_SERVICE", "isv.MOBILE_NUMBER_ILLEGAL"])
def test_nobody_releases_or_closes_a_key_that_others_hold_for_unknown(desk: LedgerDesk, code: str) -> None:
    def too_long() -> Any:
        desk.time.passes(41)
        desk.send()
        return answer(code)

    desk.client.plan.append(too_long)
    desk.send()

    assert (desk.message().status, desk.message().released) == ("unknown", False)


def test_an_interrupted_send_that_cannot_be_written_down_is_still_sending(desk: LedgerDesk) -> None:
    results: list[Any] = []

    def too_long() -> Any:
        desk.time.passes(41)
        desk.table.before += [None, fails, fails, fails]
        results.append(desk.send())
        return answer("OK")

    desk.client.plan.append(too_long)
    desk.send()

    assert [each.status for each in results] == ["sending"]


@pytest.mark.parametrize("plan", [[fails], [fails, fails]])
def test_a_claim_is_tried_again_where_the_table_fails_before_it(desk: LedgerDesk, plan: list[Any]) -> None:
    desk.table.before += plan

    assert desk.send().status == "accepted"


def test_a_claim_whose_answer_was_lost_is_ones_own(desk: LedgerDesk) -> None:
    desk.table.after.append(fails)

    assert (desk.send().status, desk.message().status) == ("accepted", "accepted")


def test_without_a_claim_nothing_is_sent(desk: LedgerDesk) -> None:
    desk.table.before += [fails] * 3

    result = desk.send()

    assert (result.code, result.category, result.comes_again) == ("client:ledger-unavailable", "transient", True)
    assert desk.client.calls == []


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_record_is_written_again_where_the_table_failed(desk: LedgerDesk, lost: str) -> None:
    getattr(desk.table, lost).extend([None, fails])

    assert (desk.send().status, desk.message().status) == ("accepted", "accepted")


def test_a_result_that_cannot_be_recorded_is_given_and_looked_up_later(desk: LedgerDesk) -> None:
    desk.table.before += [None, fails, fails, fails]

    assert desk.send().status == "accepted"
    assert (desk.message().status, desk.submission().due_at) == ("sending", desk.message().lease_until)


def test_each_attempt_is_written_down_before_it_is_made(desk: LedgerDesk) -> None:
    seen: list[Any] = []

    def look() -> Any:
        seen.append((desk.submission().nonce, desk.submission().attempts))
        raise NotSent("client:connect-failure", "")

    desk.client.plan += [look, look, look]
    assert desk.send().comes_again

    assert seen == [("nonce 1", 1), ("nonce 2", 2), ("nonce 3", 3)]
    assert [call["stamp"].nonce for call in desk.client.calls] == ["nonce 1", "nonce 2", "nonce 3"]


def test_an_attempt_that_cannot_be_written_down_is_not_made(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("Throttling.User"))
    desk.table.before += [None, fails]

    assert (desk.send().comes_again, len(desk.client.calls)) == (True, 1)


def test_an_unknown_outcome_keeps_the_request_and_is_due_to_be_looked_up(desk: LedgerDesk) -> None:
    desk.client.plan.append(TIMEOUT)

    assert desk.send().status == "unknown"
    assert desk.submission().due_at == int(START.timestamp()) + 30
    assert desk.submission().recipients == ["13800138000"]
    assert (desk.message().document or {})["idempotency_key"] == "one"
    assert desk.send().duplicate


def test_a_message_that_expired_is_recorded_and_its_key_used_up(desk: LedgerDesk) -> None:
    expires_at = START.isoformat()

    assert desk.send(expires_at=expires_at).status == desk.message().status == "expired"
    again = desk.send()
    assert (again.status, again.duplicate, desk.client.calls) == ("expired", True, [])


def test_a_message_that_expired_after_it_was_accepted_stays_accepted(desk: LedgerDesk) -> None:
    expires_at = (START + timedelta(seconds=5)).isoformat()
    desk.send(expires_at=expires_at)
    desk.time.passes(10)

    result = desk.send(expires_at=expires_at)

    assert (result.status, result.duplicate, desk.message().status) == ("accepted", True, "accepted")


def test_a_released_key_can_expire(desk: LedgerDesk) -> None:
    expires_at = (START + timedelta(seconds=5)).isoformat()
    desk.client.plan.append(answer("isv.OUT_OF_SERVICE"))
    desk.send(expires_at=expires_at)
    desk.time.passes(10)

    assert desk.send(expires_at=expires_at).status == desk.message().status == "expired"


def test_expiry_is_asked_for_between_the_claim_and_the_call(desk: LedgerDesk) -> None:
    desk.table.after.append(lambda: desk.time.passes(10))

    assert desk.send(expires_at=(START + timedelta(seconds=5)).isoformat()).status == "expired"
    assert (desk.message().status, desk.client.calls) == ("expired", [])


def test_an_invalid_message_is_recorded_and_a_mended_one_takes_its_key(desk: LedgerDesk) -> None:
    first = desk.send(phone_numbers="12")
    again = desk.send(phone_numbers="12")

    assert (first.code, first.duplicate, again.duplicate) == ("client:invalid-message", False, True)
    assert (desk.message().status, desk.message().document) == ("rejected", None)
    assert desk.send().status == "accepted"


def test_an_invalid_message_does_not_touch_what_stands_under_its_key(desk: LedgerDesk) -> None:
    desk.send()

    assert desk.send(phone_numbers="12").code == "client:invalid-message"
    assert desk.message().status == "accepted"


def test_an_invalid_message_does_not_touch_what_still_waits_under_its_key(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5"))
    desk.send()
    desk.handed.error = ConnectionError()
    desk.time.passes(3600)
    desk.settle()

    desk.send(phone_numbers="12")

    row = desk.message()
    assert (row.status, row.released, row.document is None, row.due_at is None) == ("queued", True, False, False)


def test_an_invalid_message_stands_in_the_place_of_what_went_back_into_the_queue(desk: LedgerDesk) -> None:
    desk.client.plan.append(answer("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5"))
    desk.send()
    desk.time.passes(3600)
    desk.settle()

    desk.send(phone_numbers="12")

    assert (desk.message().status, desk.message().released) == ("rejected", True)
    assert desk.send().status == "accepted"


def test_an_invalid_message_is_refused_though_the_table_fails(desk: LedgerDesk) -> None:
    desk.table.before.append(fails)

    assert desk.send(phone_numbers="12").code == "client:invalid-message"


def test_rows_are_kept_for_the_retention_after_their_last_change(desk: LedgerDesk) -> None:
    desk.client.plan.append(TIMEOUT)
    desk.send()
    desk.time.passes(100)
    desk.client.records["20260102"] = ["submission 1"]
    desk.settle()

    assert desk.message().ttl == desk.submission().ttl == int(START.timestamp()) + 100 + 86_400


def rejected(desk: LedgerDesk) -> int:
    """A message that is rejected, a hundred seconds ago; gives the time."""
    desk.client.plan.append(answer("isv.MOBILE_NUMBER_ILLEGAL"))
    desk.send()
    desk.time.passes(100)
    return int(desk.time().timestamp())


def test_a_row_that_is_renewed_is_kept_for_the_retention_from_now_on_and_is_else_as_it_was(desk: LedgerDesk) -> None:
    now = rejected(desk)
    before = desk.message()

    desk.ledger.renew(before.message_id, now)

    assert desk.message() == replace(before, ttl=now + RETENTION, version=before.version + 1)


def test_to_renew_a_row_never_shortens_its_life(desk: LedgerDesk) -> None:
    now = rejected(desk)
    before = desk.message()

    desk.ledger.renew(before.message_id, now - 1000)

    assert desk.message() == before


def test_a_row_that_is_deleted_while_it_is_renewed_is_there_again(desk: LedgerDesk) -> None:
    now = rejected(desk)
    before = desk.message()
    desk.table.before.append(desk.table.items.clear)

    desk.ledger.renew(before.message_id, now)

    assert desk.message() == replace(before, ttl=now + RETENTION, version=1)
    assert desk.send().duplicate


def test_what_becomes_of_a_row_while_it_is_renewed_stays(desk: LedgerDesk) -> None:
    now = rejected(desk)
    name = desk.message().message_id
    desk.table.before.append(lambda: desk.ledger.renew(name, now + 5))

    desk.ledger.renew(name, now)

    assert desk.message().ttl == now + 5 + RETENTION


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_row_is_renewed_though_the_table_did_not_answer_at_first(desk: LedgerDesk, when: str) -> None:
    now = rejected(desk)
    before = desk.message()
    getattr(desk.table, when).append(fails)

    desk.ledger.renew(before.message_id, now)

    assert desk.message() == replace(before, ttl=now + RETENTION, version=before.version + 1)


def test_who_cannot_renew_a_row_is_told(desk: LedgerDesk) -> None:
    now = rejected(desk)
    desk.table.before += [fails] * MOST_WRITES

    with pytest.raises(TableUnavailable):
        desk.ledger.renew(desk.message().message_id, now)


def test_a_row_that_is_open_or_not_there_is_not_renewed(desk: LedgerDesk) -> None:
    desk.client.plan.append(TIMEOUT)
    desk.send()
    before = desk.message()

    desk.ledger.renew(before.message_id, int(START.timestamp()))
    desk.ledger.renew("none", int(START.timestamp()))

    assert desk.message() == before
    assert len(desk.table.rows) == 2


def void(_: object) -> None:
    """For what only the doing is wanted of."""
