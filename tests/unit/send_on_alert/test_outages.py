"""While the provider takes nothing, or the table is of no use: nothing piles up, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from aliyun_sms.errors import NotSent
from aliyun_sms.ledger.table import TableUnavailable
from aliyun_sms.observability import counts
from frozen import MOST_WAITING, fills_a_row, pack, unpack
from groups import MOST_MEMBERS
from tests.workbench.alert_desk import LISI, TEXT, AlertDesk, routes
from tests.workbench.fake_table import LARGEST_ITEM, size_of

REFUSED = NotSent("client:connect-failure", "refused")
GATHERED: dict[str, Any] = {"group_by": ["team"], "wait_minutes": 1}
LONG = {
    f"v{place}": {"text": "{name}", "max_length": 460} for place in range(8)
}  # with the others 4,000 characters, as a message takes


def crowd(number: int, **default: Any) -> AlertDesk:
    """A desk with so many contacts, all of whom are told."""
    names = [f"{chr(0x4E00 + place // 26)}{chr(97 + place % 26)}" for place in range(number)]
    contacts = [{"name": name, "phone_number": str(13_000_000_000 + place)} for place, name in enumerate(names)]
    return AlertDesk(routes(contacts=names[:100], **default, of={"contacts": contacts}), day=100_000, hour=1000)


def down(desk: AlertDesk) -> None:
    desk.client.plan = [REFUSED] * 100_000


def test_what_waits_is_not_repeated_and_is_sent_once_when_the_provider_is_back() -> None:
    desk = AlertDesk(routes(repeat_minutes=5))
    down(desk)
    desk.fires()
    desk.passes(50)
    assert counts["alerts-left"] >= 50
    desk.client.plan, desk.client.calls = [], []
    desk.passes(1)

    assert desk.told == [(LISI, "disk", "firing")]

    desk.passes(5)

    assert desk.told[1:] == [(LISI, "disk", "still firing")]


def test_a_hundred_contacts_an_alert_each_minute_and_a_provider_that_is_down_for_an_hour_fit_into_a_row() -> None:
    desk = crowd(100, variables=LONG | TEXT, **GATHERED)
    down(desk)
    for place in range(50):
        desk.fires(f"{place} {'长' * 470}", labels={"team": "shop"})
        desk.passes(1)
    (row,) = [item for key, item in desk.table.items.items() if key.startswith("group#")]
    assert MOST_WAITING < size_of(row) < LARGEST_ITEM / 2
    desk.client.plan, desk.client.calls = [], []
    desk.passes(3)

    ((number, _),) = Counter(number for number, _, _ in desk.told).most_common(1)
    texts = [about for to, about, _ in desk.told if to == number]
    assert sum(1 if "长" in text[:4] else int(text.split(":")[0]) for text in texts) == 50


def test_what_comes_in_while_too_much_waits_is_one_message_when_there_is_room() -> None:
    desk = crowd(100, **GATHERED)
    down(desk)
    for place in range(40):
        desk.fires(f"host {place}", labels={"team": "shop"})
        desk.passes(1)
    desk.client.plan, desk.client.calls = [], []
    desk.passes(2)

    texts = {about for _, about, _ in desk.told}
    assert len(texts) < 10
    assert any(text.startswith("3") for text in texts)  # 3x: host …


def test_what_was_frozen_is_sent_though_no_more_can_be_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = AlertDesk()
    down(desk)
    desk.fires("disk", group="g")
    desk.client.plan, desk.client.calls = [], []
    writing = desk.table.put_all

    def fails_for_what_is_new(puts: object, count: object = None) -> None:
        if any(put.item["pk"].startswith("day#") for put in puts):  # type: ignore[attr-defined]
            raise TableUnavailable("ValidationException")
        writing(puts, count)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.table, "put_all", fails_for_what_is_new)
    desk.fires("memory", group="g")

    assert desk.told == [(LISI, "disk", "firing")]


def test_a_group_that_is_full_tells_of_the_rest_once_and_their_recovery_to_nobody() -> None:
    desk = AlertDesk(routes(**GATHERED))
    names = [f"host {place}" for place in range(MOST_MEMBERS + 20)]
    for name in names:
        desk.fires(name, labels={"team": "shop"})
    desk.passes(5)
    assert [about.split(":")[0] for _, about, _ in desk.told] == ["1000", "1000", "20"]

    for _ in range(3):  # as Alertmanager repeats it
        for name in names[-20:]:
            desk.fires(name, labels={"team": "shop"}, at=1)
        desk.passes(2)
    assert len(desk.told) == 3

    for name in names:
        desk.recovers(name, labels={"team": "shop"}, at=2)
    desk.passes(5)
    assert [(about.split(":")[0], state) for _, about, state in desk.told[3:]] == [(str(MOST_MEMBERS), "resolved")]
    assert not any(item.get("due_at") is not None for item in desk.table.items.values())

    desk.fires(names[-1], labels={"team": "shop"}, at=3)
    desk.passes(2)
    assert desk.told[4:] == [(LISI, names[-1], "firing")]


def test_a_group_that_an_earlier_version_let_grow_is_told_of_all_the_same() -> None:
    desk = AlertDesk(routes(**GATHERED))
    names = [f"host {place}" for place in range(MOST_MEMBERS)]
    for name in names:
        desk.fires(name, labels={"team": "shop"})
    desk.passes(4)
    (row,) = [item for key, item in desk.table.items.items() if key.startswith("group#")]
    row["members"] += [f"{place:032x}-1" for place in range(1000)]
    desk.fires("disk", labels={"team": "shop"})
    desk.passes(3)

    assert desk.told[-1] == (LISI, "disk", "firing")


def test_a_row_that_cannot_be_read_keeps_nobody_from_hearing_of_the_others() -> None:
    desk = AlertDesk(routes(wait_minutes=1))
    desk.fires("disk")
    desk.fires("memory")
    next(item for item in desk.table.items.values() if (item.get("alert") or {}).get("name") == "disk")["alert"] = {}
    desk.passes(3)

    assert desk.told == [(LISI, "memory", "firing")]


def test_with_a_slow_table_something_is_handed_over_in_each_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = AlertDesk(hour=1000)
    down(desk)
    for place in range(60):
        desk.fires(f"host {place}")
    desk.client.plan, desk.client.calls, reading = [], [], desk.table.get_all

    def slowly(keys: Any) -> Any:
        desk.time.passes(0.3)
        return reading(keys)

    monkeypatch.setattr(desk.table, "get_all", slowly)
    desk.passes(1)
    assert desk.told
    desk.passes(8)

    assert not any(item.get("messages") for item in desk.table.items.values())


def test_an_alarm_that_lasts_longer_than_rows_are_kept_has_its_recovery() -> None:
    desk = AlertDesk()
    desk.fires()
    desk.time.passes(400 * 86_400)
    desk.table.forget(desk.time.now.timestamp())
    desk.recovers()

    assert desk.told == [(LISI, "disk", "firing"), (LISI, "disk", "resolved")]


def test_rows_of_what_is_over_are_gone_after_three_months() -> None:
    desk = AlertDesk()
    desk.fires()
    desk.recovers()
    desk.time.passes(91 * 86_400)
    desk.table.forget(desk.time.now.timestamp())

    assert desk.table.items == {}


def test_a_minute_in_which_the_table_is_of_no_use_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = AlertDesk()

    def fails(*_: object) -> None:
        raise TableUnavailable("gone")

    monkeypatch.setattr(desk.table, "due", fails)
    desk.passes(3)

    assert counts["alerts-left"] == 3


def test_a_recovery_is_not_sent_before_its_alarm() -> None:
    desk = AlertDesk()
    desk.client.plan = [REFUSED] * 3
    desk.fires()
    desk.client.plan = [REFUSED] * 3
    desk.client.calls.clear()
    desk.recovers()
    assert {state for _, _, state in desk.told} == {"firing"}
    desk.client.plan, desk.client.calls = [], []
    desk.passes(2)

    assert desk.told == [(LISI, "disk", "firing"), (LISI, "disk", "resolved")]


def test_a_recovery_that_came_first_is_told_with_its_alarm_at_once() -> None:
    desk = AlertDesk()
    desk.recovers(at=5)
    desk.fires()

    assert desk.told == [(LISI, "disk", "firing"), (LISI, "disk", "resolved")]


def test_where_there_is_time_for_a_few_a_minute_it_is_not_for_the_same_few() -> None:
    desk = AlertDesk(hour=1000)
    down(desk)
    desk.client.seconds = 9.0
    names = [f"host {chr(97 + place)}" for place in range(20)]
    for name in names:
        desk.fires(name)
    desk.client.calls.clear()
    desk.passes(30)

    assert {about for _, about, _ in desk.told} == set(names)


@pytest.mark.parametrize(("bytes_", "full"), [(MOST_WAITING - 300, False), (MOST_WAITING + 1, True)])
def test_so_much_waits_in_a_row_and_no_more(bytes_: int, full: bool) -> None:  # noqa: FBT001 - a case
    (message,) = unpack([{"kind": "firing", "at": 1, "text": {"sign_name": "x" * bytes_}, "to": [["a", LISI, "k"]]}])

    assert fills_a_row([message]) is full
    assert unpack(pack([message])) == (message,)
