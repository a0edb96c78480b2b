"""How few provider calls many messages need, over a real socket."""

from __future__ import annotations

from collections import Counter
from math import log2
from typing import TYPE_CHECKING

import pytest

from tests.workbench.merging_desk import Desk, accepted, calls, identical, number, personalised, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.conftest import Simulator
    from tests.workbench.merging_desk import Document


@pytest.mark.parametrize(("made", "action", "count"), [(identical, "SendSms", 10), (personalised, "SendBatchSms", 100)])
def test_ten_thousand_messages_go_out_in_the_fewest_calls(
    simulator: Simulator, made: Callable[[int], list[Document]], action: str, count: int
) -> None:
    results = Desk(simulator).send(made(10_000))

    assert {result.status for result in results} == {"accepted"}
    assert accepted(simulator) == {number(place): 1 for place in range(10_000)}
    assert [call["action"] for call in calls(simulator)] == [action] * count


@pytest.mark.parametrize("place", [0, 499, 500, 999])
def test_one_offender_among_a_thousand_costs_few_further_calls(simulator: Simulator, place: int) -> None:
    refuse(simulator, [place], "isv.MOBILE_NUMBER_ILLEGAL")

    results = Desk(simulator).send(identical(1000))

    assert [result.status for result in results].count("accepted") == 999
    assert results[place].status == "rejected"
    assert len(accepted(simulator)) == 999
    assert len(calls(simulator)) - 1 <= 2 * log2(1000) + 2


def test_an_urgent_message_goes_alone(simulator: Simulator) -> None:
    messages = identical(1000)
    messages[-1]["urgent"] = True

    Desk(simulator).send(messages)

    sizes = Counter(message["out_id"] for message in simulator.messages())
    [urgent] = [message for message in simulator.messages() if message["phone_number"] == number(999)]
    assert sizes.pop(urgent["out_id"]) == 1
    assert list(sizes.values()) == [999]
