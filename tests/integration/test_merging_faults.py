"""Faults in the middle of merged submissions, over a real socket: nobody gets two, and nothing is lost."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.workbench.merging_desk import Desk, accepted, calls, identical, number, personalised, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.conftest import Simulator
    from tests.workbench.merging_desk import Document

COUNT = 100
OFFENDERS = (0, 30, 49, 50, COUNT - 1)
ILLEGAL, BLACK, LIMITED = "isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.BUSINESS_LIMIT_CONTROL"
DAY = f"{LIMITED}:触发天级流控Permits:40"
PATIENCE = 0.5  # seconds for an answer, where some never come
CHANCE = 0.3  # of a fault
PLANNED = 60  # requests, after which all goes well

KNOWN: list[dict[str, Any]] = [
    {"fault": "refuse", "seconds": 0.1},
    {"fault": "throttled"},
]  # after which it is known what became of a call
HIDING: list[dict[str, Any]] = [
    {"fault": "reset_before"},
    {"fault": "reset_after"},
    {"fault": "hang"},
    {"fault": "hang_before"},
    {"fault": "internal_error"},
    {"fault": "unavailable", "processed": True},
    {"fault": "bad_gateway"},
    {"fault": "truncated"},
    {"fault": "garbage"},
]
FAULTS = pytest.mark.parametrize("fault", KNOWN + HIDING, ids=lambda fault: fault["fault"])
KINDS = pytest.mark.parametrize("made", [identical, personalised], ids=["SendSms", "SendBatchSms"])


def assert_settled(desk: Desk, messages: list[Document], mode: str, code: str) -> None:
    """Each message is where it should be: with its recipient, refused, waiting for a limit, or with a person."""
    sent, rows = accepted(desk.simulator), desk.rows()
    offenders = set(map(number, OFFENDERS))
    assert set(rows) == {message["idempotency_key"] for message in messages}
    assert set(sent.values()) <= {1}
    assert not offenders & set(sent)
    assert desk.keys("unknown", "rejected") == set(desk.handed)
    assert desk.keys("accepted") - offenders == set(sent)
    assert set(rows) - offenders - set(sent) <= desk.keys("unknown") & hidden(desk)
    for key in offenders - desk.keys("unknown"):
        assert (rows[key].status, (rows[key].result or {})["code"]) in ends(mode, code)
    assert offenders & desk.keys("unknown") <= (offenders if mode == "partial_refused" else hidden(desk))


def ends(mode: str, code: str) -> set[tuple[str, str]]:
    """How the message of a refused recipient ends where it is known, as status and code."""
    refused = {("queued" if code == LIMITED else "rejected", code)}
    return refused | ({("accepted", "OK")} if mode == "partial" else set())


def hidden(desk: Desk) -> set[str]:
    """The keys of messages in a submission whose answer was hidden."""
    hiding = {entry["fault"] for entry in HIDING}
    out_ids = {call["out_id"] for call in calls(desk.simulator) if call["fault"] in hiding}
    return {key for key, row in desk.rows().items() if row.submission in out_ids}


@FAULTS
@pytest.mark.parametrize(
    ("mode", "before"),
    [("whole", 0), ("whole", 2), ("partial", 0), ("partial_refused", 0)],
    ids=["whole, first call", "whole, while split", "partial", "partial_refused"],
)
def test_a_fault_sends_nobody_two_and_loses_nothing(
    simulator: Simulator, fault: dict[str, Any], mode: str, before: int
) -> None:
    simulator.options(batch_refusal=mode)
    refuse(simulator, OFFENDERS, ILLEGAL)
    simulator.faults(*[None] * before, fault)
    desk, messages = (
        Desk(simulator, looks_up_refusals=mode == "partial_refused", read_timeout=PATIENCE),
        identical(COUNT),
    )

    desk.send(messages)
    desk.settle()

    assert simulator.faults_left()["plan"] == []
    assert_settled(desk, messages, mode, ILLEGAL)


@KINDS
@pytest.mark.parametrize("mode", ["whole", "partial", "partial_refused"])
@pytest.mark.parametrize("refusal", [ILLEGAL, BLACK, DAY], ids=["illegal", "blocked", "limited"])
def test_many_faults_send_nobody_two_and_lose_nothing(
    simulator: Simulator, made: Callable[[int], list[Document]], mode: str, refusal: str
) -> None:
    simulator.options(batch_refusal=mode)
    refuse(simulator, OFFENDERS, refusal)
    random = Random(f"{made.__name__} {mode} {refusal}")  # noqa: S311 - to be repeatable
    plan = [random.choice(KNOWN + HIDING) if random.random() < CHANCE else None for _ in range(PLANNED)]
    simulator.faults(*plan)
    desk, messages = Desk(simulator, looks_up_refusals=mode == "partial_refused", read_timeout=PATIENCE), made(COUNT)

    desk.send(messages)
    desk.settle()

    assert_settled(desk, messages, mode, refusal.partition(":")[0])


@KINDS
def test_records_of_which_some_cannot_be_read_settle_the_others(
    simulator: Simulator, made: Callable[[int], list[Document]]
) -> None:
    simulator.faults("reset_after", random={"unavailable": 0.1}, seed=1)
    desk, messages = Desk(simulator), made(COUNT)

    desk.send(messages)
    desk.settle()

    assert set(accepted(simulator).values()) == {1}
    assert len(desk.keys("accepted")) == COUNT
