"""One submission: the calls that are made for it at once, and the result that they come to."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import observability
from .catalogue import lookup
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
    from .credentials import CredentialsSource
    from .ledger import Ledger
    from .rows import MessageRow, SubmissionRow

MOST_ATTEMPTS = 3
LONGEST_PAUSE = 2  # seconds that are waited for the provider's gateway
LEAST_PAUSE = 0.2  # seconds before the second attempt; twice as long before the third
LEAST_LEFT = 1  # second: with less no call is begun
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
    ) -> None:
        """`credentials` is the client's own source, which is asked to renew when the provider refuses the key."""
        self._client = client
        self._credentials = credentials
        self._ledger = ledger
        self._clock = clock
        self._pause = pause
        self._advice_language = advice_language

    def signing(self) -> Signing:
        """What a new request is signed with; raises NoCredentials."""
        return Signing(self._credentials.current(), self._client.stamp(), self._client.signature_version)

    def submit(self, claim: Claim, deadline: float) -> tuple[Claim, Result]:
        """Call until there is an answer that another call would not change; each is written down before it is made."""
        while True:
            result = self.call_in_time(claim, deadline)
            if not self._again_at_once(result, claim.submission.attempts):
                return claim, result
            self._pause(self._seconds_to_wait(result, claim.submission.attempts))
            if deadline - self._clock().timestamp() < LEAST_LEFT:
                return claim, result
            try:
                claim = self._ledger.attempt(claim, self.signing())
            except (Conflict, TableUnavailable, CodedError):
                return claim, result

    def call_in_time(self, claim: Claim, deadline: float) -> Result:
        """One call, unless the message has expired: it is asked last, since to write the call down took time."""
        if self.expired(claim.message):
            return self.too_late("expires_at had passed")
        return self.call(claim.submission, deadline)

    def expired(self, message: MessageRow) -> bool:
        """Whether nothing may be sent for it any more."""
        return message.expires_at is not None and message.expires_at <= self._clock().timestamp()

    def too_late(self, reason: str) -> Result:
        """The result of what expired, and certainly was never submitted."""
        return replace(self.result("client:expired", reason), status="expired")

    def call(self, row: SubmissionRow, deadline: float) -> Result:
        """One call, exactly as it is written down. Every fault is a result."""
        stamp = Stamp(datetime.fromtimestamp(row.timestamp, UTC), row.nonce)
        try:
            answer = self._client.send_sms(
                row.recipients,
                row.sign_name,
                row.template_code,
                row.template_param,
                sms_up_extend_code=row.sms_up_extend_code,
                out_id=row.out_id,
                seconds_left=deadline - self._clock().timestamp(),
                stamp=stamp,
            )
        except OutcomeUnknown as unknown:
            return self.unknown(unknown)
        except CodedError as error:
            return self.result(error.code, error.description)
        except Exception as error:  # noqa: BLE001 - the door must answer, and what may have been sent is unknown
            observability.defect(error)
            return self.unknown(OutcomeUnknown("client:internal-error", type(error).__name__))
        result = self._answered(answer)
        if len(row.recipients) > 1 and lookup(answer.code).per_recipient:
            return replace(result, **_UNKNOWN)
        return result

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
        return replace(result, **_UNKNOWN, request_id=unknown.request_id)

    def interrupted(self) -> Result:
        """The result of a call whose function was killed."""
        return self.unknown(OutcomeUnknown(INTERRUPTED, "the function was gone before its answer"))

    def _answered(self, answer: Answer) -> Result:
        result = self.result(answer.code, answer.message)
        retry_at = result.retry_at
        limit = read_limit(answer.message, self._clock()) if result.category == "throttled" else None
        if limit:
            retry_at = limit.opens_at
        elif answer.retry_after:
            retry_at = self._clock() + timedelta(seconds=answer.retry_after)
        return replace(result, request_id=answer.request_id, biz_id=answer.biz_id, retry_at=retry_at)

    def _again_at_once(self, result: Result, attempts: int) -> bool:
        """Whether nothing was carried out for sure, and the reason may be gone with the next attempt."""
        if attempts >= MOST_ATTEMPTS or not result.comes_again:
            return False
        entry = lookup(result.code or "")
        if entry.credentials:
            return attempts == 1 and self._renewed()
        if entry.category == "throttled" and result.retry_after(self._clock()) > LONGEST_PAUSE:
            return False
        return entry.at_once and (entry.category != "configuration" or attempts == 1)  # a clock is refused once

    def _seconds_to_wait(self, result: Result, attempts: int) -> float:
        named = result.retry_after(self._clock()) if result.category == "throttled" else 0
        doubled: float = LEAST_PAUSE * 2 ** (attempts - 1)
        return max(named, doubled)

    def _renewed(self) -> bool:
        try:
            return self._credentials.renew()
        except CodedError:
            return False

    def _advice(self, entry: Entry) -> str | None:
        return entry.advice_zh if self._advice_language == "zh" else entry.advice_en
