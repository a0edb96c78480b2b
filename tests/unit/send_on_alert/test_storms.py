"""No storms: what belongs together is one message, and who has had enough is told so."""

from __future__ import annotations

from typing import Any

from aliyun_sms.observability import counts
from tests.workbench.alert_desk import LISI, WANGWU, AlertDesk, routes

GATHERED: dict[str, Any] = {"group_by": ["team"], "wait_minutes": 2}


def gathering(**given: Any) -> AlertDesk:
    return AlertDesk(routes(**GATHERED, **given))


def test_alerts_that_come_within_the_wait_are_one_message_with_their_count_and_one_recovery() -> None:
    desk = gathering()
    desk.fires("disk", labels={"team": "shop"})
    desk.passes(1)
    desk.fires("memory", labels={"team": "shop"})
    assert desk.told == []

    desk.passes(2)
    assert desk.told == [(LISI, "2: disk, memory", "firing")]

    desk.recovers("disk", labels={"team": "shop"})
    desk.passes(2)
    assert len(desk.told) == 1

    desk.recovers("memory", labels={"team": "shop"})
    desk.passes(2)
    assert desk.told[1:] == [(LISI, "2: disk, memory", "resolved")]


def test_alerts_of_another_group_are_another_message() -> None:
    desk = gathering()
    desk.fires("disk", labels={"team": "shop"})
    desk.fires("memory", labels={"team": "search"})
    desk.passes(3)

    assert sorted(desk.told) == [(LISI, "disk", "firing"), (LISI, "memory", "firing")]


def test_what_joins_a_group_that_was_told_of_is_told_after_a_wait_of_its_own() -> None:
    desk = gathering()
    desk.fires("disk", labels={"team": "shop"})
    desk.passes(3)
    desk.fires("memory", labels={"team": "shop"})
    desk.passes(1)
    assert len(desk.told) == 1

    desk.passes(2)

    assert desk.told[1:] == [(LISI, "memory", "firing")]


def test_what_its_source_has_grouped_waits_for_nothing_and_is_one_message() -> None:
    desk = gathering()
    desk.take(desk.alert("disk", group="g"), desk.alert("memory", group="g"))
    assert desk.told == [(LISI, "2: disk, memory", "firing")]

    desk.take(desk.alert("disk", group="g", at=60), desk.alert("cpu", group="g", at=60))
    desk.take(*(desk.alert(name, "resolved", group="g", at=120) for name in ("disk", "memory", "cpu")))

    assert desk.told[1:] == [(LISI, "cpu", "firing"), (LISI, "3: disk, memory, cpu", "resolved")]


def test_what_fires_and_recovers_within_the_wait_is_told_all_the_same() -> None:
    desk = gathering()
    desk.fires("disk", labels={"team": "shop"})
    desk.recovers("disk", labels={"team": "shop"}, at=30)
    desk.passes(3)

    assert desk.told == [(LISI, "disk", "firing"), (LISI, "disk", "resolved")]


def test_what_recovers_and_fires_again_before_anybody_heard_of_it_goes_on() -> None:
    desk = gathering()
    desk.fires("disk", labels={"team": "shop"})
    desk.passes(3)
    desk.recovers("disk", labels={"team": "shop"})
    desk.table.before = []
    desk.fires("disk", labels={"team": "shop"}, at=1)
    desk.passes(3)
    desk.recovers("disk", labels={"team": "shop"})
    desk.passes(3)

    assert [state for _, _, state in desk.told].count("firing") == [state for _, _, state in desk.told].count(
        "resolved"
    )


def test_a_thousand_alerts_of_a_group_in_a_minute_are_one_message_and_one_recovery() -> None:
    desk = gathering()
    names = [f"host {place}" for place in range(1000)]
    for name in names:
        desk.fires(name, labels={"team": "shop"})
    desk.passes(3)
    calls = desk.table.calls.total()
    for name in names:
        desk.recovers(name, labels={"team": "shop"})
    desk.passes(2)

    (alarm, recovery) = desk.told
    assert (alarm[1][:12], alarm[2]) == ("1000: host 0", "firing")
    assert (recovery[1][:12], recovery[2]) == ("1000: host 0", "resolved")
    assert calls < 4 * len(names)
    assert desk.table.calls.total() - calls < 4 * len(names)


def test_who_has_had_enough_in_an_hour_is_told_so_and_then_nothing_until_the_next() -> None:
    desk = AlertDesk(routes(budget=3))
    for place in range(6):
        desk.fires(f"host {place}")

    assert [about for _, about, _ in desk.told] == ["host 0", "host 1", "host 2", "no more SMS alerts until 12:00"]
    assert counts["alerts-over-budget"] == 2

    desk.passes(60)
    desk.fires("disk")

    assert desk.told[-1] == (LISI, "disk", "firing")


def test_a_contact_has_the_budget_of_the_stack_where_its_route_says_no_other() -> None:
    desk = AlertDesk(hour=1)
    for place in range(4):
        desk.fires(f"host {place}")

    assert len(desk.told) == 2


def test_what_is_critical_has_a_budget_of_its_own() -> None:
    critical = {"contacts": ["lisi"], "matchers": ['severity="critical"'], "critical": True, "budget": 1}
    desk = AlertDesk(routes(critical, budget=1))
    for place in range(3):
        desk.fires(f"host {place}")
    desk.fires("fire", labels={"severity": "critical"})

    assert desk.told[-1] == (LISI, "fire", "firing")


def test_what_one_route_has_told_a_contact_uses_up_nothing_of_what_another_has_for_it() -> None:
    of = [
        {"contacts": ["lisi"], "matchers": [f'team="{team}"'], "budget": budget}
        for team, budget in (("a", 2), ("b", 9))
    ]
    desk = AlertDesk(routes(*of))
    for place in range(9):
        desk.fires(f"b {place}", labels={"team": "b"})
    for place in range(2):
        desk.fires(f"a {place}", labels={"team": "a"})

    assert [about for _, about, _ in desk.told] == [*(f"b {place}" for place in range(9)), "a 0", "a 1"]
    assert counts["alerts-over-budget"] == 0


def test_over_the_limit_of_a_day_nothing_is_sent_and_none_of_it_waits_for_the_next() -> None:
    desk = AlertDesk(day=2)
    for place in range(5):
        desk.fires(f"host {place}")
    desk.passes(24 * 60)
    assert len(desk.told) == 2
    assert counts["alerts-over-limit"] == 3

    desk.fires("disk")

    assert desk.told[-1] == (LISI, "disk", "firing")


def test_who_was_not_told_of_an_alarm_is_not_told_of_its_recovery() -> None:
    desk = AlertDesk(routes(budget=1))
    for name in ("host a", "host b", "host c"):
        desk.fires(name)
    desk.passes(60)
    desk.recovers("host c")

    assert [about for _, about, _ in desk.told] == ["host a", "no more SMS alerts until 12:00"]


def test_what_could_not_be_written_at_once_for_others_who_write_the_counts_is_told_in_the_next_minute() -> None:
    desk = AlertDesk(routes(contacts=["wangwu"]))
    another = desk.another()

    def meanwhile() -> None:
        another.take([desk.alert("memory")], desk.time.now.timestamp() + 40)

    desk.table.before = [None, meanwhile]
    desk.fires("disk")
    desk.passes(1)

    assert sorted(desk.told) == [(WANGWU, "disk", "firing"), (WANGWU, "memory", "firing")]
