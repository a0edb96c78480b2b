"""The core behind every door: a result for each message, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aliyun_sms import observability
from aliyun_sms.errors import MOST_FAULTS, Fault, InvalidMessage, PolicyUnavailable
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.message.incoming import OUTSIDE_THE_CAPS, Unreadable, given_key
from aliyun_sms.policy.allowed import read_allowed
from aliyun_sms.policy.document import Policy
from aliyun_sms.result import OUT_OF_TIME, Result

from .duplicates import Duplicates
from .parking import Parking
from .policy_in_force import PolicyInForce
from .submissions import Submissions, named, not_written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.message.incoming import IncomingMessage, Origin
    from aliyun_sms.message.message import Defaults
    from aliyun_sms.message.reach import Reach
    from aliyun_sms.threads import Each

    from .submitter import Submitter


class Sender:
    """Sends messages and gives a result for each, whatever happens; it raises nothing."""

    def __init__(
        self,
        submitter: Submitter,
        ledger: Ledger,
        *,
        defaults: Defaults,
        reach: Reach,
        clock: Callable[[], datetime],
    ) -> None:
        """The submitter's ledger is this one; with one that keeps nothing a key gives no guarantee."""
        self.ledger = ledger
        self.policy = PolicyInForce(ledger.table, clock)
        self._results = submitter.results
        duplicates = Duplicates(ledger, submitter.results, clock)
        self._submissions = Submissions(submitter, ledger, duplicates, clock, self.policy.daily_recipients)
        self._parking = Parking(ledger, submitter.results, duplicates, clock)
        self._defaults = defaults
        self._reach = reach
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
        """The message in a door's JSON object, or why it is none or may not be sent; `document` can be that already."""
        try:
            return read_allowed(document, origin, self._defaults, self._reach, self._policy_for(origin))
        except PolicyUnavailable as unavailable:
            return Unreadable(unavailable, origin, given_key(document) or origin.key)
        except Exception as error:  # noqa: BLE001 - one odd message must not bring down its neighbours
            observability.defect(error)
            return Unreadable(InvalidMessage([Fault("message", "cannot be read")]), origin, origin.key)

    def _policy_for(self, origin: Origin) -> Policy:
        """The policy that holds; where none was ever read, alarms go without: one of them tells of it."""
        try:
            return self.policy.at_present()
        except PolicyUnavailable:
            if origin.scope in OUTSIDE_THE_CAPS:
                return Policy()
            raise

    def send_together(self, messages: Sequence[IncomingMessage], seconds_left: float) -> list[Result]:
        """Send messages in one submission, as `merge` says they may; a result for each, in their order.

        No two may have the same key, and none of several may expire before the time is over.
        """
        started = self._clock().timestamp()
        if len(messages) == 1 and self._is_expired(messages[0]):
            outcomes = {messages[0].message_id: self._submissions.expired(messages[0])}
        else:
            outcomes = self._submissions.together(messages, started + seconds_left)
        return self._finished(messages, outcomes, started)

    def send_each(self, messages: Sequence[IncomingMessage], seconds_left: float, each: Each) -> list[Result]:
        """Send messages each in a submission of its own; a result for each, in their order.

        No two may have the same key; they are `most_alone` at most. `each` says how the calls are made.
        """
        started = self._clock().timestamp()
        in_time: list[IncomingMessage] = []
        late: list[IncomingMessage] = []
        for incoming in messages:
            (late if self._is_expired(incoming) else in_time).append(incoming)
        outcomes = self._submissions.each_alone(in_time, started + seconds_left, each) if in_time else {}
        outcomes |= zip((incoming.message_id for incoming in late), each(self._submissions.expired, late), strict=True)
        return self._finished(messages, outcomes, started)

    def refuse(self, unreadable: Unreadable) -> Result:
        """The result of what is no message or may not be sent, which says all there is.

        It is written down if the table answers, except at the request door: there the caller has the answer, and one
        caller's rubbish must not use up the table for all. What comes again is not refused for good.
        """
        result = replace(
            self._results.of_code(unreadable.invalid.code, str(unreadable.invalid)),
            message_id=unreadable.message_id,
            faults=unreadable.invalid.faults[:MOST_FAULTS],
            fault_count=len(unreadable.invalid.faults),
        )
        try:
            if unreadable.origin.door != "request" and not result.comes_again:
                result = self.ledger.refuse(unreadable, result, self._now())
        except (Conflict, TableUnavailable) as error:
            not_written(result, error)
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

    def told(self, result: Result) -> Result:
        """The result as its caller is told of it: what settling will finish is to be asked for later."""
        settled_later = self.ledger.keeps and result.status in {"unknown", "queued"} and not result.held
        return self._results.left_to_settling(result) if settled_later else result

    def _finished(
        self, messages: Sequence[IncomingMessage], outcomes: Mapping[str, Result], started: float
    ) -> list[Result]:
        """The results in the messages' order, when what can wait was left to the ledger; they are logged."""
        results = [named(outcomes[incoming.message_id], incoming) for incoming in messages]
        results = self._parking.park(messages, results)
        milliseconds = round(1000 * (self._clock().timestamp() - started))
        observability.log_outcomes(results, messages, milliseconds)
        return results

    def _is_expired(self, incoming: IncomingMessage) -> bool:
        expires_at = incoming.message.expires_at
        return expires_at is not None and expires_at <= self._clock()

    def _now(self) -> int:
        return int(self._clock().timestamp())
