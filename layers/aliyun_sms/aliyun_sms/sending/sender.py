"""The core behind every door: claim the message, submit it, write down what became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aliyun_sms import observability
from aliyun_sms.errors import MOST_FAULTS, CodedError, Fault, InvalidMessage, NotSent, OutcomeUnknown
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.message.incoming import IncomingMessage, Unreadable, read_incoming
from aliyun_sms.provider.deadline import LEAST_SECONDS
from aliyun_sms.result import OUT_OF_TIME, Result, restored

from .duplicates import Duplicates
from .parking import Parking
from .splitter import Splitter
from .waiting import must_be_parked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.claim import Claim, Duplicate
    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.message.incoming import Origin
    from aliyun_sms.message.message import Defaults

    from .submitter import Submitter

FIRST_LOOK = 30  # seconds after a call until its unknown outcome is looked up; receipts come in 10 to 30


class Sender:
    """Sends messages and gives a result for each, whatever happens; it raises nothing."""

    def __init__(
        self, submitter: Submitter, ledger: Ledger, *, defaults: Defaults, clock: Callable[[], datetime]
    ) -> None:
        """The submitter's ledger is this one; with one that keeps nothing a key gives no guarantee."""
        self.ledger = ledger
        self._results = submitter.results
        self._submitter = submitter
        self._splitter = Splitter(submitter, ledger, clock)
        self._duplicates = Duplicates(ledger, submitter.results, clock)
        self._parking = Parking(ledger, submitter.results, self._duplicates, clock)
        self._defaults = defaults
        self._clock = clock

    def send(self, document: object, origin: Origin, seconds_left: float) -> Result:
        """Send the message in a door's JSON object, which may be the error that says why there is none.

        `seconds_left` bounds the call of the provider.
        """
        incoming = self.read(document, origin)
        if isinstance(incoming, Unreadable):
            return self.refuse(incoming)
        return self.send_together([incoming], seconds_left)[0]

    def read(self, document: object, origin: Origin) -> IncomingMessage | Unreadable:
        """The message in a door's JSON object, or why it is none; `document` can be that already."""
        try:
            return read_incoming(document, origin, self._defaults)
        except Exception as error:  # noqa: BLE001 - one odd message must not bring down its neighbours
            observability.defect(error)
            return Unreadable(InvalidMessage([Fault("message", "cannot be read")]), origin, origin.key)

    def send_together(self, messages: Sequence[IncomingMessage], seconds_left: float) -> list[Result]:
        """Send messages in one submission, as `merge` says they may; a result for each, in their order.

        No two may have the same key, and none of several may expire before the time is over.
        """
        started = self._clock().timestamp()
        outcomes = self._outcomes(messages, started + seconds_left)
        results = [_named(outcomes[incoming.message_id], incoming) for incoming in messages]
        results = self._parking.park(messages, results)
        milliseconds = round(1000 * (self._clock().timestamp() - started))
        observability.log_outcomes(results, messages, milliseconds)
        return results

    def refuse(self, unreadable: Unreadable) -> Result:
        """The result of what is no message, which says all there is.

        It is written down if the table answers, except at the request door: there the caller has the answer, and one
        caller's rubbish must not use up the table for all.
        """
        result = replace(
            self._results.of_code("client:invalid-message", str(unreadable.invalid)),
            message_id=unreadable.message_id,
            faults=unreadable.invalid.faults[:MOST_FAULTS],
            fault_count=len(unreadable.invalid.faults),
        )
        try:
            if unreadable.origin.door != "request":
                result = self.ledger.refuse(unreadable, result, self._now())
        except (Conflict, TableUnavailable) as error:
            _not_written(result, error)
        except Exception as error:  # noqa: BLE001 - the door must answer
            observability.defect(error)
        observability.log_outcomes([result], [unreadable], 0)
        return result

    def too_late(self, unreadable: Unreadable) -> Result:
        """The result of what is no message where there is no time left to write that down: it has to come again."""
        result = self._results.of_code(OUT_OF_TIME, "the function has no time left to refuse it")
        return replace(result, message_id=unreadable.message_id)

    def leaves_to_settling(self, result: Result) -> bool:
        """Whether nobody knows, and the ledger has it: settling finds out, or tells a person."""
        return self.ledger.keeps and result.status == "unknown"

    def _outcomes(self, messages: Sequence[IncomingMessage], deadline: float) -> dict[str, Result]:
        """The result of each message by its id."""
        claim, results = self._before_the_calls(messages, deadline)
        by_name = {incoming.message_id: incoming for incoming in messages}
        try:
            for part in self._submitted(claim, by_name, deadline) if claim else ():
                results |= part
        except Exception as error:  # noqa: BLE001 - the door must answer, and what may have been sent is unknown
            observability.defect(error)
            unknown = self._results.unknown(OutcomeUnknown("client:internal-error", type(error).__name__))
            return dict.fromkeys(by_name, unknown) | results
        taken = {name: restored(None, name, "sending", each.message.reference) for name, each in by_name.items()}
        return taken | results

    def _before_the_calls(
        self, messages: Sequence[IncomingMessage], deadline: float
    ) -> tuple[Claim | None, dict[str, Result]]:
        """The right to submit, and the results of those messages that certainly are not submitted."""
        try:
            if len(messages) == 1 and (expired := self._expired(messages[0])):
                return None, {messages[0].message_id: expired}
            claim, duplicates = self._claimed(messages, deadline)
        except (Conflict, TableUnavailable) as error:
            refused: CodedError = NotSent("client:ledger-unavailable", str(error))
        except CodedError as error:  # there is no key to sign with
            refused = error
        except Exception as error:  # noqa: BLE001 - the door must answer
            observability.defect(error)
            refused = NotSent("client:not-submitted", type(error).__name__)
        else:
            return claim, self._duplicates.results(duplicates)
        result = self._results.of_code(refused.code, refused.description)
        return None, {incoming.message_id: result for incoming in messages}

    def _expired(self, incoming: IncomingMessage) -> Result | None:
        if not incoming.message.expires_at or incoming.message.expires_at > self._clock():
            return None
        result = _named(self._results.expired("expires_at had passed"), incoming)
        stands = self.ledger.expire(incoming, result, self._now())
        return stands if isinstance(stands, Result) else self._duplicates.results([stands])[incoming.message_id]

    def _claimed(self, messages: Sequence[IncomingMessage], deadline: float) -> tuple[Claim | None, list[Duplicate]]:
        seconds_left = deadline - self._clock().timestamp()
        if seconds_left < LEAST_SECONDS:
            raise NotSent(OUT_OF_TIME, "the function has no time left for a call")
        return self.ledger.claim(messages, self._submitter.signing(), seconds_left)

    def _submitted(
        self, claim: Claim, messages: Mapping[str, IncomingMessage], deadline: float
    ) -> Iterator[dict[str, Result]]:
        """The results of the messages of a claim, each written down before another call is made.

        Where they cannot be, no message waits in the ledger, which does not know that it should.
        """
        for part, result in self._splitter.submit(claim, deadline):
            incoming = [messages[row.message_id] for row in part.messages]
            given = [_named(result, each) for each in incoming]
            results = list(map(self._parked, given, incoming, part.messages))
            if not self._is_written(part, results):
                results = [
                    before if after.status == "queued" else after for before, after in zip(given, results, strict=True)
                ]
            yield {each.message_id: each for each in results}

    def _parked(self, result: Result, incoming: IncomingMessage, row: MessageRow) -> Result:
        """A message that can go later waits in the ledger, where its door cannot let it wait for so long."""
        seconds = result.retry_after(self._clock())
        if not self.ledger.keeps or not must_be_parked(result, incoming.origin, seconds):
            return result
        return _named(self._results.parked(result, row.created_at, row.expires_at), incoming)

    def _is_written(self, claim: Claim, results: Sequence[Result]) -> bool:
        """Where this fails, the claim's lease runs out, and the outcome is looked up like that of a killed function."""
        look_up_at = self._now() + FIRST_LOOK
        try:
            self.ledger.write_results(claim, results, self._now(), look_up_at)
        except (Conflict, TableUnavailable) as error:
            for result in results:
                _not_written(result, error)
            return False
        return True

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _named(result: Result, incoming: IncomingMessage) -> Result:
    """The result as that of this message, if it is nobody's yet."""
    if result.message_id:
        return result
    return replace(
        result.told_by(incoming.message.named),
        message_id=incoming.message_id,
        reference=incoming.message.reference,
        recipients=len(incoming.message.phone_numbers),
    )


def _not_written(result: Result, error: Exception) -> None:
    extra = {"message_id": result.message_id, "error": type(error).__name__}
    observability.logger.error("outcome not recorded", extra=extra)
