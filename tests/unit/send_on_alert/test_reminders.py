"""Scheduled messages to people by name: each occurrence is sent once, to whoever is on duty then."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

import pytest

from aliyun_sms.errors import InvalidMessage
from reminders import NotSentError, Reminders
from routing.read import read_document
from tests.workbench.alert_desk import AlertDesk
from tests.workbench.routes import DOCUMENT, LI_SI, WANG_WU
from tests.workbench.told_client import answer

MONDAY, NEXT_MONDAY = "2026-11-30T10:00:00Z", "2026-12-07T10:00:00Z"
SCHEDULE = "arn:aws-cn:scheduler:cn-north-1:123456789012:schedule/kept/night-duty"
EVENT: dict[str, Any] = {
    "to": ["on-call"],
    "message": {"sign_name": "运维", "template_code": "SMS_1", "template_param": {"what": "night duty"}},
    "schedule": SCHEDULE,
    "scheduled_time": MONDAY,
}


class Desk(AlertDesk):
    """The alert door at the time of the first occurrence."""

    def __init__(self) -> None:
        super().__init__(read_document(DOCUMENT))
        self.time.now = datetime.fromisoformat(MONDAY)
        self.reminders = Reminders(
            self.table,
            self.routes.document,
            self.core.sender,
            self.letters,  # type: ignore[arg-type]
            self.time,
        )

    def send(self, **members: Any) -> dict[str, Any]:
        return self.reminders.send({**EVENT, **members}, "request", self.time.now.timestamp() + 40)

    @property
    def recipients(self) -> list[str]:
        return [number for call in self.client.calls for number in call["recipients"]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_it_is_for_who_is_on_duty_at_its_time(desk: Desk) -> None:
    assert desk.send()["status"] == "accepted"
    desk.send(scheduled_time=NEXT_MONDAY)

    assert desk.recipients == [LI_SI, WANG_WU]


def test_an_occurrence_that_comes_again_is_not_sent_again_even_if_the_rotation_has_turned(desk: Desk) -> None:
    desk.send()
    desk.time.passes(8 * 86_400)
    desk.send()

    assert desk.recipients == [LI_SI]


def test_an_occurrence_that_comes_again_goes_to_the_number_that_its_contact_had(desk: Desk) -> None:
    desk.client.plan.append(answer("isv.AMOUNT_NOT_ENOUGH"))
    with pytest.raises(NotSentError):
        desk.send()
    moved = copy.deepcopy(DOCUMENT)
    moved["contacts"][0]["phone_number"] = "13711112222"
    desk.routes.now = read_document(moved)
    desk.client.calls.clear()

    assert desk.send()["status"] == "accepted"
    assert desk.recipients == [LI_SI]
    assert desk.letters.added == []


def test_an_occurrence_that_comes_twice_at_once_goes_out_as_the_first_wrote_it(desk: Desk) -> None:
    def meanwhile() -> None:
        desk.send()

    desk.table.before = [meanwhile]
    desk.send()

    assert desk.recipients == [LI_SI]


def test_contacts_and_numbers_get_one_message_each(desk: Desk) -> None:
    desk.send(to=["wang.wu", "on-call", "li.si", "13700137000"])

    assert sorted(desk.recipients) == sorted([WANG_WU, LI_SI, "13700137000"])


def test_what_scheduler_does_not_fill_in_is_one_occurrence_an_invocation(desk: Desk) -> None:
    unfilled = {"schedule": "<aws.scheduler.schedule-arn>", "scheduled_time": "<aws.scheduler.scheduled-time>"}

    desk.send(**unfilled)
    desk.send(**unfilled)

    assert desk.recipients == [LI_SI]


def test_a_name_that_is_gone_is_raised_and_nothing_is_sent(desk: Desk) -> None:
    with pytest.raises(InvalidMessage, match=r'to\[0\]: no contact or rotation is named "oncall"'):
        desk.send(to=["oncall"])

    assert desk.recipients == []


def test_what_can_be_tried_again_is_raised_and_sent_by_the_next_try(desk: Desk) -> None:
    desk.client.plan.append(answer("isv.AMOUNT_NOT_ENOUGH"))

    with pytest.raises(NotSentError):
        desk.send()
    desk.send()

    assert desk.client.accepted == [LI_SI]


def test_what_is_refused_for_good_is_a_dead_letter(desk: Desk) -> None:
    desk.client.plan.append(answer("isv.MOBILE_NUMBER_ILLEGAL"))

    assert desk.send()["status"] == "rejected"
    [(body, _)] = desk.letters.added
    assert body["idempotency_key"] == f"{SCHEDULE}/{MONDAY}"
