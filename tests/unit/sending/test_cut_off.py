"""However the sending of several messages is cut off: none is sent twice, and each ends where somebody sees it."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.workbench.functions import KilledError
from tests.workbench.ledger_desk import GRACE, LedgerDesk, fails
from tests.workbench.messages import incoming_messages, number, personal
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from aliyun_sms.message.incoming import IncomingMessage

MANY = 17
OFFENDER = 4
REFUSED = "isv.MOBILE_NUMBER_ILLEGAL"
WRITES = 28  # more than it takes to send them in parts


def killed() -> None:
    raise KilledError


@pytest.fixture
def desk() -> LedgerDesk:
    """Five messages fit into a transaction; the provider refuses a call that has the offender in it."""
    desk = LedgerDesk()
    desk.table.most_puts = 6
    desk.client.offenders[number(OFFENDER)] = answer(REFUSED)
    desk.client.shows = True
    return desk


def deliver(desk: LedgerDesk, given: list[IncomingMessage]) -> None:
    """As the queue does: what comes again is delivered each minute, and so is what settling puts back."""
    left = list(given)
    for _ in range(GRACE // 60 + 40):
        left = delivered(desk, left) if left else []
        desk.time.passes(60)
        with suppress(KilledError):
            desk.settle()
        back = {row.key for row in desk.handed.back}
        desk.handed.back.clear()
        left += [each for each in given if each.key in back and each not in left]


def delivered(desk: LedgerDesk, given: list[IncomingMessage]) -> list[IncomingMessage]:
    """Those that come again."""
    try:
        results = desk.send_together(given)
    except KilledError:
        return given
    return [
        each for each, result in zip(given, results, strict=True) if result.comes_again or result.status == "sending"
    ]


def check(desk: LedgerDesk, given: list[IncomingMessage]) -> None:
    """None is sent twice; each is accepted or handed to a person once, and the offender perhaps rejected."""
    handed = [row.key for row, _ in desk.handed.over]
    ends = {each.key: "held" if each.key in handed else desk.message(each.key).status for each in given}
    assert max(Counter(desk.client.accepted).values(), default=0) <= 1
    assert len(set(handed)) == len(handed)
    assert ends.pop(f"m{OFFENDER}") in {"rejected", "held"}
    assert set(ends.values()) <= {"accepted", "held"}
    assert {number(int(key[1:])) for key, end in ends.items() if end == "accepted"} <= set(desk.client.accepted)
    assert [key for key, item in desk.table.items.items() if "due_at" in item] == []  # nothing is left to be done


def all_others_are_accepted(desk: LedgerDesk, given: list[IncomingMessage]) -> bool:
    statuses = desk.statuses(given)
    return statuses == {"accepted": MANY - 1, "rejected": 1} and not desk.handed.over


@pytest.mark.parametrize("each", [lambda _: {}, personal], ids=["alike", "personal"])
def test_that_it_is_not_cut_off_is_the_rule(desk: LedgerDesk, each: Callable[[int], dict[str, Any]]) -> None:
    given = incoming_messages(MANY, each)
    desk.send_together(given)
    assert 12 <= len(desk.table.writes) < WRITES

    deliver(desk, [])
    check(desk, given)
    assert all_others_are_accepted(desk, given)


@pytest.mark.parametrize("place", range(WRITES))
@pytest.mark.parametrize("lost", ["before", "after"])
def test_where_a_write_fails_once(desk: LedgerDesk, place: int, lost: str) -> None:
    given = incoming_messages(MANY)
    getattr(desk.table, lost).extend([*[None] * place, fails])
    deliver(desk, given)

    check(desk, given)
    assert all_others_are_accepted(desk, given)


@pytest.mark.parametrize("place", range(WRITES))
@pytest.mark.parametrize("times", [3, 10])
def test_where_the_table_is_gone_for_a_while(desk: LedgerDesk, place: int, times: int) -> None:
    given = incoming_messages(MANY)
    desk.table.before += [*[None] * place, *[fails] * times]
    deliver(desk, given)

    check(desk, given)


@pytest.mark.parametrize("place", range(WRITES))
@pytest.mark.parametrize("lost", ["before", "after"])
def test_where_the_function_is_killed_at_a_write(desk: LedgerDesk, place: int, lost: str) -> None:
    given = incoming_messages(MANY)
    getattr(desk.table, lost).extend([*[None] * place, killed])
    deliver(desk, given)

    check(desk, given)


@pytest.mark.parametrize("place", range(9))
@pytest.mark.parametrize("carried_out", [True, False])
def test_where_the_function_is_killed_in_a_call(
    desk: LedgerDesk,
    place: int,
    carried_out: bool,  # noqa: FBT001 - of the call
) -> None:
    given = incoming_messages(MANY)
    desk.client.kill_at, desk.client.kills_after = place, carried_out
    deliver(desk, given)

    check(desk, given)
