"""What the provider's send records say: found, not found, and not known, which must never be taken for not found."""

from __future__ import annotations

import pytest

from aliyun_sms.settling.looks import VISIBLE
from aliyun_sms.settling.send_records import SendRecords, Unclear
from tests.workbench.core import one_by_one
from tests.workbench.ledger_desk import GRACE, LedgerDesk
from tests.workbench.messages import incoming_messages, number
from tests.workbench.told_client import answer

MANY = 5
LIMITED = answer("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10")
PLACES = pytest.mark.parametrize("place", range(MANY))


@pytest.fixture
def desk() -> LedgerDesk:
    """Messages that were refused together, perhaps because of one of them alone."""
    desk = LedgerDesk()
    desk.client.plan.append(LIMITED)
    desk.send_together(incoming_messages(MANY))
    assert desk.submission("m0").refused
    return desk


def find_any(desk: LedgerDesk) -> bool:
    send_records = SendRecords(desk.core.submitter, desk.time, one_by_one)
    return send_records.find_any(desk.submission("m0"), desk.time.now.timestamp() + 100)


def test_a_submission_that_nobody_has_is_not_found(desk: LedgerDesk) -> None:
    assert find_any(desk) is False


@PLACES
def test_one_recipient_that_has_it_is_enough(desk: LedgerDesk, place: int) -> None:
    desk.client.sent[number(place)] = [desk.submission("m0").out_id]

    assert find_any(desk) is True


@PLACES
def test_where_one_recipients_records_cannot_be_read_nobody_knows(desk: LedgerDesk, place: int) -> None:
    desk.client.unreadable = {number(place)}

    with pytest.raises(Unclear):
        find_any(desk)


@PLACES
def test_a_refused_call_is_never_split_while_records_cannot_be_read(desk: LedgerDesk, place: int) -> None:
    desk.client.unreadable = {number(place)}
    desk.settle_until(VISIBLE + 600)
    assert (len(desk.client.calls), desk.submission("m0").void) == (1, False)

    desk.client.unreadable = set()
    desk.settle_until(GRACE)
    assert len(desk.client.calls) > 1
