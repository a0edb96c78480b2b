"""What is frozen is sent, that and nothing else, until it is sent or a person has it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from aliyun_sms.errors import NotSent, OutcomeUnknown
from aliyun_sms.ledger.table import TableUnavailable
from aliyun_sms.provider.answer import Answer
from routing.document import Document
from teller import NobodyToTell
from tests.workbench.alert_desk import LISI, WANGWU, AlertDesk, routes
from tests.workbench.functions import KilledError
from tests.workbench.ledger_desk import fails

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from alert import Alert
    from routing.route import Planned

ALARM, RECOVERY = (LISI, "disk", "firing"), (LISI, "disk", "resolved")
REFUSED = NotSent("client:connect-failure", "refused")
NOBODY_KNOWS = OutcomeUnknown("client:read-timeout", "no answer")
BAD_NUMBER = Answer("isv.MOBILE_NUMBER_ILLEGAL", "bad", "R", None)


def killed() -> None:
    raise KilledError


@pytest.fixture
def desk() -> AlertDesk:
    return AlertDesk()


def test_what_could_not_be_sent_is_sent_as_it_was_though_another_is_on_duty_by_then(desk: AlertDesk) -> None:
    desk.client.plan = [REFUSED] * 9
    desk.fires()
    desk.routes.now = routes(contacts=["wangwu"], variables={"alarm": "other", "state": "words"})
    desk.client.plan = []
    desk.client.calls.clear()
    desk.passes(3)

    assert desk.told == [ALARM]


def test_what_nobody_knows_is_left_to_settling(desk: AlertDesk) -> None:
    desk.client.plan = [NOBODY_KNOWS] * 9
    desk.fires()
    desk.passes(5)

    assert desk.told == [ALARM]
    assert desk.letters.added == []


def test_what_is_refused_for_good_is_a_dead_letter_that_can_be_sent_again(desk: AlertDesk) -> None:
    desk.client.plan = [BAD_NUMBER]
    desk.fires()
    desk.passes(5)

    ((body, result),) = desk.letters.added
    assert (body["phone_numbers"], body["template_param"]["alarm"]) == ([LISI], "disk")
    assert body["idempotency_key"].endswith("/firing/default/lisi")
    assert result.code == "isv.MOBILE_NUMBER_ILLEGAL"
    assert desk.told == [ALARM]


def test_what_cannot_be_sent_for_an_hour_goes_to_a_person(desk: AlertDesk) -> None:
    desk.client.plan = [REFUSED] * 1000
    desk.fires()
    desk.passes(58)
    assert desk.letters.added == []

    desk.passes(3)

    assert len(desk.letters.added) == 1


def test_a_dead_letter_that_cannot_be_put_is_put_in_the_next_minute(desk: AlertDesk) -> None:
    desk.client.plan = [BAD_NUMBER]
    desk.letters.fails = True
    desk.fires()
    desk.letters.fails = False
    desk.passes(2)

    assert len(desk.letters.added) == 1


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("strikes", [killed, fails])
def test_a_function_that_ends_at_any_write_has_told_once_in_the_end(
    desk: AlertDesk, place: int, when: str, strikes: Callable[[], None]
) -> None:
    alarm, recovery = desk.alert(), desk.alert(state="resolved", at=30)
    for event in (alarm, recovery):
        setattr(desk.table, when, [None] * place + [strikes])
        for _ in range(3):  # SNS brings it again
            try:
                desk.take(event)
            except (KilledError, TableUnavailable):
                continue
            break
        desk.routes.now = routes(contacts=["wangwu"])  # a rotation turns, perhaps before anything was frozen
    desk.table.before, desk.table.after = [], []
    desk.passes(3)

    (number, *_), _ = desk.told
    assert desk.told == [(number, "disk", "firing"), (number, "disk", "resolved")]


@pytest.mark.parametrize("after", [False, True])
def test_a_function_that_is_killed_at_the_call_has_told_once_or_left_it_to_settling(
    desk: AlertDesk,
    after: bool,  # noqa: FBT001 - a parameter
) -> None:
    desk.client.kill_at, desk.client.kills_after = 0, after
    with pytest.raises(KilledError):
        desk.fires()
    desk.passes(5)

    assert desk.told == [ALARM]


def test_without_a_document_there_is_nobody_to_tell_and_the_event_says_so_until_one_is_put(desk: AlertDesk) -> None:
    desk.routes.now = None
    with pytest.raises(NobodyToTell):
        desk.fires()
    desk.passes(3)
    assert desk.told == []

    desk.routes.now = routes(contacts=["wangwu"])
    desk.passes(1)

    assert desk.told == [(WANGWU, "disk", "firing")]


def test_without_a_document_what_is_nobodys_to_be_told_is_no_failure(desk: AlertDesk) -> None:
    desk.routes.now = None
    desk.recovers()
    desk.take()

    assert desk.told == []


def test_an_alert_that_cannot_be_planned_keeps_nobody_from_hearing_of_the_others(desk: AlertDesk) -> None:
    class Odd(Document):
        """Fails at one alert, as a defect of ours would make it."""

        def plan(self, alert: Alert, now: datetime) -> list[Planned]:
            if alert.name == "odd":
                raise ZeroDivisionError
            return super().plan(alert, now)

    whole = routes(wait_minutes=1)
    desk.routes.now = whole
    for name in ("odd", "disk"):
        desk.fires(name)
    desk.routes.now = Odd(**{each.name: getattr(whole, each.name) for each in fields(whole)})
    desk.passes(2)
    assert desk.told == [ALARM]

    desk.routes.now = whole
    desk.passes(1)

    assert desk.told[1:] == [(LISI, "odd", "firing")]


def test_a_key_is_that_of_episode_kind_route_and_contact(desk: AlertDesk) -> None:
    desk.fires()
    desk.recovers(at=60)

    keys = [row["key"] for key, row in desk.core.table.items.items() if key.startswith("message#")]
    assert sorted(key.partition("/")[2] for key in keys) == ["firing/default/lisi", "resolved/default/lisi"]
    assert len({key.partition("/")[0] for key in keys}) == 1
