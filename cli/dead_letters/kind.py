"""What kind of letter it is: why it is there as far as anything tells, and which command comes next."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cli.dead_letters.given_up_alert import event_of, held_in, is_reminder
from cli.dead_letters.given_up_run import invocation_of, with_keys
from cli.dead_letters.json_text import member
from cli.dead_letters.letter import ALERTS, SCHEDULE
from cli.masking import scrubbed

if TYPE_CHECKING:
    from cli.dead_letters.letter import Letter

MENDABLE = {"configuration", "throttled", "transient"}  # categories of what was certainly not sent, and can be
RAISED = {"NothingSentError", "NotSentError"}  # for what was not sent, whose text is codes alone


class Kind(StrEnum):
    """Kinds of letters; each has its next command in NEXT."""

    HELD = "nobody knows whether it was sent"
    INVOCATION = "Lambda gave up the invocation"
    INPUT = "the schedule's function could not be invoked"
    EXPIRED = "it has expired"
    NO_MESSAGE = "it holds no message"
    TRIES = "SQS gave it up after QueueMaximumReceives tries: the log of the queue's function says why"
    MENDABLE = "it was refused, and can be sent once the cause is mended"
    FAULTY = "it was refused, and has to be corrected"
    UNKNOWN_NAME = "it names a signature or template that the provider does not know"
    NOT_TAKEN = "the alert door did not take it"
    NOT_GIVEN = "it could not be given to the alert door"
    NO_RUN = "it names no run of a schedule, so it might be sent twice: send it by hand"
    TICK = "the alert door did not end its work of a minute: the next minute goes on with it"
    NO_ALERT = "it is no alert, and no message to people by name"


NEXT = {  # `options` are those that lead to the same stack again
    Kind.HELD: "{sms} lookup {id}{options}",
    Kind.INVOCATION: "{sms} letters show {id} --to input.json{options}",
    Kind.INPUT: "{sms} letters show {id} --to input.json{options}",
    Kind.EXPIRED: "{sms} letters delete {id}{options}",
    Kind.NO_MESSAGE: "{sms} letters show {id} --body{options}",
    Kind.TRIES: "{sms} redrive {id}{options}",
    Kind.MENDABLE: "{sms} redrive {id}{options}",
    Kind.FAULTY: "{sms} letters show {id} --to message.json{options}",
    Kind.UNKNOWN_NAME: "{sms} letters show {id} --to message.json{options}",
    Kind.NOT_TAKEN: "{sms} redrive {id}{options}",
    Kind.NOT_GIVEN: "{sms} redrive {id}{options}",
    Kind.NO_RUN: "{sms} letters show {id} --to event.json{options}",
    Kind.TICK: "{sms} letters delete {id}{options}",
    Kind.NO_ALERT: "{sms} letters show {id} --body{options}",
}
CERTAINLY_NOT_SENT = {Kind.EXPIRED, Kind.MENDABLE, Kind.FAULTY, Kind.UNKNOWN_NAME}


def kind_of(letter: Letter) -> Kind:
    """The kind of a letter. One without a category is of an earlier version, and taken for faulty if it was refused."""
    if letter.queue == ALERTS:
        return _of_event(letter)
    if letter.is_held:
        return Kind.HELD
    if invocation_of(letter):
        return Kind.INVOCATION
    if letter.queue == SCHEDULE and letter.status is None and letter.document is not None:
        return Kind.INPUT
    return Kind.NO_MESSAGE if letter.message() is None else _of_status(letter)


def _of_status(letter: Letter) -> Kind:
    if letter.status is None:
        return Kind.TRIES
    if letter.status == "expired":
        return Kind.EXPIRED
    if "of_caller" in letter.attributes:
        return Kind.UNKNOWN_NAME
    return Kind.MENDABLE if letter.attributes.get("category") in MENDABLE else Kind.FAULTY


def _of_event(letter: Letter) -> Kind:
    if event_of(letter) is not None:
        return Kind.NOT_TAKEN if invocation_of(letter) else Kind.NOT_GIVEN
    event = held_in(letter)
    if "tick" in event:
        return Kind.TICK
    return Kind.NO_RUN if is_reminder(event) else Kind.NO_ALERT


def code_of(letter: Letter) -> str | None:
    """The code of its result, or what Lambda or Scheduler have for one."""
    named = letter.attributes.get("code") or letter.attributes.get("ERROR_CODE")
    code = named or _of(invocation_of(letter), "requestContext", "condition")
    return fit(code) if code else None


def why(letter: Letter) -> str:
    """Why it is a letter, beside its code. Texts of others are scrubbed."""
    if reason := letter.attributes.get("reason"):
        return fit(reason)
    kind = kind_of(letter)
    if invocation := invocation_of(letter):
        error = _of(invocation, "responsePayload", "errorType")
        told = _of(invocation, "responsePayload", "errorMessage") if error in RAISED else error
        return _joined(kind, told)
    texts = [letter.attributes.get(name) for name in ("EXHAUSTED_RETRY_CONDITION", "ERROR_MESSAGE")]
    return _joined(kind, *texts) if kind in {Kind.INPUT, Kind.NOT_GIVEN} else str(kind)


def body_of(letter: Letter) -> str:
    """What can be sent again, digit for digit: the input of a schedule, or the message with the key that it had.

    Of alerts, the event as their door takes it.
    """
    kind = kind_of(letter)
    if letter.queue == ALERTS:
        return event_of(letter) or letter.body
    if kind == Kind.INVOCATION:
        return _input_of(letter)
    return letter.body if kind == Kind.INPUT else letter.message() or letter.body


def _input_of(letter: Letter) -> str:
    """The input of an invocation. What was sent of it before the function ended must not be sent under other keys."""
    text = str(member(letter.body, "requestPayload"))
    request_id = _of(invocation_of(letter), "requestContext", "requestId")
    return with_keys(text, request_id) if request_id else text


def fit(text: str) -> str:
    """A text of others, fit for a terminal: numbers masked, and no control character."""
    return scrubbed("".join(character if character.isprintable() else " " for character in text))


def _joined(*parts: str | None) -> str:
    return ": ".join(fit(part) for part in parts if part)


def _of(document: dict[str, Any] | None, outer: str, name: str) -> str | None:
    """A text in a document in a document, where both are there."""
    inner = (document or {}).get(outer)
    value = inner.get(name) if isinstance(inner, dict) else None
    return value if isinstance(value, str) else None
