"""One bad recipient among many, over a real socket: whatever the provider does to the others, each gets one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workbench.merging_desk import Desk, accepted, identical, number, personalised, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.conftest import Simulator
    from tests.workbench.merging_desk import Document

    Made = Callable[[int], list[Document]]

COUNT = 100  # identical ones make one SendSms from there on, and personalised ones one SendBatchSms up to there
ILLEGAL, BLACK, LIMITED = "isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.BUSINESS_LIMIT_CONTROL"
DAY = f"{LIMITED}:触发天级流控Permits:40"
MINUTE = f"{LIMITED}:触发分钟级流控Permits:1"

KINDS = pytest.mark.parametrize("made", [identical, personalised], ids=["SendSms", "SendBatchSms"])
CASES = pytest.mark.parametrize(
    ("mode", "refusal", "looks_up"),
    [
        ("whole", ILLEGAL, False),
        ("whole", BLACK, False),
        ("whole", DAY, False),
        ("whole", ILLEGAL, True),
        ("partial", ILLEGAL, False),
        ("partial", BLACK, False),
        ("partial", DAY, False),
        ("partial_refused", ILLEGAL, True),
        ("partial_refused", BLACK, True),
        ("partial_refused", DAY, True),
        ("partial_refused", DAY, False),
    ],
)
PLACES = pytest.mark.parametrize(
    "places",
    [(0, COUNT - 1), (3, 30, 60, 96), (49, 50)],
    ids=["first and last", "one in each quarter", "neighbours"],
)


def ends(mode: str, refusal: str) -> set[tuple[str, str]]:
    """How the message of a refused recipient ends, as status and code."""
    code = refusal.partition(":")[0]
    if mode == "partial":
        return {("accepted", "OK")}  # says the provider
    if mode == "partial_refused":
        return {("unknown", code)}  # the others were sent to, and that he does not show is no proof
    return {("queued" if code == LIMITED else "rejected", code)}


def assert_each_got_one(desk: Desk, messages: list[Document], offenders: set[str]) -> None:
    """Everybody else got it, and the ledger knows; nobody got two, and the offenders none."""
    good = {message["idempotency_key"] for message in messages} - offenders
    assert accepted(desk.simulator) == dict.fromkeys(good, 1)
    assert good <= desk.keys("accepted")


@KINDS
@CASES
@PLACES
def test_the_offenders_alone_are_refused(
    simulator: Simulator, made: Made, mode: str, refusal: str, places: tuple[int, ...], *, looks_up: bool
) -> None:
    simulator.options(batch_refusal=mode)
    refuse(simulator, places, refusal)
    desk, messages = Desk(simulator, looks_up_refusals=looks_up), made(COUNT)

    desk.send(messages)
    desk.settle()

    offenders = set(map(number, places))
    assert_each_got_one(desk, messages, offenders)
    rows = [desk.row(key) for key in offenders]
    assert {(row.status, (row.result or {})["code"]) for row in rows} == ends(mode, refusal)
    assert desk.keys("unknown", "rejected") == set(desk.handed)


@pytest.mark.parametrize("mode", ["whole", "partial"])
@KINDS
def test_a_bad_recipient_takes_those_of_the_same_message_along_and_nobody_else(
    simulator: Simulator, made: Made, mode: str
) -> None:
    """One recipient of three is bad."""
    simulator.options(batch_refusal=mode)
    refuse(simulator, [7], ILLEGAL)
    messages = made(COUNT)
    messages[7]["phone_numbers"] += [number(1007), number(2007)]
    desk = Desk(simulator)

    desk.send(messages)
    desk.settle()

    assert accepted(simulator) == dict.fromkeys(
        [number(place) for place in range(COUNT) if place != 7] + [number(1007), number(2007)] * (mode == "partial"), 1
    )
    assert desk.row(number(7)).status == ("accepted" if mode == "partial" else "rejected")


@KINDS
def test_who_was_refused_for_a_limit_gets_it_when_that_opens(simulator: Simulator, made: Made) -> None:
    refuse(simulator, [0, 33], MINUTE)
    desk, messages = Desk(simulator), made(COUNT)
    desk.send(messages)
    desk.settle_until(lambda: {desk.row(number(place)).status for place in (0, 33)} == {"queued"})

    simulator.options(refused_numbers={})
    desk.settle()

    assert_each_got_one(desk, messages, set())
