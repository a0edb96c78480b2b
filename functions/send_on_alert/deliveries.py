"""Hands frozen messages to the core, as every door does, and says which are done with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aliyun_sms.aws.clients import LONGEST_CALL
from aliyun_sms.aws.sqs import with_key
from aliyun_sms.message.incoming import Origin
from aliyun_sms.sending.bulk import send_all
from left import leave_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from aliyun_sms.aws.sqs import DeadLetters
    from aliyun_sms.result import Result
    from aliyun_sms.sending.sender import Sender
    from aliyun_sms.threads import Threads
    from frozen import Frozen

LONGEST_RETRY = 3600  # seconds in which what could not be sent is tried each minute; then a person has it
TAKEN = {"accepted", "expired", "queued"}  # statuses of what was sent, or will be by the ledger


class Deliveries:
    """The core behind the door, and the dead letters of what can never be sent."""

    def __init__(
        self,
        sender: Sender,
        dead_letters: DeadLetters,
        clock: Callable[[], datetime],
        in_threads: Threads,
        *,
        stop_holds: bool = False,
    ) -> None:
        """`stop_holds` is whether a person who stops all sending means alerts, too: they then wait for the start."""
        self._sender = sender
        self._dead_letters = dead_letters
        self._clock = clock
        self._in_threads = in_threads
        self._stop_holds = stop_holds

    def hand_over(self, messages: Sequence[Frozen], deadline: float) -> dict[str, Mapping[str, Any]]:
        """What became of the messages that are done with, by key; the others are to be handed over again."""
        if not messages or self._is_stopped():
            return {}
        if self._seconds_left(deadline) <= 0:
            leave_messages(len(messages))
            return {}
        documents = [(each.document, Origin("alert", "alert", each.key)) for each in messages]
        seconds_left = self._seconds_left(deadline)
        results = send_all(self._sender, documents, seconds_left, self._clock, in_threads=self._in_threads)
        found = zip(messages, results, strict=True)
        done: dict[str, Mapping[str, Any]] = {
            each.key: self._told(each, result) for each, result in found if self._is_done(each, result, deadline)
        }
        leave_messages(len(messages) - len(done))
        return done

    def _is_stopped(self) -> bool:
        return self._stop_holds and self._sender.ledger.usage.read().stopped is not None

    def _is_done(self, frozen: Frozen, result: Result, deadline: float) -> bool:
        """Whether it is sent, left to the ledger, or with a person."""
        if result.status in TAKEN or self._sender.leaves_to_settling(result):
            return True
        if result.status == "sending" or (result.comes_again and self._clock().timestamp() < frozen.at + LONGEST_RETRY):
            return False
        left = self._seconds_left(deadline) + LONGEST_CALL  # which the deadline keeps back
        return self._dead_letters.add_in_time(with_key(frozen.document, frozen.key), result, left)

    def _told(self, frozen: Frozen, result: Result) -> dict[str, Any]:
        """For who asks what was sent to whom."""
        at, message_id = int(self._clock().timestamp()), result.message_id
        known = {"at": at, "kind": frozen.kind, "contact": frozen.contact, "message_id": message_id}
        return {**known, "status": result.status, "code": result.code}

    def _seconds_left(self, deadline: float) -> float:
        return deadline - self._clock().timestamp()
