"""The result of a message, the same JSON object at every door, and the results that codes stand for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from .errors import OutcomeUnknown
from .provider.catalogue import lookup
from .provider.frequency_limits import read_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from datetime import datetime

    from .errors import Fault
    from .provider.answer import Answer
    from .provider.catalogue import Category, Entry

Status = Literal["queued", "sending", "accepted", "rejected", "unknown", "expired"]
INTERRUPTED = "client:interrupted"  # the code of a call whose function was killed
OUT_OF_TIME = "client:out-of-time"  # and of one that there was no time for
DAILY_LIMIT = "client:daily-limit"  # of a message that a cap has no room for today
STOPPED = "client:stopped"  # and of one that came in while a person had stopped all sending
_COMES_AGAIN = {"throttled", "transient", "configuration"}  # categories of what was certainly not sent
_BY_DEFAULT = {"sign_name", "template_code"}  # what a message may name, and else has of the stack
_ASK_LATER = {  # what to do about a message that settling will finish, by the language of advice
    "en": "Ask for it by GET later and do not send it under another key, since settling will finish it.",
    "zh": "稍后用 GET 查询结果，其间不要换用其他幂等键重发：系统会核实或继续发送。",
}
_STATUS: dict[str, Status] = {"success": "accepted", "ambiguous": "unknown"}  # every other category: rejected
_RETRY_SECONDS = {"throttled": 1, "transient": 5}  # where the provider names no time
LEAST_WAIT, LONGEST_WAIT = 60, 3600  # seconds in the ledger, where it names none


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message. `retry_at` is when a throttled one can be accepted, if the provider says that."""

    message_id: str
    status: Status
    code: str | None
    description: str | None = field(repr=False)
    category: Category | None
    retryable: bool
    advice: str | None
    request_id: str | None = None
    biz_id: str | None = None
    reference: str | None = field(default=None, repr=False)
    recipients: int = 0
    duplicate: bool = False
    faults: tuple[Fault, ...] = field(default=(), repr=False)  # the first ten of a message that is none,
    fault_count: int = 0  # of so many
    retry_at: datetime | None = None
    by_inference: bool = False  # it was not tried itself: what refused others of its kind holds for it
    of_caller: bool = False  # it is refused for a signature or template that its caller named
    held: bool = False  # a person has it, because its outcome stayed unknown

    @property
    def comes_again(self) -> bool:
        """Whether nothing was sent and a later try of the same message can succeed; a caller's mistake stays one."""
        return self.status == "rejected" and self.category in _COMES_AGAIN and not self.of_caller

    @property
    def releases_key(self) -> bool:
        """Whether nothing was sent and the key may be claimed anew: a refusal by inference alone is not final."""
        return self.status == "rejected" and (self.category in _COMES_AGAIN or self.by_inference)

    def told_by(self, named: Container[str]) -> Result:
        """The result as that of a message that named these fields itself, and has the others by default."""
        part = lookup(self.code or "").part
        of_caller = self.category == "configuration" and part in _BY_DEFAULT and part in named
        return replace(self, of_caller=of_caller)

    def document(self) -> dict[str, object]:
        """The JSON object that callers get; only what a person has is said to be held."""
        document: dict[str, object] = {
            "message_id": self.message_id,
            "status": self.status,
            "code": self.code,
            "description": self.description,
            "category": self.category,
            "retryable": self.retryable,
            "advice": self.advice,
            "request_id": self.request_id,
            "biz_id": self.biz_id,
            "reference": self.reference,
            "recipients": self.recipients,
            "duplicate": self.duplicate,
        }
        return {**document, "held": True} if self.held else document

    def retry_after(self, now: datetime) -> int:
        """Whole seconds until another try makes sense, 1 at least."""
        if self.retry_at:
            return max(1, math.ceil((self.retry_at - now).total_seconds()))
        return _RETRY_SECONDS.get(self.category or "", 1)


def restored(document: Mapping[str, Any] | None, message_id: str, status: str, reference: str | None) -> Result:
    """The result in a document, as that of a duplicate; without one, that of a message whose call is not over."""
    if document is None:
        document = {"code": None, "description": None, "category": None, "retryable": False, "advice": None}
    not_stored = {"faults", "fault_count", "retry_at", "by_inference", "of_caller", "held"}
    known = {field.name for field in fields(Result)} - not_stored
    given = {name: value for name, value in document.items() if name in known}
    return Result(**{**given, "message_id": message_id, "status": status, "reference": reference, "duplicate": True})


class Results:
    """Makes the results that codes stand for. They name no message yet."""

    def __init__(self, clock: Callable[[], datetime], advice_language: str = "en") -> None:
        """Advice is in English, or in Chinese where the language is `zh`."""
        self._clock = clock
        self._advice_language = advice_language

    def of_code(self, code: str, description: str) -> Result:
        """The result that a code stands for: the provider's or one of ours."""
        entry = lookup(code)
        return Result(
            message_id="",
            status=_STATUS.get(entry.category, "rejected"),
            code=code,
            description=description,
            category=entry.category,
            retryable=entry.retryable,
            advice=self._advice(entry),
        )

    def of_answer(self, answer: Answer) -> Result:
        """The result that the provider's answer stands for. A time that it names says when to try again."""
        result = self.of_refusal(answer.code, answer.message, self._clock())
        result = replace(result, request_id=answer.request_id, biz_id=answer.biz_id)
        if answer.retry_after and not read_limit(answer.message, self._clock()):
            return replace(result, retry_at=self._clock() + timedelta(seconds=answer.retry_after))
        return result

    def of_refusal(self, code: str, description: str, at: datetime) -> Result:
        """The result of an answer that came at that time. A frequency limit that it names says when to try again."""
        result = self.of_code(code, description)
        limit = read_limit(description, at) if result.category == "throttled" else None
        return replace(result, retry_at=limit.opens_at) if limit else result

    def unknown(self, unknown: OutcomeUnknown) -> Result:
        """The result of a call that may have been carried out, whatever its code stands for elsewhere.

        On a 5xx a code that stands for a refusal proves nothing.
        """
        result = self.of_code(unknown.code, unknown.description)
        return replace(self.as_unknown(result), request_id=unknown.request_id)

    def as_unknown(self, result: Result) -> Result:
        """A refusal turned into an unknown outcome, with the advice for that: what to do about a refusal is none."""
        advice = result.advice if result.category == "ambiguous" else self._advice(lookup(INTERRUPTED))
        return replace(result, status="unknown", category="ambiguous", retryable=False, retry_at=None, advice=advice)

    def expired(self, reason: str) -> Result:
        """The result of what expired, and certainly was never submitted."""
        return replace(self.of_code("client:expired", reason), status="expired")

    def parked(self, result: Result, created_at: float, expires_at: float | None) -> Result:
        """The result of a message that waits in the ledger until it can be accepted, if it does not expire before.

        What is throttled without a word for how long waits as long again as it is old, but a minute to an hour.
        Times are seconds since 1970.
        """
        now = self._clock()
        seconds: float = result.retry_after(now)
        if result.category == "throttled" and result.retry_at is None:
            seconds = min(max(now.timestamp() - created_at, LEAST_WAIT), LONGEST_WAIT)
        retry_at = result.retry_at or now + timedelta(seconds=seconds)
        if expires_at and expires_at <= retry_at.timestamp():
            return self.expired("it expires before it can be sent")
        return replace(result, status="queued", retry_at=retry_at)

    def left_to_settling(self, result: Result) -> Result:
        """The result of a message that settling will finish: what its code advises is for a person who has it."""
        return replace(result, advice=_ASK_LATER[self._advice_language])

    def lapsed(self, *, void: bool) -> Result:
        """The result of a message whose lease ran out: its function was killed.

        Under a void submission nothing was sent, so it goes back into the queue; else nobody knows.
        """
        if void:
            result = self.of_code("client:not-submitted", "the function was gone before its call")
            return replace(result, status="queued")
        return self.unknown(OutcomeUnknown(INTERRUPTED, "the function was gone before its answer"))

    def _advice(self, entry: Entry) -> str | None:
        return entry.advice_zh if self._advice_language == "zh" else entry.advice_en
