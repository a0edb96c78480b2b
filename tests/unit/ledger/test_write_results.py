"""What became of several messages is written in several transactions, and their submission is closed last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.errors import OutcomeUnknown
from aliyun_sms.ledger.rows import message_key
from tests.privacy import overheard
from tests.workbench.ledger_desk import GRACE, LedgerDesk, fails
from tests.workbench.messages import incoming_messages, number
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aliyun_sms.ledger.submission_row import SubmissionRow
    from aliyun_sms.message.incoming import IncomingMessage

TIMEOUT = OutcomeUnknown("client:read-timeout", "no answer in time")
CLAIM = [None] * 4  # the writes before the call
SUBMISSION = "submission#submission 1"
TAKEN = 4  # the place of a message that somebody else has by then,
PLACES = [0, 4, 9]  # in the first, a middle or the last transaction


@pytest.fixture
def desk() -> LedgerDesk:
    """Three messages fit into a transaction, so that a claim of ten takes four, and its outcome four more."""
    desk = LedgerDesk()
    desk.table.most_puts = 4
    return desk


@pytest.fixture
def given() -> list[IncomingMessage]:
    return incoming_messages(10)


def submission(desk: LedgerDesk) -> SubmissionRow:
    row = desk.ledger.submission("submission 1")
    assert row is not None
    return row


def sent_too_late(desk: LedgerDesk, given: Sequence[IncomingMessage], code: str, taken: int = TAKEN) -> list[Any]:
    """The call outlasts the claim, and meanwhile one of the messages is delivered again."""

    def too_long() -> Any:
        desk.time.passes(41)
        assert [each.status for each in desk.send_together([given[taken]])] == ["unknown"]
        return answer(code)

    desk.client.plan.append(too_long)
    return desk.send_together(given)


def not_recorded() -> list[str]:
    return [line["message_id"] for line in overheard.logged() if line["message"] == "outcome not recorded"]


@pytest.mark.parametrize("planned", [answer("OK"), answer("isv.OUT_OF_SERVICE"), TIMEOUT], ids=str)
def test_the_submission_is_written_with_the_last_of_its_messages(
    desk: LedgerDesk, given: list[IncomingMessage], planned: Any
) -> None:
    desk.client.plan.append(planned)
    desk.send_together(given)

    keys = [message_key(each.message_id) for each in given]
    assert desk.table.writes[4:] == [keys[:3], keys[3:6], keys[6:9], [keys[9], SUBMISSION]]


def test_a_hundred_less_one_are_claimed_and_recorded_in_two_writes() -> None:
    desk = LedgerDesk()
    results = desk.send_together(incoming_messages(99))

    assert {result.status for result in results} == {"accepted"}
    assert len(desk.table.writes) == 2


def test_each_message_has_its_own_result_with_the_one_receipt(desk: LedgerDesk, given: list[IncomingMessage]) -> None:
    results = desk.send_together(given)

    rows = [desk.message(f"m{place}") for place in range(10)]
    assert [row.result for row in rows] == [result.document() for result in results]
    assert {(row.result or {})["biz_id"] for row in rows} == {"B-1"}
    assert [result.message_id for result in results] == [each.message_id for each in given]


@pytest.mark.parametrize("planned", [answer("OK"), answer("isv.OUT_OF_SERVICE")], ids=str)
def test_when_all_is_known_the_ids_of_the_messages_are_left_and_nothing_else(
    desk: LedgerDesk, given: list[IncomingMessage], planned: Any
) -> None:
    desk.client.plan.append(planned)
    desk.send_together(given)

    row = submission(desk)
    assert row.message_ids == [each.message_id for each in given]
    assert (row.recipients, row.template_params, row.due_at) == ([], None, None)
    assert row.ttl is not None
    assert all(number(place) not in str(desk.table.items) for place in range(10))


def test_an_unknown_outcome_keeps_the_whole_request(desk: LedgerDesk, given: list[IncomingMessage]) -> None:
    desk.client.plan.append(TIMEOUT)
    desk.send_together(given)

    row = submission(desk)
    assert row.recipients == [number(place) for place in range(10)]
    assert (row.due_at, row.ttl) == (row.timestamp + 30, None)


@pytest.mark.parametrize("taken", PLACES)
def test_a_message_that_another_holds_for_unknown_stays_so_and_is_settled_alone(
    desk: LedgerDesk, given: list[IncomingMessage], taken: int
) -> None:
    sent_too_late(desk, given, "isv.OUT_OF_SERVICE", taken)

    assert desk.statuses(given) == {"rejected": 9, "unknown": 1}
    assert submission(desk).due_at is not None
    assert submission(desk).recipients == [number(place) for place in range(10)]
    desk.settle_until(GRACE + 120)
    assert [row.key for row, _ in desk.handed.over] == [f"m{taken}"]
    assert (len(desk.client.calls), submission(desk).due_at, submission(desk).recipients) == (1, None, [])


def test_such_a_message_is_found_in_the_providers_records(desk: LedgerDesk, given: list[IncomingMessage]) -> None:
    desk.client.sent[number(TAKEN)] = ["submission 1"]
    sent_too_late(desk, given, "isv.OUT_OF_SERVICE")
    desk.settle_until(GRACE + 120)

    assert desk.statuses(given) == {"rejected": 9, "accepted": 1}
    assert submission(desk).due_at is None


def test_accepted_is_written_over_unknown(desk: LedgerDesk, given: list[IncomingMessage]) -> None:
    sent_too_late(desk, given, "OK")

    assert desk.statuses(given) == {"accepted": 10}
    assert (submission(desk).due_at, not_recorded()) == (None, [])


@pytest.mark.parametrize("shows", [True, False])
def test_what_the_provider_accepted_is_recorded_though_all_were_settled_meanwhile(
    desk: LedgerDesk,
    given: list[IncomingMessage],
    shows: bool,  # noqa: FBT001 - of the records
) -> None:
    def too_long() -> Any:
        desk.time.passes(60)
        desk.settle()
        return answer("OK")

    if shows:
        desk.client.sent = {each: ["submission 1"] for each in map(number, range(10))}
    desk.client.plan.append(too_long)

    assert {result.status for result in desk.send_together(given)} == {"accepted"}
    assert desk.statuses(given) == {"accepted": 10}
    assert (submission(desk).due_at, not_recorded()) == (None, [])


@pytest.mark.parametrize("code", ["OK", "isv.OUT_OF_SERVICE", "isv.TEMPLATE_MISSING_PARAMETERS"])
def test_a_message_that_was_moved_meanwhile_keeps_what_stands(
    desk: LedgerDesk, given: list[IncomingMessage], code: str
) -> None:
    """Settling gave it back, and it was sent under another submission."""

    def too_long() -> Any:
        item = desk.table.items[message_key(given[TAKEN].message_id)]
        item |= {"submission": "another", "version": item["version"] + 5}
        return answer(code)

    desk.client.plan.append(too_long)
    desk.send_together(given)

    assert (desk.message(f"m{TAKEN}").submission, desk.message(f"m{TAKEN}").status) == ("another", "sending")
    assert submission(desk).due_at is not None


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_write_without_an_answer_is_looked_up_and_made_if_it_was_not(
    desk: LedgerDesk, given: list[IncomingMessage], place: int, lost: str
) -> None:
    getattr(desk.table, lost).extend([*CLAIM, *[None] * place, fails])
    desk.send_together(given)

    assert desk.statuses(given) == {"accepted": 10}
    assert (submission(desk).due_at, not_recorded(), len(desk.table.writes)) == (None, [], 8)


@pytest.mark.parametrize("place", range(4))
def test_where_one_write_fails_the_others_are_made_and_settling_finds_the_rest(
    desk: LedgerDesk, given: list[IncomingMessage], place: int
) -> None:
    desk.client.shows = True
    desk.table.before += [*CLAIM, *[None] * place, *[fails] * 3]
    results = desk.send_together(given)

    left = given[3 * place :][:3]
    assert {result.status for result in results} == {"accepted"}
    assert desk.statuses(left) == {"sending": len(left)}
    assert desk.statuses(given) == {"sending": len(left), "accepted": 10 - len(left)}
    assert submission(desk).due_at is not None

    desk.settle_until(120)
    assert desk.statuses(given) == {"accepted": 10}
    assert (submission(desk).due_at, submission(desk).recipients) == (None, [])
    assert len(desk.client.calls) == 1


@pytest.mark.parametrize("place", range(4))
def test_of_what_could_not_be_recorded_nothing_is_sent_again(
    desk: LedgerDesk, given: list[IncomingMessage], place: int
) -> None:
    desk.client.plan.append(answer("isv.OUT_OF_SERVICE"))
    desk.table.before += [*CLAIM, *[None] * place, *[fails] * 3]
    desk.send_together(given)
    desk.settle_until(GRACE + 120)

    left = [row.key for row, _ in desk.handed.over]
    assert left == [each.key for each in given[3 * place :][:3]]
    assert (len(desk.client.calls), submission(desk).due_at) == (1, None)
