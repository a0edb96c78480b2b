"""The core behind every door: claim the message, submit it, record what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from . import observability
from .client import LEAST_SECONDS
from .errors import CodedError, Fault, InvalidMessage, NotSent, OutcomeUnknown
from .fields import LONGEST_KEY
from .ledger import Claim, Draft, Ledger, Standing
from .message import Defaults, Message
from .result import Origin, Result, message_id, restored
from .split import Splitter
from .standings import Standings
from .submission import Submitter, wait_about
from .table import Conflict, NoTable, TableUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .client import SmsClient
    from .credentials import CredentialsSource

FIRST_LOOK = 30  # seconds after a call until its unknown outcome is looked up; receipts come in 10 to 30
LONGEST_WAIT = 900  # seconds that a message may wait in SQS by its visibility; for longer it is parked


class Unreadable(NamedTuple):
    """What is no message, and the key that it names, if that can be read."""

    invalid: InvalidMessage
    origin: Origin
    key: str | None = None


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
        looks_up_refusals: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = wait_about,
    ) -> None:
        """Without a ledger a key gives no guarantee. `pause` waits for so many seconds at least."""
        self.ledger = ledger or Ledger(NoTable())
        self.submitter = Submitter(
            client,
            credentials,
            self.ledger,
            clock=clock,
            pause=pause,
            advice_language=advice_language,
            looks_up_refusals=looks_up_refusals,
        )
        self._splitter = Splitter(self.submitter, self.ledger, clock)
        self._standings = Standings(self.submitter, self.ledger, clock)
        self._defaults = defaults or Defaults()
        self._clock = clock

    def send(self, document: object, origin: Origin, seconds_left: float) -> Result:
        """Send the message in a door's JSON object; `seconds_left` bounds the call of the provider."""
        draft = self.read(document, origin)
        return self.refuse(*draft) if isinstance(draft, Unreadable) else self.send_together([draft], seconds_left)[0]

    def read(self, document: object, origin: Origin) -> Draft | Unreadable:
        """The message in a door's JSON object, or why it is none; `document` can be that already."""
        if isinstance(document, InvalidMessage):
            return Unreadable(document, origin)
        try:
            return Draft(Message(document, self._defaults), origin)
        except InvalidMessage as invalid:
            key = given_key(document)
            return Unreadable(invalid, origin, key if key and len(key) <= LONGEST_KEY else None)
        except Exception as error:  # noqa: BLE001 - one odd message must not bring down its neighbours
            observability.defect(error)
            return Unreadable(InvalidMessage([Fault("message", "cannot be read")]), origin)

    def send_together(self, drafts: Sequence[Draft], seconds_left: float) -> list[Result]:
        """Send messages in one submission, as `merge` says they may; a result for each, in their order.

        No two may have the same key, and none of several may expire before the time is over.
        """
        started = self._clock().timestamp()
        outcomes = self._outcomes(drafts, started + seconds_left)
        results = [self._named(outcomes[draft.message_id], draft) for draft in drafts]
        milliseconds = round(1000 * (self._clock().timestamp() - started))
        observability.record(results, drafts[0].origin.door, [draft.message for draft in drafts], milliseconds)
        return results

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
        observability.record([result], origin.door, [], 0)
        return result

    def too_late(self, unreadable: Unreadable) -> Result:
        """The result of what is no message where there is no time left to write that down: it has to come again."""
        result = self.submitter.result("client:out-of-time", "the function has no time left to refuse it")
        key = unreadable.key or unreadable.origin.key
        return replace(result, message_id=message_id(unreadable.origin.scope, key))

    def _outcomes(self, drafts: Sequence[Draft], deadline: float) -> dict[str, Result]:
        """The result of each message by its id."""
        claim, results = self._before_the_calls(drafts, deadline)
        by_name = {draft.message_id: draft for draft in drafts}
        try:
            for part in self._submitted(claim, by_name, deadline) if claim else ():
                results |= part
        except Exception as error:  # noqa: BLE001 - the door must answer, and what may have been sent is unknown
            observability.defect(error)
            unknown = self.submitter.unknown(OutcomeUnknown("client:internal-error", type(error).__name__))
            return dict.fromkeys(by_name, unknown) | results
        taken = {name: restored(None, name, "sending", draft.message.reference) for name, draft in by_name.items()}
        return taken | results

    def _before_the_calls(self, drafts: Sequence[Draft], deadline: float) -> tuple[Claim | None, dict[str, Result]]:
        """The right to submit, and the results of those messages that certainly are not submitted."""
        try:
            if len(drafts) == 1 and (expired := self._expired(drafts[0])):
                return None, {drafts[0].message_id: expired}
            claim, standing = self._claimed(drafts, deadline)
        except (Conflict, TableUnavailable) as error:
            refused: CodedError = NotSent("client:ledger-unavailable", str(error))
        except CodedError as error:  # there is no key to sign with
            refused = error
        except Exception as error:  # noqa: BLE001 - the door must answer
            observability.defect(error)
            refused = NotSent("client:not-submitted", type(error).__name__)
        else:
            return claim, self._standings.results(standing)
        result = self.submitter.result(refused.code, refused.description)
        return None, {draft.message_id: result for draft in drafts}

    def _expired(self, draft: Draft) -> Result | None:
        if not draft.message.expires_at or draft.message.expires_at > self._clock():
            return None
        result = self._named(self.submitter.too_late("expires_at had passed"), draft)
        stood = self.ledger.expire(draft, result, self._now())
        return stood if isinstance(stood, Result) else self._standings.results([stood])[draft.message_id]

    def _claimed(self, drafts: Sequence[Draft], deadline: float) -> tuple[Claim | None, list[Standing]]:
        seconds_left = deadline - self._clock().timestamp()
        if seconds_left < LEAST_SECONDS:
            raise NotSent("client:out-of-time", "the function has no time left for a call")
        return self.ledger.claim(drafts, self.submitter.signing(), seconds_left)

    def _submitted(self, claim: Claim, drafts: Mapping[str, Draft], deadline: float) -> Iterator[dict[str, Result]]:
        """The results of the messages of a claim, each recorded before another call is made."""
        for part, result in self._splitter.submit(claim, deadline):
            given = {row.message_id: self._named(result, drafts[row.message_id]) for row in part.messages}
            parked = {name: self._parked(each, drafts[name]) for name, each in given.items()}
            if self._recorded(part, list(parked.values())):
                yield parked
            else:  # what is not in the ledger must not wait there
                yield {name: given[name] if each.status == "queued" else each for name, each in parked.items()}

    def _parked(self, result: Result, draft: Draft) -> Result:
        """A message whose recipient's window opens late waits in the ledger, unless a caller waits for the answer."""
        waits = result.retry_after(self._clock()) if result.category == "throttled" else 0
        door, expires_at = draft.origin.door, draft.message.expires_at
        if not self.ledger.keeps or door == "request" or waits <= (LONGEST_WAIT if door == "queue" else 1):
            return result
        if expires_at and result.retry_at and expires_at <= result.retry_at:
            return self._named(self.submitter.too_late("it expires before the recipient's limit opens"), draft)
        return replace(result, status="queued")

    def _recorded(self, claim: Claim, results: Sequence[Result]) -> bool:
        """Where this fails, the claim's lease runs out, and the outcome is looked up like that of a killed function."""
        look_up_at = self._now() + FIRST_LOOK
        try:
            self.ledger.record(claim, results, self._now(), look_up_at)
        except (Conflict, TableUnavailable) as error:
            for result in results:
                self._not_recorded(result, error)
            return False
        return True

    @staticmethod
    def _not_recorded(result: Result, error: Exception) -> None:
        extra = {"message_id": result.message_id, "error": type(error).__name__}
        observability.logger.error("outcome not recorded", extra=extra)

    def _named(self, result: Result, draft: Draft) -> Result:
        if result.message_id:
            return result
        return replace(
            result,
            message_id=draft.message_id,
            reference=draft.message.reference,
            recipients=len(draft.message.phone_numbers),
        )

    def _now(self) -> int:
        return int(self._clock().timestamp())


def given_key(document: object) -> str | None:
    """The key that a message names, where it can be read, even if the message itself is not valid."""
    key = document.get("idempotency_key") if isinstance(document, dict) else None
    return key if isinstance(key, str) and key.strip() else None
