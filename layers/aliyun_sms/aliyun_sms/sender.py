"""The core behind every door: claim the message, submit it, record what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from . import observability
from .client import LEAST_SECONDS
from .errors import CodedError, Fault, InvalidMessage, NotSent, OutcomeUnknown
from .fields import LONGEST_KEY
from .ledger import Claim, Ledger, Standing
from .message import Defaults, Message
from .result import Origin, Result, message_id, restored
from .submission import Submitter, wait_about
from .table import Conflict, NoTable, TableUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from .client import SmsClient
    from .credentials import CredentialsSource
    from .rows import MessageRow

FIRST_LOOK = 30  # seconds after a call until its unknown outcome is looked up; receipts come in 10 to 30
LONGEST_WAIT = 900  # seconds that a message may wait in SQS by its visibility; for longer it is parked


class Sender:
    """Sends messages and gives a result for each, whatever happens; it raises nothing."""

    def __init__(  # noqa: PLR0913 - what the outside world is made of
        self,
        client: SmsClient,
        credentials: CredentialsSource,
        ledger: Ledger | None = None,
        *,
        defaults: Defaults | None = None,
        advice_language: str = "en",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = wait_about,
    ) -> None:
        """Without a ledger a key gives no guarantee. `pause` waits for so many seconds at least."""
        self.ledger = ledger or Ledger(NoTable())
        self.submitter = Submitter(
            client, credentials, self.ledger, clock=clock, pause=pause, advice_language=advice_language
        )
        self._defaults = defaults or Defaults()
        self._clock = clock

    def send(self, document: object, origin: Origin, seconds_left: float) -> Result:
        """Send the message in a door's JSON object; `seconds_left` bounds the call of the provider."""
        try:
            message = Message(document, self._defaults)
        except InvalidMessage as invalid:
            key = given_key(document)
            return self.refuse(invalid, origin, key if key and len(key) <= LONGEST_KEY else None)
        except Exception as error:  # noqa: BLE001 - one odd message must not bring down its neighbours
            observability.defect(error)
            return self.refuse(InvalidMessage([Fault("message", "cannot be read")]), origin)
        return self._send(message, origin, seconds_left)

    def refuse(self, invalid: InvalidMessage, origin: Origin, key: str | None = None) -> Result:
        """The result of what is no message, which is recorded if the table answers: the result says all there is."""
        key = key or origin.key
        result = replace(
            self.submitter.result("client:invalid-message", str(invalid)),
            message_id=message_id(origin.scope, key),
            faults=invalid.faults,
        )
        try:
            result = self.ledger.refuse(result, origin, key, self._now())
        except (Conflict, TableUnavailable) as error:
            self._not_recorded(result, error)
        except Exception as error:  # noqa: BLE001 - the door must answer
            observability.defect(error)
        observability.record(result, origin.door, None, 0)
        return result

    def _send(self, message: Message, origin: Origin, seconds_left: float) -> Result:
        started = self._clock().timestamp()
        result = self._outcome(message, origin, seconds_left)
        if not result.message_id:
            result = self._named(result, message, origin)
        observability.record(result, origin.door, message, round(1000 * (self._clock().timestamp() - started)))
        return result

    def _outcome(self, message: Message, origin: Origin, seconds_left: float) -> Result:
        deadline = self._clock().timestamp() + seconds_left
        claim = self._before_the_call(message, origin, seconds_left)
        if isinstance(claim, Result):
            return claim
        try:
            return self._submitted(claim, message, origin, deadline)
        except Exception as error:  # noqa: BLE001 - the door must answer, and what may have been sent is unknown
            observability.defect(error)
            return self.submitter.unknown(OutcomeUnknown("client:internal-error", type(error).__name__))

    def _before_the_call(self, message: Message, origin: Origin, seconds_left: float) -> Claim | Result:
        """The right to submit, or the result of a message that certainly is not submitted."""
        try:
            return self._expired(message, origin) or self._claimed(message, origin, seconds_left)
        except (Conflict, TableUnavailable) as error:
            refused: CodedError = NotSent("client:ledger-unavailable", str(error))
        except CodedError as error:  # there is no key to sign with
            refused = error
        except Exception as error:  # noqa: BLE001 - the door must answer
            observability.defect(error)
            refused = NotSent("client:not-submitted", type(error).__name__)
        return self.submitter.result(refused.code, refused.description)

    def _expired(self, message: Message, origin: Origin) -> Result | None:
        if not message.expires_at or message.expires_at > self._clock():
            return None
        result = self._named(self.submitter.too_late("expires_at had passed"), message, origin)
        stood = self.ledger.expire(message, origin, result, self._now())
        return stood if isinstance(stood, Result) else self._standing(stood)

    def _claimed(self, message: Message, origin: Origin, seconds_left: float) -> Claim | Result:
        if seconds_left < LEAST_SECONDS:
            raise NotSent("client:out-of-time", "the function has no time left for a call")
        claim = self.ledger.claim(message, origin, self.submitter.signing(), seconds_left)
        return self._standing(claim) if isinstance(claim, Standing) else claim

    def _submitted(self, claim: Claim, message: Message, origin: Origin, deadline: float) -> Result:
        claim, result = self.submitter.submit(claim, deadline)
        result = self._named(result, message, origin)
        parked = self._parked(result, message, origin)
        return parked if self._recorded(claim, parked) or parked.status != "queued" else result

    def _standing(self, standing: Standing) -> Result:
        if not standing.same:
            result = self.submitter.result("client:key-conflict", "the key was used for another message")
            return replace(result, message_id=standing.message.message_id)
        result, row = standing.result(self._now()), standing.message
        return self._interrupted(row) if (row.status, result.status) == ("sending", "unknown") else result

    def _interrupted(self, row: MessageRow) -> Result:
        """What the lease ran out on is written down as unknown, so that whoever had it cannot release the key any more.

        Until that is written it is still being sent: a door may let go of what is unknown, and of nothing else.
        """
        result = replace(self.submitter.interrupted(), message_id=row.message_id, reference=row.reference)
        submission = self.ledger.submission(row.submission or "")
        if submission is None:
            return replace(result, duplicate=True)
        result = replace(result, recipients=len(submission.recipients))
        try:
            self.ledger.record(Claim(row, submission), result, self._now(), self._now())
        except (Conflict, TableUnavailable):
            return restored(None, row.message_id, "sending", row.reference)
        return replace(result, duplicate=True)

    def _parked(self, result: Result, message: Message, origin: Origin) -> Result:
        """A message whose recipient's window opens late waits in the ledger, unless a caller waits for the answer."""
        waits = result.retry_after(self._clock()) if result.category == "throttled" else 0
        if (
            not self.ledger.keeps
            or origin.door == "request"
            or waits <= (LONGEST_WAIT if origin.door == "queue" else 1)
        ):
            return result
        if message.expires_at and result.retry_at and message.expires_at <= result.retry_at:
            return self._named(
                self.submitter.too_late("it expires before the recipient's limit opens"), message, origin
            )
        return replace(result, status="queued")

    def _recorded(self, claim: Claim, result: Result) -> bool:
        """Where this fails, the claim's lease runs out, and the outcome is looked up like that of a killed function."""
        look_up_at = self._now() + FIRST_LOOK if result.status == "unknown" else None
        try:
            self.ledger.record(claim, result, self._now(), look_up_at)
        except (Conflict, TableUnavailable) as error:
            self._not_recorded(result, error)
            return False
        return True

    @staticmethod
    def _not_recorded(result: Result, error: Exception) -> None:
        extra = {"message_id": result.message_id, "error": type(error).__name__}
        observability.logger.error("outcome not recorded", extra=extra)

    def _named(self, result: Result, message: Message, origin: Origin) -> Result:
        return replace(
            result,
            message_id=message_id(origin.scope, message.idempotency_key or origin.key),
            reference=message.reference,
            recipients=len(message.phone_numbers),
        )

    def _now(self) -> int:
        return int(self._clock().timestamp())


def given_key(document: object) -> str | None:
    """The key that a message names, where it can be read, even if the message itself is not valid."""
    key = document.get("idempotency_key") if isinstance(document, dict) else None
    return key if isinstance(key, str) and key.strip() else None
