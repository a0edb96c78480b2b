"""What may become of a message and of a submission: the transitions as data, and the impossible ones as errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest

from aliyun_sms.errors import ImpossibleTransition
from aliyun_sms.ledger.message_row import STATUSES_AFTER, MessageRow
from aliyun_sms.ledger.submission_row import NEVER_AFTER, SubmissionRow
from aliyun_sms.provider.credentials import Credentials
from aliyun_sms.provider.request import Signing, Stamp
from aliyun_sms.result import Results, Status
from tests.workbench.clock import START, Clock

if TYPE_CHECKING:
    from collections.abc import Callable

NOW, TTL = 1_000, 2_000
STATUSES = get_args(Status)
ROW = MessageRow(message_id="m", scope="queue", key="k", door="queue", status="sending", created_at=1, updated_at=1)
SIGNING = Signing(Credentials("id", "secret"), Stamp(START, "nonce"), 1)
SUBMISSION = SubmissionRow(
    out_id="s",
    message_ids=["m"],
    counts=[1],
    recipients=["13800138000"],
    sign_names=["sign"],
    template_code="SMS_1",
    nonce="first",
    timestamp=1,
    access_key_id="id",
    signature_version=1,
    lease_until=1,
    submitted_at=1,
)
CHANGES: dict[str, Callable[[SubmissionRow], SubmissionRow]] = {
    "attempted": lambda row: row.attempted(SIGNING),
    "answered": lambda row: row.answered("OK", refused=False),
    "voided": lambda row: row.voided(),
    "found": lambda row: row.found_for_some(),
    "resent": lambda row: row.resent_once(),
    "given up": lambda row: row.given_up_for("client:interrupted"),
}
FLAGS = ["void", "refused", "found", "resent", "given_up"]


def test_every_change_of_a_submission_says_what_rules_it_out() -> None:
    assert CHANGES.keys() == NEVER_AFTER.keys()


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_submission_changes_only_as_it_may(change: str, flag: str) -> None:
    flagged: dict[str, Any] = {flag: True}
    before = replace(SUBMISSION, **flagged)

    if flag in NEVER_AFTER[change]:
        with pytest.raises(ImpossibleTransition, match=change):
            CHANGES[change](before)
    else:
        assert CHANGES[change](before) != SUBMISSION


@pytest.mark.parametrize("change", CHANGES)
def test_a_new_submission_may_change_in_any_way(change: str) -> None:
    assert CHANGES[change](SUBMISSION) != SUBMISSION


def test_an_identical_request_is_made_once() -> None:
    with pytest.raises(ImpossibleTransition):
        SUBMISSION.resent_once().resent_once()


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_a_message_becomes_only_what_it_may(before: Status, after: Status) -> None:
    row = replace(ROW, status=before)
    result = replace(Results(Clock()).of_code("OK", "OK"), status=after)

    if after in STATUSES_AFTER.get(before, set()):
        assert row.with_result(result, NOW, TTL).status == after
    else:
        with pytest.raises(ImpossibleTransition, match=f"{before} cannot become {after}"):
            row.with_result(result, NOW, TTL)


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_is_open_goes_to_a_person_and_only_once(status: Status) -> None:
    row = replace(ROW, status=status)

    if status not in {"sending", "unknown"}:
        with pytest.raises(ImpossibleTransition, match="held"):
            row.held(NOW, TTL)
        return
    held = row.held(NOW, TTL)
    assert (held.held_at, held.document, held.ttl, held.is_open) == (NOW, None, TTL, False)
    with pytest.raises(ImpossibleTransition, match="held"):
        held.held(NOW, TTL)


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "queued"])
def test_only_a_parked_message_is_released_by_its_time(status: Status) -> None:
    with pytest.raises(ImpossibleTransition, match="released"):
        replace(ROW, status=status).released_at(NOW, due_at=NOW)


def test_a_parked_message_is_released_before_it_is_in_the_queue() -> None:
    parked = replace(ROW, status="queued", due_at=NOW)
    with pytest.raises(ImpossibleTransition, match="in the queue"):
        parked.in_the_queue(TTL)

    released = parked.released_at(NOW, due_at=NOW + 60)

    assert (released.released, released.due_at) == (True, NOW + 60)
    in_the_queue = released.in_the_queue(TTL)
    assert (in_the_queue.due_at, in_the_queue.ttl) == (None, TTL)


def test_an_impossible_transition_quotes_nothing_of_the_message() -> None:
    with pytest.raises(ImpossibleTransition) as raised:
        replace(SUBMISSION, void=True).resent_once()

    assert "13800138000" not in str(raised.value)
