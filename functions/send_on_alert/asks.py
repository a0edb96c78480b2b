"""What a person asks the alert door: of a document, of an alert that there might be, and of who is on duty.

Nothing is sent or kept, and numbers are masked.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.errors import Fault, InvalidMessage, SmsError
from aliyun_sms.message.phone_number import normalise
from aliyun_sms.privacy import mask, scrub, shown
from reminders import numbers_of
from routing.faults import InvalidRoutes
from routing.read import read_document
from routing.trying import tried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from alert import Alert
    from routing.document import Document
    from routing.rotation import Rotation
    from routing.trying import Told

MOST_FAULTS = 100  # that are told
MOST_TOLD = 100  # messages and alerts of a try
FIELDS = {
    "check": {"document"},
    "try": {"event", "document", "at"},
    "who": {"document", "at"},
    "message": {"to", "message"},
}
FIRST_YEAR, LAST_YEAR = 2000, 2999  # of a time that is asked about
NO_TIME = "must be a time with its offset, such as 2026-12-31T23:59:00+08:00"
NONE_IN_FORCE = "there is none in force: put one by sms alerts put FILE"


class BadQuestion(SmsError):
    """A question that cannot be answered, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.fault = Fault(field, reason)


class Door(NamedTuple):
    """What is needed of the door to answer.

    The document in force, how events and messages are read, why a number is not sent to, and the time.
    """

    document: Callable[[], Document | None]
    read: Callable[[Any], Sequence[Alert]]
    faults_of: Callable[[dict[str, Any]], Sequence[Fault]]
    refusal: Callable[[str], str | None]
    now: Callable[[], datetime]


def answer(question: Mapping[str, Any], door: Door) -> dict[str, Any]:
    """Answer {"ask": "check", "document"}, {"ask": "try", "event", "document"?, "at"?} or {"ask": "who", "at"?}.

    Or {"ask": "message", "to": names and numbers, "message"}, of a scheduled one. To the first and this
    {"faults": [{"field", "reason"}]}, to the second {"messages": [...], "untold": [...]}, to the third
    {"rotations": [...]}; to what cannot be read {"errors": [{"field", "reason"}]}. A document is its JSON text.
    """
    try:
        return _answer(question, door)
    except BadQuestion as bad:
        return {"errors": _listed([bad.fault])}
    except InvalidRoutes as invalid:
        return {"faults" if question["ask"] == "check" else "errors": _listed(invalid.faults)}


def _answer(question: Mapping[str, Any], door: Door) -> dict[str, Any]:
    ask = question.get("ask")
    if ask not in FIELDS:
        raise BadQuestion("ask", f"must be one of {', '.join(FIELDS)}")
    if unknown := question.keys() - {"ask"} - FIELDS[ask]:
        raise BadQuestion(shown(min(unknown)), f"is no field of {ask}")
    if ask == "check":
        return {"faults": _listed(_out_of_reach(read_document(_text(question)), door))}
    if ask == "message":
        return {"faults": _listed(_of_message(question, door))}
    document, at = _document(question, door), _at(question, door)
    if ask == "who":
        return {"at": _time(at), "rotations": [_duty(rotation, at) for rotation in document.rotations.values()]}
    return _try(question, door, document, at)


def _out_of_reach(document: Document, door: Door) -> list[Fault]:
    """Contacts whom the stack does not send to."""
    numbers = [normalise(contact.phone_number) for contact in document.contacts.values()]
    refusals = {f"contacts[{place}].phone_number": door.refusal(number) for place, number in enumerate(numbers)}
    return [Fault(place, reason) for place, reason in refusals.items() if reason]


def _of_message(question: Mapping[str, Any], door: Door) -> Sequence[Fault]:
    """What is wrong with a scheduled message, as far as it can be known now."""
    to, message = question.get("to"), question.get("message")
    if not isinstance(to, list) or not to or not all(isinstance(name, str) for name in to):
        raise BadQuestion("to", "must be a list of contacts, rotations and numbers")
    if not isinstance(message, dict):
        raise BadQuestion("message", "must be an object")
    try:
        numbers = numbers_of(to, door.document(), door.now())
    except InvalidMessage as invalid:
        return invalid.faults
    return door.faults_of({**message, "phone_numbers": numbers})


def _text(question: Mapping[str, Any]) -> str:
    text = question.get("document")
    if not isinstance(text, str):
        raise BadQuestion("document", "must be the JSON text of a document")
    return text


def _document(question: Mapping[str, Any], door: Door) -> Document:
    document = read_document(_text(question)) if "document" in question else door.document()
    if document is None:
        raise BadQuestion("document", NONE_IN_FORCE)
    return document


def _at(question: Mapping[str, Any], door: Door) -> datetime:
    if "at" not in question:
        return door.now()
    try:
        at = datetime.fromisoformat(question["at"])
    except (TypeError, ValueError):
        raise BadQuestion("at", NO_TIME) from None
    if at.tzinfo is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise BadQuestion("at", NO_TIME)
    return at.astimezone(UTC)


def _duty(rotation: Rotation, at: datetime) -> dict[str, Any]:
    now, *later = islice(rotation.duties(at), 2)
    following = {"next": later[0].contact, "next_until": _time(later[0].until)} if later else {}
    return {
        "rotation": rotation.name,
        "contact": now.contact,
        "until": _time(now.until),
        **({"next": None, "next_until": None} | following),
    }


def _try(question: Mapping[str, Any], door: Door, document: Document, at: datetime) -> dict[str, Any]:
    try:
        alerts = door.read(question.get("event"))
    except Exception as error:  # noqa: BLE001 - whatever a person has put into a file
        raise BadQuestion("event", f"cannot be read as an alert: {type(error).__name__}") from None
    messages, untold = tried(document, alerts, at)
    return {
        "messages": [_message(told) for told in messages[:MOST_TOLD]],
        "untold": [{"alert": scrub(alert.name), "why": why} for alert, why in untold[:MOST_TOLD]],
    }


def _message(told: Told) -> dict[str, Any]:
    """A message as it would be sent, its numbers masked, those in its texts as well."""
    message = told.planned.message(told.alerts, told.kind)
    return {
        "route": told.planned.route,
        "why": told.planned.why,
        "kind": told.kind,
        "alerts": len(told.alerts),
        "at": _time(told.at),
        "contacts": [
            {"name": contact.name, "phone_number": mask(contact.phone_number)} for contact in told.planned.contacts
        ],
        "sign_name": message.get("sign_name"),
        "template_code": message.get("template_code"),
        "template_param": {name: scrub(value) for name, value in message["template_param"].items()},
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _listed(faults: Sequence[Fault]) -> list[dict[str, str]]:
    return [{"field": fault.field, "reason": fault.reason} for fault in faults[:MOST_FAULTS]]
