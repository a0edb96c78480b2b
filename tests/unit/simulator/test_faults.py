"""The plan of faults: what is drawn, and what is refused by name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from local.simulator.faults import FIELDS, REQUIRED, BadFault, Faults
from tests.pages import LOCAL_CLOUD


def planned(**wanted: Any) -> Faults:
    faults = Faults()
    faults.replace(wanted)
    return faults


def kinds(faults: Faults, times: int) -> list[str | None]:
    drawn = [faults.draw() for _ in range(times)]
    return [fault.kind if fault else None for fault in drawn]


def test_a_plan_is_used_in_its_order_then_exhausted() -> None:
    faults = planned(plan=[None, {"fault": "hang", "seconds": 3}, {"fault": "reset_after"}])

    assert kinds(faults, 5) == [None, "hang", "reset_after", None, None]


def test_what_is_left_is_told() -> None:
    faults = planned(plan=[None, {"fault": "hang", "seconds": 3}], random={"unavailable": 0.5})
    faults.draw()

    assert faults.left() == {"plan": [{"fault": "hang", "seconds": 3}], "random": {"unavailable": 0.5}}


def test_one_for_sends_alone_waits_for_the_next_of_them() -> None:
    faults = planned(plan=[{"fault": "throttled", "only_sends": True}])

    assert [faults.draw("QuerySendDetails"), faults.draw("GetSmsSign")] == [None, None]
    assert (drawn := faults.draw("SendBatchSms")) is not None
    assert drawn.kind == "throttled"


def test_chances_come_after_the_plan_and_are_the_same_for_the_same_seed() -> None:
    wanted = {"plan": [{"fault": "garbage"}], "random": {"reset_after": 0.3, "unavailable": 0.3}, "seed": 7}
    first, second = kinds(planned(**wanted), 200), kinds(planned(**wanted), 200)

    assert first == second
    assert first[0] == "garbage"
    assert set(first[1:]) == {None, "reset_after", "unavailable"}


@pytest.mark.parametrize(
    ("kind", "processed"),
    [
        ("reset_before", False),
        ("hang_before", False),
        ("internal_error", False),
        ("unavailable", False),
        ("bad_gateway", False),
        ("throttled", False),
        ("refuse", True),
        ("reset_after", True),
        ("hang", True),
        ("truncated", True),
        ("garbage", True),
    ],
)
def test_whether_the_call_is_carried_out(kind: str, processed: bool) -> None:  # noqa: FBT001 a case, not a switch
    fault = planned(plan=[{"fault": kind}]).draw()

    assert fault is not None
    assert fault.processed is processed


@pytest.mark.parametrize("kind", ["internal_error", "unavailable", "bad_gateway", "garbage"])
@pytest.mark.parametrize("processed", [True, False])
def test_some_faults_come_before_or_after_the_call_is_carried_out(
    kind: str,
    processed: bool,  # noqa: FBT001 a case, not a switch
) -> None:
    fault = planned(plan=[{"fault": kind, "processed": processed}]).draw()

    assert fault is not None
    assert fault.processed is processed


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"plan": [None, {"fault": "explode"}]}, "plan[1]: unknown fault 'explode'"),
        ({"plan": ["hang"]}, "plan[0]: unknown fault 'hang'"),
        ({"plan": [{"fault": []}]}, "plan[0]: unknown fault []"),
        ({"plan": [{"fault": "hang", "minutes": 1}]}, "unknown field 'minutes' of hang"),
        ({"plan": [{"fault": "hang", "seconds": "1"}]}, "seconds of hang cannot be '1'"),
        ({"plan": [{"fault": "hang", "seconds": -1}]}, "seconds of hang cannot be -1"),
        ({"plan": [{"fault": "hang", "seconds": True}]}, "seconds of hang cannot be True"),
        ({"plan": [{"fault": "throttled", "retry_after": 0}]}, "retry_after of throttled cannot be 0"),
        ({"plan": [{"fault": "reset_after", "processed": False}]}, "unknown field 'processed' of reset_after"),
        ({"plan": [{"fault": "answer"}]}, "answer needs code"),
        ({"plan": [{"fault": "answer", "code": "x", "status": 99}]}, "status of answer cannot be 99"),
        ({"plan": {}}, "plan: a list"),
        ({"random": {"explode": 0.1}}, "random: unknown fault 'explode'"),
        ({"random": {"answer": 0.1}}, "random: answer needs code"),
        ({"random": {"hang": 1.1}}, "chances from 0 to 1"),
        ({"random": ["hang"]}, "chances from 0 to 1"),
        ({"random": {"hang": 0.6, "refuse": 0.6}}, "more than 1 together"),
        ({"seed": "7"}, "seed: a whole number"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(wanted: dict[str, Any], named: str) -> None:
    faults = planned(plan=[{"fault": "garbage"}])

    with pytest.raises(BadFault) as refused:
        faults.replace(wanted)

    assert named in str(refused.value)
    assert kinds(faults, 2) == ["garbage", None]


def test_each_faults_fields_stand_on_its_page_with_their_defaults() -> None:
    rows = re.findall(
        r"^\| ((?:`\w+`(?:, )?)+) \|(?: ([^|]+))? \| ", LOCAL_CLOUD.section("The simulator"), re.MULTILINE
    )
    told = {
        name: dict(re.findall(r"`(\w+)` (\w+)", told)) for names, told in rows for name in re.findall(r"\w+", names)
    }

    assert {fault: told[fault] for fault in FIELDS} == {
        fault: {name: written(value) for name, value in given.items()} for fault, given in FIELDS.items()
    }


def written(value: object) -> str:
    """A default as the page writes it."""
    if value is REQUIRED:
        return "must"
    return str(value).lower() or "empty"
