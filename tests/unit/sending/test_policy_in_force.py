"""When the policy is read, and what holds while it cannot be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms import observability
from aliyun_sms.errors import PolicyUnavailable
from aliyun_sms.ledger.table import NoTable, TableUnavailable
from aliyun_sms.message.incoming import Origin
from aliyun_sms.sending.policy_in_force import PolicyInForce
from tests.privacy import overheard
from tests.workbench.clock import Clock
from tests.workbench.fake_table import FakeTable
from tests.workbench.ledger_desk import LedgerDesk

if TYPE_CHECKING:
    from collections.abc import Sequence

CALLER = Origin("request", "iam:AROACHECKOUT1", "key", names=("AROACHECKOUT1",))


class Table(FakeTable):
    """Its policy is put by hand, and it does not always answer."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.answers = True

    def get_all(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        self.reads += 1
        if not self.answers:
            raise TableUnavailable("InternalServerError")
        return super().get_all(keys)

    def put(self, daily: object) -> None:
        """A policy of one rule for everybody; what is no number makes it a broken one."""
        document = {"callers": [{"principals": ["*"], "daily_recipients": daily}]}
        self.items["policy"] = {"pk": "policy", "version": 1, "document": json.dumps(document)}


class Desk:
    """A table, a clock and what reads the policy."""

    def __init__(self) -> None:
        self.table, self.clock = Table(), Clock()
        self.policy = PolicyInForce(self.table, self.clock)

    def daily(self, seconds: float = 0) -> int | None:
        """What holds for a caller of a message that is sent so much later."""
        self.clock.passes(seconds)
        self.policy.at_present()
        return self.policy.daily_recipients(CALLER)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_it_is_read_at_most_once_a_minute(desk: Desk) -> None:
    desk.table.put(1)
    assert [desk.daily(), desk.daily(59)] == [1, 1]
    assert desk.table.reads == 1

    desk.table.put(2)
    assert [desk.daily(0.5), desk.daily(0.5)] == [1, 2]
    assert desk.table.reads == 2


def test_without_a_row_there_are_no_rules_and_nothing_is_alarmed(desk: Desk) -> None:
    assert desk.daily() is None
    assert desk.policy.at_present().template_faults("SMS_1", None) == ()
    assert PolicyInForce(NoTable(), desk.clock).at_present().callers == ()
    assert observability.counts["policy-unread"] == 0


def test_when_the_row_is_taken_away_there_are_no_rules_a_minute_later(desk: Desk) -> None:
    desk.table.put(1)
    desk.daily()
    desk.table.items.clear()

    assert [desk.daily(59), desk.daily(1)] == [1, None]


@pytest.mark.parametrize(
    "row",
    [
        {"document": "{"},
        {"document": '{"callers": [{"principals": ["*"], "daily_recipients": "many"}]}'},
        {"document": '{"what_a_later_version_has": 1}'},
        {"document": None},
        {},
    ],
    ids=str,
)
def test_a_row_that_cannot_be_read_leaves_the_last_good_one_in_force_and_is_told(
    desk: Desk, row: dict[str, Any]
) -> None:
    desk.table.put(1)
    desk.daily()
    desk.table.items["policy"] = {"pk": "policy", "version": 2, **row}

    assert [desk.daily(60), desk.daily(59)] == [1, 1]
    assert observability.counts["policy-unread"] == 1
    assert [line["message"] for line in overheard.logged()] == ["policy cannot be read"]
    desk.table.put(3)
    assert desk.daily(1) == 3


def test_a_table_that_does_not_answer_leaves_the_last_good_one_in_force(desk: Desk) -> None:
    desk.table.put(1)
    desk.daily()
    desk.table.answers = False

    assert [desk.daily(60), desk.daily(60)] == [1, 1]
    assert observability.counts["policy-unread"] == 2


def test_where_none_was_ever_read_none_is_made_up_and_it_is_tried_again_soon(desk: Desk) -> None:
    desk.table.answers = False
    for seconds in (0, 4):
        with pytest.raises(PolicyUnavailable):
            desk.daily(seconds)
    assert desk.table.reads == 1  # not once for each message of a batch

    desk.table.answers = True
    desk.table.put(1)
    assert desk.daily(1) == 1


def test_a_mended_row_is_read_though_it_is_as_it_was_before_it_broke(desk: Desk) -> None:
    desk.table.put(1)
    desk.daily()
    desk.table.put("many")
    desk.daily(60)
    desk.table.put(1)

    assert desk.daily(60) == 1
    assert observability.counts["policy-unread"] == 1


def test_at_the_doors_of_aws_the_stacks_own_cap_holds(desk: Desk) -> None:
    desk.table.put(1)
    desk.daily()

    assert desk.policy.daily_recipients(Origin("queue", "queue", "key")) is None


def test_alarms_go_out_though_no_policy_could_be_read_since_one_of_them_tells_of_it() -> None:
    desk = LedgerDesk()
    desk.table.items["policy"] = {"pk": "policy", "version": 1, "document": "{"}

    codes = [desk.send("a", door).code for door in ("queue", "request", "alert")]

    assert codes == ["client:policy-unavailable", "client:policy-unavailable", "OK"]
    assert len(desk.client.calls) == 1


def test_a_table_that_takes_its_time_to_fail_is_not_asked_for_each_message(desk: Desk) -> None:
    class Slow(Table):
        def get_all(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
            desk.clock.passes(10)
            return super().get_all(keys)

    table = Slow()
    table.answers = False
    policy = PolicyInForce(table, desk.clock)
    for _ in range(20):
        with pytest.raises(PolicyUnavailable):
            policy.at_present()

    assert table.reads == 1
