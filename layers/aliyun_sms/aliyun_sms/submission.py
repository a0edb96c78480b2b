"""One submission: the calls that are made for it at once, and the result that they come to."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import observability
from .catalogue import lookup
from .client import LEAST_SECONDS
from .errors import CodedError, OutcomeUnknown
from .ledger import INTERRUPTED, Claim, Signing
from .limits import read_limit
from .request import Stamp
from .result import Result, Status
from .table import Conflict, TableUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from .answer import Answer
    from .catalogue import Entry
    from .client import SmsClient
    from .credentials import Credentials, CredentialsSource
    from .ledger import Ledger
    from .rows import MessageRow, SubmissionRow

MOST_ATTEMPTS = 3
LONGEST_PAUSE = 2  # seconds that are waited for the provider's gateway
LEAST_PAUSE = 0.2  # seconds before the second attempt; twice as long before the third
_STATUS: dict[str, Status] = {"success": "accepted", "ambiguous": "unknown"}  # every other category: rejected
_UNKNOWN: dict[str, Any] = {"status": "unknown", "category": "ambiguous", "retryable": False, "retry_at": None}
_RETRY_SECONDS = {"throttled": 1, "transient": 5}  # where the provider names no time


def wait_about(seconds: float) -> None:
    """Sleep for that long and up to as long again, so that those who were refused together do not return together."""
    time.sleep(seconds * random.uniform(1, 2))  # noqa: S311 - nothing depends on its being hard to guess


class Submitter:
    """Makes the calls of a submission. Sent again at once is only what certainly was not carried out."""

    def __init__(  # noqa: PLR0913 - what the outside world is made of
        self,
        client: SmsClient,
        credentials: CredentialsSource,
        ledger: Ledger,
        *,
        clock: Callable[[], datetime],
        pause: Callable[[float], None],
        advice_language: str = "en",
        looks_up_refusals: bool = False,
    ) -> None:
        """`credentials` is the client's own source, which is asked to renew when the provider refuses the key.

        `looks_up_refusals` doubts that a refusal for the input is of the whole call, where it has several recipients.
        """
        self._client = client
        self._credentials = credentials
        self._ledger = ledger
        self._clock = clock
        self._pause = pause
        self._advice_language = advice_language
        self._looks_up_refusals = looks_up_refusals

    def signing(self) -> Signing:
        """What a new request is signed with; raises NoCredentials."""
        return Signing(self._credentials.current(), self._client.stamp(), self._client.signature_version)

    def submit(self, claim: Claim, deadline: float) -> tuple[Claim, Result]:
        """Call until there is an answer that another call would not change; each is written down before it is made."""
        while True:
            used = self._credentials.current()
            claim, result = self.call_in_time(claim, deadline)
            if not self._again_at_once(result, claim.submission.attempts, used):
                return claim, result
            self._pause(self._seconds_to_wait(result, claim.submission.attempts))
            if deadline - self._clock().timestamp() < LEAST_SECONDS:
                return claim, result
            try:
                claim = self._ledger.attempt(claim, self.signing())
            except (Conflict, TableUnavailable, CodedError):
                return claim, result

    def call_in_time(self, claim: Claim, deadline: float) -> tuple[Claim, Result]:
        """One call, unless a message has expired: that is asked last, since to write the call down took time.

        The result is that of every message. The claim's submission says what the answer was.
        """
        if any(map(self.expired, claim.messages)):
            return claim, self._not_called(claim)
        result, refused = self._called(claim.submission, deadline)
        return Claim(claim.messages, replace(claim.submission, code=result.code, refused=refused)), result

    def _not_called(self, claim: Claim) -> Result:
        if len(claim.messages) == 1:
            return self.too_late("expires_at had passed")
        return self.result("client:not-submitted", "a message of the submission had expired")

    def expired(self, message: MessageRow) -> bool:
        """Whether nothing may be sent for it any more."""
        return message.expires_at is not None and message.expires_at <= self._clock().timestamp()

    def too_late(self, reason: str) -> Result:
        """The result of what expired, and certainly was never submitted."""
        return replace(self.result("client:expired", reason), status="expired")

    def _called(self, row: SubmissionRow, deadline: float) -> tuple[Result, bool]:
        """One call, exactly as it is written down; and whether it was refused, perhaps for some recipients alone.

        Every fault is a result.
        """
        try:
            answer = self._call(row, deadline)
        except OutcomeUnknown as unknown:
            return self.unknown(unknown), False
        except CodedError as error:
            return self.result(error.code, error.description), False
        except Exception as error:  # noqa: BLE001 - the door must answer, and what may have been sent is unknown
            observability.defect(error)
            return self.unknown(OutcomeUnknown("client:internal-error", type(error).__name__)), False
        result = self._answered(answer)
        if len(row.recipients) > 1 and result.status == "rejected" and self._is_perhaps_of_some(row, answer):
            return self._as_unknown(result), True
        return result, False

    def _call(self, row: SubmissionRow, deadline: float) -> Answer:
        seconds_left = deadline - self._clock().timestamp()
        stamp = Stamp(datetime.fromtimestamp(row.timestamp, UTC), row.nonce)
        given: dict[str, Any] = {"out_id": row.out_id, "seconds_left": seconds_left, "stamp": stamp}
        if row.is_batch:
            return self._client.send_batch_sms(
                row.recipients,
                row.for_each_number(row.sign_names),
                row.template_code,
                row.for_each_number(list(map(json.loads, row.template_params))) if row.template_params else None,
                sms_up_extend_codes=row.for_each_number(row.extend_codes) if row.extend_codes else None,
                **given,
            )
        return self._client.send_sms(
            row.recipients,
            row.sign_names[0],
            row.template_code,
            row.template_params[0] if row.template_params else None,
            sms_up_extend_code=row.extend_codes[0] if row.extend_codes else None,
            **given,
        )

    def _is_perhaps_of_some(self, row: SubmissionRow, answer: Answer) -> bool:
        """Whether the others may have been sent to: by its code, a receipt, or because nothing is taken for granted."""
        if lookup(answer.code).per_recipient or answer.biz_id is not None:
            return True
        return self._looks_up_refusals and is_of_some(row, answer.code)

    def result(self, code: str, description: str) -> Result:
        """The result that a code stands for."""
        entry = lookup(code)
        seconds = _RETRY_SECONDS.get(entry.category)
        return Result(
            message_id="",
            status=_STATUS.get(entry.category, "rejected"),
            code=code,
            description=description,
            category=entry.category,
            retryable=entry.retryable,
            advice=self._advice(entry),
            retry_at=self._clock() + timedelta(seconds=seconds) if seconds else None,
        )

    def unknown(self, unknown: OutcomeUnknown) -> Result:
        """A code that stands for a refusal proves nothing on a 5xx, so the category is set, not looked up."""
        result = self.result(unknown.code, unknown.description)
        return replace(self._as_unknown(result), request_id=unknown.request_id)

    def _as_unknown(self, result: Result) -> Result:
        """What to do about a refusal is no advice where it is not known whether it was one."""
        advice = result.advice if result.category == "ambiguous" else self._advice(lookup(INTERRUPTED))
        return replace(result, **_UNKNOWN, advice=advice)

    def interrupted(self) -> Result:
        """The result of a call whose function was killed."""
        return self.unknown(OutcomeUnknown(INTERRUPTED, "the function was gone before its answer"))

    def not_carried_out(self) -> Result:
        """The result of a message under a void submission: it is put back into the queue."""
        return replace(self.result("client:not-submitted", "the function was gone before its call"), status="queued")

    def refusal(self, code: str, description: str, at: datetime) -> Result:
        """The result of a refusal that came at that time; a limit that it names says when to try again."""
        result = self.result(code, description)
        limit = read_limit(description, at) if result.category == "throttled" else None
        return replace(result, retry_at=limit.opens_at) if limit else result

    def _answered(self, answer: Answer) -> Result:
        result = self.refusal(answer.code, answer.message, self._clock())
        result = replace(result, request_id=answer.request_id, biz_id=answer.biz_id)
        if answer.retry_after and not read_limit(answer.message, self._clock()):
            return replace(result, retry_at=self._clock() + timedelta(seconds=answer.retry_after))
        return result

    def _again_at_once(self, result: Result, attempts: int, used: Credentials) -> bool:
        """Whether nothing was carried out for sure, and the reason may be gone with the next attempt.

        `used` is the key that the refused request was signed with.
        """
        if attempts >= MOST_ATTEMPTS or not result.comes_again:
            return False
        entry = lookup(result.code or "")
        if entry.credentials:
            return attempts == 1 and self._renewed(used)
        if entry.category == "throttled" and result.retry_after(self._clock()) > LONGEST_PAUSE:
            return False
        return entry.at_once and (entry.category != "configuration" or attempts == 1)  # a clock is refused once

    def _seconds_to_wait(self, result: Result, attempts: int) -> float:
        named = result.retry_after(self._clock()) if result.category == "throttled" else 0
        doubled: float = LEAST_PAUSE * 2 ** (attempts - 1)
        return max(named, doubled)

    def _renewed(self, used: Credentials) -> bool:
        try:
            return self._credentials.renew(used)
        except CodedError:
            return False

    def _advice(self, entry: Entry) -> str | None:
        return entry.advice_zh if self._advice_language == "zh" else entry.advice_en


def is_of_some(submission: SubmissionRow, code: str | None) -> bool:
    """Whether a refusal of all can be because of some: because of what differs from one message to another."""
    part = lookup(code or "").part
    if part in {"phone_number", "any"}:
        return True
    values = {
        "sign_name": submission.sign_names,
        "template_param": submission.template_params,
        "sms_up_extend_code": submission.extend_codes,
    }
    return part is not None and len(set(values[part] or [])) > 1
