"""The core behind every door: read the message, submit it, say what became of it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from . import observability
from .catalogue import Entry, lookup
from .errors import CodedError, Fault, InvalidMessage, OutcomeUnknown
from .limits import read_limit
from .message import Defaults, Message
from .result import Origin, Result, Status, message_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from .answer import Answer
    from .client import SmsClient
    from .credentials import CredentialsSource

_STATUS: dict[str, Status] = {"success": "accepted", "ambiguous": "unknown"}  # every other category: rejected
_RETRY_SECONDS = {"throttled": 1, "transient": 5}  # where the provider names no time


class Sender:
    """Sends messages and gives a result for each, whatever happens; it raises nothing."""

    def __init__(
        self,
        client: SmsClient,
        credentials: CredentialsSource,
        *,
        defaults: Defaults | None = None,
        advice_language: str = "en",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`credentials` is the client's own source, which is asked to renew when the provider refuses the key."""
        self._client = client
        self._credentials = credentials
        self._defaults = defaults or Defaults()
        self._advice_language = advice_language
        self._clock = clock

    def send(self, document: object, origin: Origin, seconds_left: float) -> Result:
        """Send the message in a door's JSON object; `seconds_left` bounds the call of the provider."""
        try:
            message = Message(document, self._defaults)
        except InvalidMessage as invalid:
            return self.refuse(invalid, origin, given_key(document))
        except Exception as error:  # noqa: BLE001 - one odd message must not bring down its neighbours
            observability.defect(error)
            return self.refuse(InvalidMessage([Fault("message", "cannot be read")]), origin)
        return self._send(message, origin, seconds_left)

    def refuse(self, invalid: InvalidMessage, origin: Origin, key: str | None = None) -> Result:
        """The result of what is no message."""
        result = replace(
            self._result("client:invalid-message", str(invalid)),
            message_id=message_id(origin.scope, key or origin.key),
            faults=invalid.faults,
        )
        observability.record(result, origin.door, None, 0)
        return result

    def _send(self, message: Message, origin: Origin, seconds_left: float) -> Result:
        started = time.monotonic()
        own_id = message_id(origin.scope, message.idempotency_key or origin.key)
        result = replace(
            self._outcome(message, own_id, started + seconds_left),
            message_id=own_id,
            reference=message.reference,
            recipients=len(message.phone_numbers),
        )
        observability.record(result, origin.door, message, round(1000 * (time.monotonic() - started)))
        return result

    def _outcome(self, message: Message, out_id: str, deadline: float) -> Result:
        if message.expires_at and message.expires_at <= self._clock():
            return replace(self._result("client:expired", "expires_at had passed"), status="expired")
        try:
            return self._answered(self._submit(message, out_id, deadline))
        except OutcomeUnknown as unknown:
            return self._unknown(unknown)
        except CodedError as error:
            return self._result(error.code, error.description)
        except Exception as error:  # noqa: BLE001 - the door must answer, and what may have been sent is unknown
            observability.defect(error)
            return self._unknown(OutcomeUnknown("client:internal-error", type(error).__name__))

    def _submit(self, message: Message, out_id: str, deadline: float) -> Answer:
        """One call; a second only where the provider refused the key and the secret has really changed."""
        answer = self._call(message, out_id, deadline)
        if lookup(answer.code).credentials and self._credentials.renew():
            return self._call(message, out_id, deadline)
        return answer

    def _call(self, message: Message, out_id: str, deadline: float) -> Answer:
        return self._client.send_sms(
            message.phone_numbers,
            message.sign_name,
            message.template_code,
            message.template_param,
            sms_up_extend_code=message.sms_up_extend_code,
            out_id=out_id,
            seconds_left=deadline - time.monotonic(),
        )

    def _answered(self, answer: Answer) -> Result:
        result = self._result(answer.code, answer.message)
        retry_at = result.retry_at
        limit = read_limit(answer.message, self._clock()) if result.category == "throttled" else None
        if limit:
            retry_at = limit.opens_at
        elif answer.retry_after:
            retry_at = self._clock() + timedelta(seconds=answer.retry_after)
        return replace(result, request_id=answer.request_id, biz_id=answer.biz_id, retry_at=retry_at)

    def _unknown(self, unknown: OutcomeUnknown) -> Result:
        """A code that stands for a refusal proves nothing on a 5xx, so the category is set, not looked up."""
        result = self._result(unknown.code, unknown.description)
        return replace(
            result,
            status="unknown",
            category="ambiguous",
            retryable=False,
            retry_at=None,
            request_id=unknown.request_id,
        )

    def _result(self, code: str, description: str) -> Result:
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

    def _advice(self, entry: Entry) -> str | None:
        return entry.advice_zh if self._advice_language == "zh" else entry.advice_en


def given_key(document: object) -> str | None:
    """The key that a message names, where it can be read, even if the message itself is not valid."""
    key = document.get("idempotency_key") if isinstance(document, dict) else None
    return key if isinstance(key, str) and key.strip() else None
