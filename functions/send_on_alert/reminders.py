"""Scheduled messages to people by name: a contact, or whoever is on duty in a rotation when the schedule says."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.aws.clients import LONGEST_CALL
from aliyun_sms.aws.sqs import with_key
from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.ledger.table import Conflict, Put
from aliyun_sms.message.fields import LONGEST_KEY
from aliyun_sms.message.incoming import Origin
from aliyun_sms.sending.bulk import send_all
from routing.faults import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aliyun_sms.aws.sqs import DeadLetters
    from aliyun_sms.ledger.table import Table
    from aliyun_sms.result import Result
    from aliyun_sms.sending.sender import Sender
    from routing.document import Document

UNFILLED = "<aws.scheduler."  # what Scheduler fills in, where it did not
PREFIX = "reminder#"
KEPT = 3 * 86_400  # seconds: Scheduler tries for a day, and Lambda for six hours more
TAKEN = {"accepted", "expired", "queued"}  # statuses of what was sent, or will be by the ledger


class NotSentError(Exception):
    """Raised so that Lambda tries the reminder again, and hands it to the on-failure destination in the end."""


class Run(NamedTuple):
    """One occurrence of a schedule: what names it, and its time."""

    key: str
    at: datetime


class Reminders:
    """Sends each occurrence once: its key is the schedule's and its time, and who gets it is written down first.

    They are messages of the schedule, not alerts: they count for the stack's caps, and a stop holds them.
    """

    def __init__(
        self,
        table: Table,
        document: Callable[[], Document | None],
        sender: Sender,
        dead_letters: DeadLetters,
        clock: Callable[[], datetime],
    ) -> None:
        self._table = table
        self._document = document
        self._sender = sender
        self._dead_letters = dead_letters
        self._clock = clock

    def send(self, event: Mapping[str, Any], request_id: str, deadline: float) -> dict[str, Any]:
        """Send {"to": names and numbers, "message", "schedule", "scheduled_time"}; raises where that failed."""
        run = _run(event, request_id, self._clock())
        document = self._frozen(event, run)
        given = [(document, Origin("schedule", "schedule", run.key))]
        (result,) = send_all(self._sender, given, self._seconds_left(deadline), self._clock)
        if not self._is_done(document, run, result, deadline):
            raise NotSentError(result.code or result.status)
        return result.document()

    def _frozen(self, event: Mapping[str, Any], run: Run) -> dict[str, Any]:
        """The message, as it was when the occurrence came first: a contact may have another number by the next try."""
        key = PREFIX + sha256(run.key.encode()).hexdigest()
        if kept := self._table.get_all([key]).get(key):
            return dict(kept["document"])
        document = {**event["message"], "phone_numbers": numbers_of(event["to"], self._document(), run.at)}
        item = {"pk": key, "version": 1, "ttl": int(self._clock().timestamp()) + KEPT, "document": document}
        try:
            self._table.put_all([Put(item, 0)])
        except Conflict:
            return dict(self._table.get_all([key])[key]["document"])
        return document

    def _is_done(self, document: dict[str, Any], run: Run, result: Result, deadline: float) -> bool:
        """Whether it is sent, left to the ledger, or with a person."""
        if result.status in TAKEN or self._sender.leaves_to_settling(result):
            return True
        if result.status == "sending" or result.comes_again:
            return False
        left = self._seconds_left(deadline) + LONGEST_CALL  # which the deadline keeps back
        return self._dead_letters.add_in_time(with_key(document, run.key), result, left)

    def _seconds_left(self, deadline: float) -> float:
        return deadline - self._clock().timestamp()


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
