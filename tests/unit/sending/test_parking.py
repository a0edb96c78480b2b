"""A message that is throttled for long waits in the ledger, where its door cannot let it wait by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aliyun_sms.provider.answer import Answer
from aliyun_sms.sending.waiting import LONGEST_AT_THE_QUEUE
from tests.workbench.functions import KilledError
from tests.workbench.ledger_desk import LedgerDesk

if TYPE_CHECKING:
    from aliyun_sms.message.incoming import Door


def throttled(seconds: float) -> Answer:
    """The gateway says when to come again."""
    return Answer("Throttling.User", "too fast", "R-1", None, retry_after=seconds)


@pytest.mark.parametrize(
    ("door", "seconds", "status"),
    [
        ("queue", 3, "rejected"),
        ("queue", 900, "rejected"),
        ("queue", 901, "queued"),
        ("schedule", 3, "queued"),
        ("request", 901, "rejected"),
    ],
)
def test_a_message_waits_in_the_ledger_from_when_its_door_cannot_let_it_wait(
    door: Door, seconds: float, status: str
) -> None:
    desk = LedgerDesk()
    desk.client.plan.append(throttled(seconds))

    result = desk.send(door=door)

    assert (result.status, desk.message(door=door).status) == (status, status)
    assert (desk.message(door=door).due_at is not None) == (status == "queued")


@pytest.mark.parametrize(("later", "status"), [(0, "expired"), (1, "queued")])
def test_a_message_that_expires_before_it_can_go_does_not_wait(later: int, status: str) -> None:
    desk = LedgerDesk()
    opens_at = desk.time.now + timedelta(seconds=LONGEST_AT_THE_QUEUE + 1)
    desk.client.plan.append(throttled(LONGEST_AT_THE_QUEUE + 1))

    result = desk.send(expires_at=(opens_at + timedelta(seconds=later)).isoformat())

    assert (result.status, desk.message().status) == (status, status)


def test_a_message_whose_submission_is_gone_counts_as_interrupted_and_is_not_sent_again() -> None:
    """The table's TTL takes rows one by one; a row that is left must not look claimable."""
    desk = LedgerDesk()
    desk.client.kill_at = 0
    with pytest.raises(KilledError):
        desk.send()
    del desk.table.items["submission#submission 1"]
    desk.time.passes(60)

    result = desk.send()

    assert (result.status, result.code, result.duplicate) == ("unknown", "client:interrupted", True)
    assert len(desk.client.calls) == 1
