"""The core behind every door: claim the message, submit it, record what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from . import observability
from .client import LEAST_SECONDS
from .errors import CodedError, Fault, InvalidMessage, NotSent, OutcomeUnknown
from .fields import LONGEST_KEY
from .ledger import Claim, Draft, Ledger, Standing
from .message import Defaults, Message
from .result import Origin, Result, message_id, restored
from .split import Splitter
from .submission import Submitter, wait_about
from .table import Conflict, NoTable, TableUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
        self._defaults = defaults or Defaults()
        self._clock = clock

    def send(self, document: object, origin: Origin, seconds_left: float) -> Result:
        """Send the message in a door's JSON object; `seconds_left` bounds the call of the provider."""
        draft = self.read(document, origin)
        return self.send_together([draft], seconds_left)[0] if isinstance(draft, Draft) else draft()

    def read(self, document: object, origin: Origin) -> Draft | Callable[[], Result]:
        """The message in a door's JSON object; or what refuses it, and gives its result.

        Where the object could not be read, `document` is why.
        """
        if isinstance(document, InvalidMessage):
            return partial(self.refuse, document, origin)
        try:
            return Draft(Message(document, self._defaults), origin)
        except InvalidMessage as invalid:
            key = given_key(document)
            return partial(self.refuse, invalid, origin, key if key and len(key) <= LONGEST_KEY else None)
        except Exception as error:  # noqa: BLE001 - one odd message must not bring down its neighbours
            observability.defect(error)
            return partial(self.refuse, InvalidMessage([Fault("message", "cannot be read")]), origin)

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
        results: dict[str, Result] = {}
        try:
            if len(drafts) == 1 and (expired := self._expired(drafts[0])):
                return None, {drafts[0].message_id: expired}
            claim, standing = self._claimed(drafts, deadline)
            results = {each.message.message_id: self._standing(each) for each in standing}
        except (Conflict, TableUnavailable) as error:
            refused: CodedError = NotSent("client:ledger-unavailable", str(error))
        except CodedError as error:  # there is no key to sign with
            refused = error
        except Exception as error:  # noqa: BLE001 - the door must answer
            observability.defect(error)
            refused = NotSent("client:not-submitted", type(error).__name__)
        else:
            return claim, results
        result = self.submitter.result(refused.code, refused.description)
        return None, {draft.message_id: result for draft in drafts}

    def _expired(self, draft: Draft) -> Result | None:
        if not draft.message.expires_at or draft.message.expires_at > self._clock():
            return None
        result = self._named(self.submitter.too_late("expires_at had passed"), draft)
        stood = self.ledger.expire(draft, result, self._now())
        return stood if isinstance(stood, Result) else self._standing(stood)

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

    def _standing(self, standing: Standing) -> Result:
        if not standing.same:
            result = self.submitter.result("client:key-conflict", "the key was used for another message")
            return replace(result, message_id=standing.message.message_id)
        result, row = standing.result(self._now()), standing.message
        return self._interrupted(row) if (row.status, result.status) == ("sending", "unknown") else result

    def _interrupted(self, row: MessageRow) -> Result:
        """What the lease ran out on is written down as unknown, so that whoever had it cannot release the key any more.

        Until that is written it is still being sent: a door may let go of what is unknown, and of nothing else.
        Under a void submission nothing was sent: settling puts the message back.
        """
        try:
            result = self._written_down(row)
        except (Conflict, TableUnavailable):
            return restored(None, row.message_id, "sending", row.reference)
        return replace(result, duplicate=True)

    def _written_down(self, row: MessageRow) -> Result:
        submission = self.ledger.submission(row.submission or "")
        void = submission is not None and submission.void
        result = self.submitter.not_carried_out() if void else self.submitter.interrupted()
        result = replace(result, message_id=row.message_id, reference=row.reference)
        if submission is None:
            return result
        result = replace(result, recipients=len(submission.numbers().get(row.message_id, [])))
        if void:  # from now on nobody can complete it
            submission = self.ledger.write(submission)
        self.ledger.record(Claim((row,), submission), [result], self._now(), in_part=True)
        return result

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
