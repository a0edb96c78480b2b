"""Routes, contacts and rotations that change while something fires: who knows is not told again, and hears the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.errors import NotSent
from frozen import unpack
from routing.read import read_document
from tests.workbench.alert_desk import LISI, ROUTES, WANGWU, AlertDesk, routes
from tests.workbench.functions import KilledError

if TYPE_CHECKING:
    from routing.document import Document

ANY = 'name!=""'  # and a default is still reached, for all that the checks know
NEW_NUMBER = "13711112222"


def renamed(name: str, **members: Any) -> Document:
    """A document whose only route has this name."""
    return read_document({**ROUTES, "routes": [{"name": name, "matchers": [ANY], "contacts": ["lisi"], **members}]})


def both(first: dict[str, Any], second: dict[str, Any]) -> Document:
    """A document with two routes that both take every alert."""
    return routes({**first, "matchers": [ANY], "continue": True}, {**second, "matchers": [ANY]})


def contacts(*named: tuple[str, str]) -> Document:
    """A document with these contacts, all of whom are told."""
    listed = [{"name": name, "phone_number": number} for name, number in named]
    return read_document({**ROUTES, "contacts": listed, "default": {"contacts": [name for name, _ in named]}})


def test_a_route_that_is_renamed_while_it_fires_tells_nobody_again_and_of_one_recovery() -> None:
    desk = AlertDesk(renamed("old"))
    desk.fires()
    desk.routes.now = renamed("new")
    desk.fires(at=60)
    desk.passes(3)
    desk.recovers(at=120)
    desk.passes(3)

    assert desk.told == [(LISI, "disk", "firing"), (LISI, "disk", "resolved")]


def test_a_route_that_is_renamed_repeats_all_the_same() -> None:
    desk = AlertDesk(renamed("old", repeat_minutes=5))
    desk.fires()
    desk.routes.now = renamed("new", repeat_minutes=5)
    desk.fires(at=60)
    desk.passes(17)
    desk.recovers()
    desk.passes(3)

    assert [state for _, _, state in desk.told] == ["firing", *["still firing"] * 3, "resolved"]


def test_who_knows_of_one_alert_by_another_route_hears_of_what_joins_it_and_of_the_end_of_that() -> None:
    desk = AlertDesk(renamed("old"))
    desk.fires("disk", group="g")
    desk.routes.now = renamed("new")
    desk.fires("memory", group="g")
    for name in ("disk", "memory"):
        desk.recovers(name, group="g", at=60)
    desk.passes(3)

    firing = [about for _, about, state in desk.told if state == "firing"]
    over = " ".join(about for _, about, state in desk.told if state == "resolved")
    assert firing == ["disk", "memory"]
    assert over.count("memory") == 1


def test_who_was_told_before_the_function_was_killed_is_told_by_no_renamed_route() -> None:
    desk = AlertDesk(renamed("old"))
    desk.table.after = [None, killed]  # the episode is written, then the group; and nothing of who knows

    with pytest.raises(KilledError):
        desk.fires()
    desk.passes(1)
    desk.routes.now = renamed("new")
    desk.fires(at=60)
    desk.recovers(at=90)
    desk.passes(3)

    assert desk.told == [(LISI, "disk", "firing"), (LISI, "disk", "resolved")]


def killed() -> None:
    raise KilledError


def test_who_is_new_in_a_route_of_another_name_is_told_and_the_others_are_not() -> None:
    desk = AlertDesk(renamed("old"))
    desk.fires()
    desk.routes.now = renamed("new", contacts=["lisi", "wangwu"])
    desk.fires(at=60)
    desk.passes(3)
    desk.recovers(at=120)
    desk.passes(3)

    assert sorted(desk.told) == [
        (WANGWU, "disk", "firing"), (WANGWU, "disk", "resolved"), (LISI, "disk", "firing"), (LISI, "disk", "resolved"),
    ]  # fmt: skip


def test_a_rotation_that_turns_between_two_routes_leaves_out_who_was_told_and_nobody_else() -> None:
    def on_duty(name: str) -> Document:
        return both({"contacts": [name]}, {"contacts": [name], "wait_minutes": 2})

    desk = AlertDesk(on_duty("lisi"))
    desk.fires()
    desk.passes(1)
    desk.routes.now = on_duty("wangwu")
    desk.passes(3)
    desk.recovers()
    desk.passes(3)

    assert sorted(desk.told) == [
        (WANGWU, "disk", "firing"), (WANGWU, "disk", "resolved"), (LISI, "disk", "firing"), (LISI, "disk", "resolved"),
    ]  # fmt: skip


def test_who_is_in_two_routes_of_which_one_waits_is_told_once() -> None:
    desk = AlertDesk(both({"contacts": ["lisi"]}, {"contacts": ["lisi"], "wait_minutes": 2}))
    desk.fires()
    desk.recovers(at=30)
    desk.passes(4)

    assert desk.told == [(LISI, "disk", "firing"), (LISI, "disk", "resolved")]


def test_what_is_critical_does_not_wait_for_what_is_not() -> None:
    first = {"matchers": [ANY], "contacts": ["lisi"], "wait_minutes": 60, "continue": True}
    desk = AlertDesk(routes(first, {"matchers": [ANY], "contacts": ["lisi"], "critical": True}))
    desk.fires()
    desk.passes(2)
    assert desk.told == [(LISI, "disk", "firing")]

    desk.passes(65)
    assert len(desk.told) == 1


@pytest.mark.parametrize("minutes", range(6))  # in which order groups come is another in each
def test_whom_a_route_with_a_budget_that_is_used_up_does_not_tell_another_tells(minutes: int) -> None:
    first = {"matchers": [ANY], "contacts": ["lisi"], "budget": 1, "continue": True}
    second = {"matchers": ['name="fire"'], "contacts": ["lisi"], "critical": True, "wait_minutes": 1}
    desk = AlertDesk(routes(first, second))
    desk.passes(minutes)
    for name in ("host a", "host b", "fire"):
        desk.fires(name)
    desk.passes(3)

    assert (LISI, "fire", "firing") in desk.told


@pytest.mark.parametrize("minutes", range(6))
def test_of_a_notification_of_which_one_route_takes_a_part_the_other_tells_the_rest(minutes: int) -> None:
    critical = {"matchers": ['severity="critical"'], "contacts": ["lisi"], "continue": True}
    desk = AlertDesk(routes(critical, {"matchers": [ANY], "contacts": ["lisi"]}))
    desk.passes(minutes)
    labels = {"severity": "critical"}
    desk.take(desk.alert("disk", group="g", labels=labels), desk.alert("memory", group="g"))
    desk.passes(2)

    said = " ".join(about for _, about, _ in desk.told)
    assert (said.count("disk"), said.count("memory")) == (1, 1)


def test_who_was_told_of_an_older_member_of_a_group_is_told_of_a_new_one_by_another_route() -> None:
    def on_duty(name: str) -> Document:
        gathers = {"matchers": [ANY], "contacts": [name], "group_by": ["team"], "wait_minutes": 1, "continue": True}
        return routes(gathers, {"matchers": ['name="db"'], "contacts": ["lisi"], "wait_minutes": 2})

    desk = AlertDesk(on_duty("lisi"))
    desk.fires("disk", labels={"team": "shop"})
    desk.passes(3)
    desk.routes.now = on_duty("wangwu")
    desk.fires("db", labels={"team": "shop"})
    desk.passes(5)

    assert sorted(desk.told[1:]) == [(WANGWU, "db", "firing"), (LISI, "db", "firing")]


def test_a_renamed_route_tells_of_what_is_new_alone() -> None:
    desk = AlertDesk(renamed("old"))
    desk.fires("memory", group="g")
    desk.routes.now = renamed("new")
    desk.fires("memory", group="g", at=30)
    desk.fires("load", group="g", at=30)
    desk.recovers("memory", group="g", at=60)
    desk.passes(3)

    assert [about for _, about, state in desk.told if state == "firing"] == ["memory", "load"]


def test_an_alarm_whose_recoveries_never_come_leaves_one_member() -> None:
    desk = AlertDesk()
    for again in range(15):
        desk.fires(at=60 * again, anew=True)

    assert len(desk.told) == 15
    (row,) = [item for key, item in desk.table.items.items() if key.startswith("group#")]
    assert len(row["members"]) == 1


def test_a_contact_that_is_renamed_hears_of_the_recovery_once() -> None:
    desk = AlertDesk(routes(repeat_minutes=2))
    desk.fires()
    desk.routes.now = read_document(
        {
            **ROUTES,
            "contacts": [{"name": "li.si", "phone_number": LISI}],
            "default": {"contacts": ["li.si"], "repeat_minutes": 2},
        }
    )
    desk.passes(2)
    desk.recovers()

    assert [state for _, _, state in desk.told] == ["firing", "still firing", "resolved"]


def test_a_contact_whose_number_changes_hears_of_the_recovery_on_both_phones() -> None:
    desk = AlertDesk(contacts(("lisi", LISI)))
    desk.fires("disk", group="g")
    desk.routes.now = contacts(("lisi", NEW_NUMBER))
    desk.fires("memory", group="g")
    desk.take(desk.alert("disk", "resolved", group="g"), desk.alert("memory", "resolved", group="g"))
    desk.passes(2)

    assert [(number, state) for number, _, state in desk.told] == [
        (LISI, "firing"), (NEW_NUMBER, "firing"), (LISI, "resolved"), (NEW_NUMBER, "resolved"),
    ]  # fmt: skip
    assert len({call["out_id"] for call in desk.client.calls}) == len(desk.client.calls)


def test_what_an_earlier_version_wrote_is_sent_and_has_its_recovery() -> None:
    desk = AlertDesk()
    desk.client.plan = [NotSent("client:connect-failure", "refused")] * 9
    desk.fires()
    for item in desk.table.items.values():
        _as_before(item)
    desk.client.plan, desk.client.calls = [], []
    desk.passes(1)
    desk.recovers()

    assert desk.told == [(LISI, "disk", "firing"), (LISI, "disk", "resolved")]


def _as_before(item: dict[str, Any]) -> None:
    """A row as it was written before texts were kept once, contacts by their numbers, and episodes with who knows."""
    for name in ("beyond", "elsewhere", "known_to"):
        item.pop(name, None)
    if "contacts" in item:
        item["contacts"] = {name: number for number, name in item["contacts"].items()}
        frozen = unpack(item["messages"])
        item["messages"] = [
            {name: getattr(each, name) for name in ("kind", "contact", "at", "document")} for each in frozen
        ]
