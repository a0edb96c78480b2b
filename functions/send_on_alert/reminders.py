"""Scheduled messages to people by name: a contact, or whoever is on duty in a rotation when the schedule says."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.message.fields import LONGEST_KEY
from groups import Frozen
from routing.faults import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from deliveries import Deliveries
    from routing.document import Document

KIND = "reminder"
UNFILLED = "<aws.scheduler."  # what Scheduler fills in, where it did not


class NotSentError(Exception):
    """Raised so that Lambda tries the reminder again, and hands it to the on-failure destination in the end."""


class Run(NamedTuple):
    """One occurrence of a schedule: what names it, and its time."""

    key: str
    at: datetime


class Reminders:
    """Sends each occurrence once: its key is the schedule's and its time, and so is who is on duty."""

    def __init__(
        self, document: Callable[[], Document | None], deliveries: Deliveries, clock: Callable[[], datetime]
    ) -> None:
        self._document = document
        self._deliveries = deliveries
        self._clock = clock

    def send(self, event: Mapping[str, Any], request_id: str, deadline: float) -> dict[str, Any]:
        """Send {"to": names and numbers, "message", "schedule", "scheduled_time"}; raises where that failed."""
        run = _run(event, request_id, self._clock())
        numbers = numbers_of(event["to"], self._document(), run.at)
        document = {**event["message"], "phone_numbers": numbers, "idempotency_key": run.key}
        frozen = Frozen(KIND, ", ".join(event["to"]), int(self._clock().timestamp()), document)
        sent = self._deliveries.hand_over([frozen], deadline)
        if run.key not in sent:
            raise NotSentError("it could not be handed over in this time")
        return {"status": sent[run.key]["status"], "message_id": sent[run.key]["message_id"]}


def numbers_of(to: list[str], document: Document | None, at: datetime) -> list[str]:
    """The numbers of contacts, of who is on duty, and those that are numbers themselves; raises InvalidMessage."""
    found: dict[str, None] = {}
    faults: list[Fault] = []
    for place, name in enumerate(to):
        if _is_number(name):
            found[name] = None
        elif document and name in (*document.rotations, *document.contacts):
            found[document.number_of(name, at)] = None
        else:
            faults.append(Fault(f"to[{place}]", _why_nobody(name, document)))
    if faults:
        raise InvalidMessage(faults)
    return list(found)


def _is_number(name: str) -> bool:
    """Names have six digits at most."""
    return sum(character.isdecimal() for character in name) > 6  # noqa: PLR2004 - as the schema of the routes says


def _why_nobody(name: str, document: Document | None) -> str:
    if document is None:
        return "there are no routes that say who that is: put some by sms alerts put FILE"
    return f'no contact or rotation is named "{name}"{nearest(name, [*document.contacts, *document.rotations])}'


def _run(event: Mapping[str, Any], request_id: str, now: datetime) -> Run:
    """The occurrence, by what Scheduler says of it; else the invocation is one."""
    schedule, time = str(event.get("schedule", UNFILLED)), str(event.get("scheduled_time", UNFILLED))
    if UNFILLED in (schedule[: len(UNFILLED)], time[: len(UNFILLED)]):
        return Run(request_id, now)
    key = f"{schedule}/{time}"
    key = key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()
    return Run(key, datetime.fromisoformat(time).astimezone(UTC))
