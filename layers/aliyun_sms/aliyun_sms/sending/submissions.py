"""Messages on their way to the provider: claimed, submitted, and what became of them written down."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from aliyun_sms import observability
from aliyun_sms.errors import CodedError, NotSent, OutcomeUnknown
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.provider.deadline import LEAST_SECONDS
from aliyun_sms.result import OUT_OF_TIME, Result, restored

from .reserving import Reserving
from .splitter import Splitter
from .waiting import must_be_parked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.claim import Claim, Duplicate
    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.message.incoming import IncomingMessage
    from aliyun_sms.threads import Each

    from .duplicates import Duplicates
    from .reserving import OwnLimit, Reserved
    from .submitter import Submitter

    ByName = Mapping[str, IncomingMessage]
    Claimed = tuple[Sequence[Claim], Sequence[Duplicate]]
    Results = dict[str, Result]  # by the message's id

FIRST_LOOK = 30  # seconds after a call until its unknown outcome is looked up; receipts come in 10 to 30


class Submissions:
    """Gives a result for each message by its id, whatever happens; it raises nothing. No two may have the same key."""

    def __init__(
        self,
        submitter: Submitter,
        ledger: Ledger,
        duplicates: Duplicates,
        clock: Callable[[], datetime],
        own_limit: OwnLimit,
    ) -> None:
        """The submitter's ledger is this one. `own_limit` gives the cap of a caller who has one of its own."""
        self._ledger = ledger
        self._results = submitter.results
        self._submitter = submitter
        self._reserving = Reserving(ledger, submitter.results, clock, own_limit)
        self._splitter = Splitter(submitter, ledger, self._reserving, clock)
        self._duplicates = duplicates
        self._clock = clock

    def together(self, messages: Sequence[IncomingMessage], deadline: float) -> Results:
        """Submit messages in one call, and in more where it is refused; none of several may expire before the time."""

        def claim(reserved: Reserved, seconds: float) -> Claimed:
            signing = self._submitter.signing()
            claim, duplicates = self._ledger.claim(reserved.messages, signing, seconds, reserved.reservation)
            return [claim] if claim else [], duplicates

        claims, results = self._before_the_calls(messages, claim, deadline)
        return self._outcomes(messages, results, partial(self._submitted, claims, deadline))

    def each_alone(self, messages: Sequence[IncomingMessage], deadline: float, each: Each) -> Results:
        """Submit each message in a call of its own; what is written down of them is written together.

        They are as many at most as the ledger claims together, since a killed function leaves all unknown.
        """

        def claim(reserved: Reserved, seconds: float) -> Claimed:
            return self._ledger.claim_each(reserved.messages, self._submitter.signing, seconds, reserved.reservation)

        claims, results = self._before_the_calls(messages, claim, deadline)
        return self._outcomes(messages, results, partial(self._submitted_alone, claims, deadline, each))

    def _outcomes(
        self, messages: Sequence[IncomingMessage], results: Results, submitted: Callable[[ByName], Iterator[Results]]
    ) -> Results:
        by_name = {incoming.message_id: incoming for incoming in messages}
        try:
            for part in submitted(by_name):
                results |= part
        except Exception as error:  # noqa: BLE001 - the door must answer, and what may have been sent is unknown
            return dict.fromkeys(by_name, self._defect(error)) | results
        taken = {name: restored(None, name, "sending", each.message.reference) for name, each in by_name.items()}
        return taken | results

    def _before_the_calls(
        self, messages: Sequence[IncomingMessage], claim: Callable[[Reserved, float], Claimed], deadline: float
    ) -> tuple[Sequence[Claim], Results]:
        """The rights to submit, and the results of those messages that certainly are not submitted.

        What needs no room in today's caps is asked first: a key to sign with, and time.
        """
        try:
            self._submitter.credentials.current()
            seconds_left = deadline - self._clock().timestamp()
            if seconds_left < LEAST_SECONDS:
                raise NotSent(OUT_OF_TIME, "the function has no time left for a call")  # noqa: TRY301 - as any other
            reserved = self._reserving.reserve(messages)
        except Exception as error:  # noqa: BLE001 - the door must answer
            return [], self._all_not_submitted(messages, error)
        results = reserved.refused | self._duplicates.results(reserved.duplicates)
        if not reserved.messages:
            return [], results
        try:
            claims, duplicates = claim(reserved, seconds_left)
        except Exception as error:  # noqa: BLE001 - the same
            return [], results | self._all_not_submitted(reserved.messages, error)
        self._reserving.give_back(reserved, duplicates)
        return claims, results | self._duplicates.results(duplicates)

    def expired(self, incoming: IncomingMessage) -> Result:
        """Write down that a message expired before it was submitted."""
        result = named(self._results.expired("expires_at had passed"), incoming)
        try:
            stands = self._ledger.expire(incoming, result, self._now())
        except Exception as error:  # noqa: BLE001 - the door must answer
            return self._not_submitted(error)
        return stands if isinstance(stands, Result) else self._duplicates.results([stands])[incoming.message_id]

    def _all_not_submitted(self, messages: Sequence[IncomingMessage], error: Exception) -> Results:
        return dict.fromkeys([incoming.message_id for incoming in messages], self._not_submitted(error))

    def _not_submitted(self, error: Exception) -> Result:
        match error:
            case Conflict() | TableUnavailable():
                return self._results.of_code("client:ledger-unavailable", str(error))
            case CodedError():  # there is no key to sign with, or no time
                return self._results.of_code(error.code, error.description)
        observability.defect(error)
        return self._results.of_code("client:not-submitted", type(error).__name__)

    def _submitted(self, claims: Sequence[Claim], deadline: float, messages: ByName) -> Iterator[Results]:
        """The results of the messages of claims, each written down before another call is made."""
        for claim in claims:
            for part, result in self._splitter.submit(claim, deadline):
                given = self._given(part, result, messages)
                parked = self._parked(part, given, messages)
                error = self._written(part, parked)
                yield _standing(given, parked, error)

    def _submitted_alone(
        self, claims: Sequence[Claim], deadline: float, each: Each, messages: ByName
    ) -> Iterator[Results]:
        """The results of the messages of claims, written down when all calls have been made."""
        outcomes = each(partial(self._submit_alone, deadline=deadline), claims)
        given = [self._given(claim, result, messages) for claim, result in outcomes]
        decided = [
            (claim, self._parked(claim, results, messages)) for (claim, _), results in zip(outcomes, given, strict=True)
        ]
        errors = self._ledger.write_each(decided, self._now(), self._now() + FIRST_LOOK)
        for before, (_, after), error in zip(given, decided, errors, strict=True):
            yield _standing(before, after, error)

    def _submit_alone(self, claim: Claim, deadline: float) -> tuple[Claim, Result]:
        try:
            return self._submitter.submit(claim, deadline)
        except Exception as error:  # noqa: BLE001 - the others must be written down
            return claim, self._defect(error)

    def _defect(self, error: Exception) -> Result:
        observability.defect(error)
        return self._results.unknown(OutcomeUnknown("client:internal-error", type(error).__name__))

    def _given(self, claim: Claim, result: Result, messages: ByName) -> list[Result]:
        return [named(result, messages[row.message_id]) for row in claim.messages]

    def _parked(self, claim: Claim, results: Sequence[Result], messages: ByName) -> list[Result]:
        rows = claim.messages
        return [
            self._parked_one(result, messages[row.message_id], row) for result, row in zip(results, rows, strict=True)
        ]

    def _parked_one(self, result: Result, incoming: IncomingMessage, row: MessageRow) -> Result:
        """A message that can go later waits in the ledger, where its door cannot let it wait for so long."""
        seconds = result.retry_after(self._clock())
        if not self._ledger.keeps or not must_be_parked(result, incoming.origin, seconds):
            return result
        return named(self._results.parked(result, row.created_at, row.expires_at), incoming)

    def _written(self, claim: Claim, results: Sequence[Result]) -> Exception | None:
        try:
            self._ledger.write_results(claim, results, self._now(), self._now() + FIRST_LOOK)
        except (Conflict, TableUnavailable) as error:
            return error
        return None

    def _now(self) -> int:
        return int(self._clock().timestamp())


def named(result: Result, incoming: IncomingMessage) -> Result:
    """The result as that of this message, if it is nobody's yet."""
    if result.message_id:
        return result
    return replace(
        result.told_by(incoming.message.named),
        message_id=incoming.message_id,
        reference=incoming.message.reference,
        recipients=len(incoming.message.phone_numbers),
    )


def not_written(result: Result, error: Exception) -> None:
    """Log that the ledger does not know a result: where it was claimed, its outcome is looked up in the end."""
    extra = {"message_id": result.message_id, "error": type(error).__name__}
    observability.logger.error("outcome not recorded", extra=extra)


def _standing(given: Sequence[Result], parked: Sequence[Result], error: Exception | None) -> Results:
    """The results that hold: where they are not written down, no message waits in the ledger, which does not know it.

    The claim's lease then runs out, and the outcome is looked up like that of a killed function.
    """
    if error is None:
        return {each.message_id: each for each in parked}
    for result in parked:
        not_written(result, error)
    results = [before if after.status == "queued" else after for before, after in zip(given, parked, strict=True)]
    return {each.message_id: each for each in results}
