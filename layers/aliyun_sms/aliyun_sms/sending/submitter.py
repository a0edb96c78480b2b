"""One submission: the calls that are made for it at once, and the result that they come to."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from aliyun_sms import observability
from aliyun_sms.errors import CodedError, OutcomeUnknown
from aliyun_sms.ledger.claim import Claim
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.privacy import scrub
from aliyun_sms.provider.catalogue import lookup
from aliyun_sms.provider.deadline import LEAST_SECONDS
from aliyun_sms.provider.request import Signing, Stamp

from .throttling import Throttling

if TYPE_CHECKING:
    from collections.abc import Callable

    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.ledger.submission_row import SubmissionRow
    from aliyun_sms.provider.answer import Answer
    from aliyun_sms.provider.client import SmsClient
    from aliyun_sms.provider.credentials import Credentials, CredentialsSource
    from aliyun_sms.result import Result, Results

MOST_ATTEMPTS = 3
LONGEST_PAUSE = 2  # seconds that are waited for the provider's gateway
LEAST_PAUSE = 0.2  # seconds before the second attempt; twice as long before the third


def wait_about(seconds: float) -> None:
    """Sleep for that long and up to as long again, so that those who were refused together do not return together."""
    time.sleep(seconds * random.uniform(1, 2))  # noqa: S311 - nothing depends on its being hard to guess


class Submitter:
    """Makes the calls of a submission. Sent again at once is only what certainly was not carried out."""

    def __init__(
        self,
        client: SmsClient,
        credentials: CredentialsSource,
        ledger: Ledger,
        results: Results,
        *,
        clock: Callable[[], datetime],
        pause: Callable[[float], None],
        looks_up_refusals: bool = False,
    ) -> None:
        """`credentials` is the client's own source, which is asked to renew when the provider refuses the key.

        `pause` waits for so many seconds at least. `looks_up_refusals` doubts that a refusal for the input is of the
        whole call, where it has several recipients.
        """
        self.client = client
        self.results = results
        self.credentials = credentials
        self._ledger = ledger
        self._clock = clock
        self._pause = pause
        self._looks_up_refusals = looks_up_refusals
        self._throttling = Throttling(clock)

    def signing(self) -> Signing:
        """What a new request is signed with; raises NoCredentials."""
        return Signing(self.credentials.current(), self.client.stamp(), self.client.signature_version)

    def submit(self, claim: Claim, deadline: float) -> tuple[Claim, Result]:
        """Call until there is an answer that another call would not change; each is written down before it is made."""
        for attempts in count(1):
            used = self.credentials.current()
            claim, result = self._throttled(claim) or self.call_in_time(claim, deadline)
            if not self._again_at_once(result, attempts, used):
                break
            self._pause(self._seconds_to_wait(result, attempts))
            if deadline - self._clock().timestamp() < LEAST_SECONDS:
                break
            try:
                claim = self._ledger.attempt(claim, self.signing())
            except (Conflict, TableUnavailable, CodedError):
                break
        return claim, result

    def call_in_time(self, claim: Claim, deadline: float) -> tuple[Claim, Result]:
        """One call, unless a message has expired: that is asked last, since to write the call down took time.

        The result is that of every message. The claim's submission says what the answer was.
        """
        if any(map(self.expired, claim.messages)):
            return claim, self._not_called(claim)
        result, refused = self._called(claim.submission, deadline)
        result = _scrubbed(result, claim.submission)
        return Claim(claim.messages, claim.submission.answered(result.code, refused=refused)), result

    def _throttled(self, claim: Claim) -> tuple[Claim, Result] | None:
        """The result of a call that is not made, since the provider throttles. A caller who waits is worth a call."""
        shut = self._throttling.shut(claim.submission)
        if shut is None or claim.messages[0].door == "request":
            return None
        result = self.results.of_code(shut.code, "not asked: the provider throttles")
        return claim, replace(result, retry_at=shut.until)

    def _not_called(self, claim: Claim) -> Result:
        if len(claim.messages) == 1:
            return self.results.expired("expires_at had passed")
        return self.results.of_code("client:not-submitted", "a message of the submission had expired")

    def expired(self, message: MessageRow) -> bool:
        """Whether nothing may be sent for it any more."""
        return message.expires_at is not None and message.expires_at <= self._clock().timestamp()

    def renewed(self, code: str | None, used: Credentials) -> bool:
        """Whether a code says that the provider refused this key or token, and the secret holds another now."""
        if not lookup(code or "").credentials:
            return False
        try:
            return self.credentials.renew(used)
        except CodedError:
            return False

    def _called(self, row: SubmissionRow, deadline: float) -> tuple[Result, bool]:
        """One call, exactly as it is written down; and whether it was refused, perhaps for some recipients alone.

        Every fault is a result.
        """
        try:
            answer = self._call(row, deadline)
        except OutcomeUnknown as unknown:
            return self.results.unknown(unknown), False
        except CodedError as error:
            return self.results.of_code(error.code, error.description), False
        except Exception as error:  # noqa: BLE001 - the door must answer, and what may have been sent is unknown
            observability.defect(error)
            return self.results.unknown(OutcomeUnknown("client:internal-error", type(error).__name__)), False
        result = self.results.of_answer(answer)
        self._throttling.learn(row, result)
        if len(row.recipients) > 1 and result.status == "rejected" and self._is_perhaps_of_some(row, answer):
            return self.results.as_unknown(result), True
        return result, False

    def _call(self, row: SubmissionRow, deadline: float) -> Answer:
        seconds_left = deadline - self._clock().timestamp()
        stamp = Stamp(datetime.fromtimestamp(row.timestamp, UTC), row.nonce)
        given: dict[str, Any] = {"out_id": row.out_id, "seconds_left": seconds_left, "stamp": stamp}
        if row.is_batch:
            return self.client.send_batch_sms(
                row.recipients,
                row.for_each_number(row.sign_names),
                row.template_code,
                row.for_each_number(list(map(json.loads, row.template_params))) if row.template_params else None,
                sms_up_extend_codes=row.for_each_number(row.extend_codes) if row.extend_codes else None,
                **given,
            )
        return self.client.send_sms(
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

    def _again_at_once(self, result: Result, attempts: int, used: Credentials) -> bool:
        """Whether nothing was carried out for sure, and the reason may be gone with the next attempt.

        `used` is the key that the refused request was signed with.
        """
        if attempts >= MOST_ATTEMPTS or not result.comes_again:
            return False
        entry = lookup(result.code or "")
        if entry.credentials:
            return attempts == 1 and self.renewed(result.code, used)
        if entry.category == "throttled" and result.retry_after(self._clock()) > LONGEST_PAUSE:
            return False
        return entry.at_once and (entry.category != "configuration" or attempts == 1)  # a clock is refused once

    def _seconds_to_wait(self, result: Result, attempts: int) -> float:
        named = result.retry_after(self._clock()) if result.category == "throttled" else 0
        doubled: float = LEAST_PAUSE * 2 ** (attempts - 1)
        return max(named, doubled)


def _scrubbed(result: Result, submission: SubmissionRow) -> Result:
    """The result without what the provider's text says of numbers and values: it goes into the ledger and answers."""
    if not result.description:
        return result
    return replace(result, description=scrub(result.description, submission.template_params or ()))


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
    return len(set(values.get(part or "") or [])) > 1
