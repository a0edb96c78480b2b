"""From an alarm to its recovery: who is told, once, whatever comes twice, out of order or not at all."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.workbench.alert_desk import LISI, WANGWU, AlertDesk, routes

ALARM, RECOVERY = (LISI, "disk", "firing"), (LISI, "disk", "resolved")


@pytest.fixture
def desk() -> AlertDesk:
    return AlertDesk()


def test_who_is_on_duty_is_told_of_an_alarm_and_of_its_recovery(desk: AlertDesk) -> None:
    desk.fires()
    desk.time.passes(60)
    desk.recovers()

    assert desk.told == [ALARM, RECOVERY]


def test_an_alarm_that_comes_three_times_is_one_message(desk: AlertDesk) -> None:
    alarm = desk.alert()
    for _ in range(3):
        desk.take(alarm)

    assert desk.told == [ALARM]


def test_what_fires_again_while_it_fires_is_no_other_message(desk: AlertDesk) -> None:
    desk.fires()
    for minute in range(3):
        desk.fires(at=60 * (minute + 1))

    assert desk.told == [ALARM]


@pytest.mark.parametrize(("seconds", "told"), [(0.5, 1), (9, 1), (10, 2), (86_400, 2)])
def test_an_alarm_whose_source_knows_of_a_recovery_that_never_came_is_told_again(
    desk: AlertDesk, seconds: float, told: int
) -> None:
    """CloudWatch tells of a change alone, and of a recovery only where the alarm names the topic for it as well."""
    desk.fires(anew=True)
    desk.fires(at=seconds, anew=True)

    assert desk.told == [ALARM] * told


def test_its_recovery_is_told_once(desk: AlertDesk) -> None:
    for day in range(3):
        desk.fires(at=86_400 * day, anew=True)
    desk.recovers(at=86_400 * 3)
    desk.passes(90)

    assert desk.told == [*[ALARM] * 3, RECOVERY]


def test_a_doubled_recovery_does_nothing_even_if_it_comes_later_with_a_time_of_its_own(desk: AlertDesk) -> None:
    desk.fires()
    for seconds in (10, 10, 3600):
        desk.recovers(at=seconds)
    desk.passes(90)

    assert desk.told == [ALARM, RECOVERY]


def test_what_fires_again_after_its_recovery_is_told_again(desk: AlertDesk) -> None:
    for _ in range(2):
        desk.fires()
        desk.time.passes(60)
        desk.recovers()
        desk.time.passes(60)

    assert desk.told == [ALARM, RECOVERY] * 2


@pytest.mark.parametrize("order", sorted(set(permutations(["alarm", "alarm", "alarm", "recovery"]))))
def test_in_whatever_order_three_alarms_and_their_recovery_come_it_is_two_messages(
    desk: AlertDesk, order: tuple[str, ...]
) -> None:
    events = {"alarm": desk.alert(), "recovery": desk.alert(state="resolved", at=30)}
    for name in order:
        desk.take(events[name])
    desk.passes(3)

    assert desk.told == [ALARM, RECOVERY]


def test_a_recovery_that_comes_after_the_next_alarm_leaves_it_open(desk: AlertDesk) -> None:
    first, recovery, second = desk.alert(), desk.alert(state="resolved", at=10), desk.alert(at=20)
    for event in (first, second, recovery):
        desk.take(event)
    assert desk.told == [ALARM]

    desk.recovers(at=30)

    assert desk.told == [ALARM, RECOVERY]


def test_a_repetition_that_comes_after_the_recovery_which_followed_it_is_no_other_episode(desk: AlertDesk) -> None:
    first, again, recovery = desk.alert(), desk.alert(at=10), desk.alert(state="resolved", at=20)
    for event in (first, recovery, again):
        desk.take(event)
    desk.recovers(at=30)

    assert desk.told == [ALARM, RECOVERY]


def test_a_recovery_of_what_never_fired_is_no_message(desk: AlertDesk) -> None:
    desk.recovers()
    desk.passes(2)

    assert desk.told == []


def test_what_just_happens_is_told_once_and_has_no_recovery(desk: AlertDesk) -> None:
    happened = desk.alert(lasts=False)
    desk.take(happened)
    desk.take(happened)
    desk.passes(3)

    assert desk.told == [ALARM]


def test_a_recovery_goes_to_who_got_the_alarm_though_another_is_on_duty_by_then(desk: AlertDesk) -> None:
    desk.fires()
    desk.routes.now = routes(contacts=["wangwu"])
    desk.recovers(at=60)

    assert desk.told == [ALARM, RECOVERY]


def test_a_route_may_tell_of_no_recovery(desk: AlertDesk) -> None:
    desk.routes.now = routes(recovery=False)
    desk.fires()
    desk.recovers(at=60)
    desk.passes(2)

    assert desk.told == [ALARM]


def test_each_route_that_takes_an_alert_tells_its_contacts_and_nobody_is_told_twice() -> None:
    matchers = ['name="disk"']
    first = {"contacts": ["lisi"], "matchers": matchers, "continue": True}
    desk = AlertDesk(routes(first, {"contacts": ["wangwu", "lisi"], "matchers": matchers}))
    desk.fires()
    desk.recovers(at=60)

    assert sorted(desk.told) == sorted([ALARM, (WANGWU, "disk", "firing"), RECOVERY, (WANGWU, "disk", "resolved")])


def test_a_route_may_repeat_what_goes_on_to_who_is_on_duty_by_then() -> None:
    desk = AlertDesk(routes(repeat_minutes=30))
    desk.fires()
    desk.passes(29)
    assert desk.told == [ALARM]

    desk.passes(31)
    assert desk.told[1:] == [(LISI, "disk", "still firing")] * 2

    desk.routes.now = routes(repeat_minutes=30, contacts=["wangwu"])
    desk.passes(30)
    desk.recovers()
    desk.passes(60)

    assert desk.told[3:] == [(WANGWU, "disk", "still firing"), RECOVERY, (WANGWU, "disk", "resolved")]


def test_nothing_waits_in_the_table_when_all_is_told(desk: AlertDesk) -> None:
    desk.fires()
    desk.recovers(at=60)

    assert [item for item in desk.table.items.values() if "due_at" in item and item["due_at"] is not None] == []
