"""Messages that waited in the ledger: back into the queue when they can go, and not all at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

from aliyun_sms import observability
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.message.incoming import IncomingMessage, Origin
from aliyun_sms.provider.catalogue import lookup
from aliyun_sms.result import DAILY_LIMIT, STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.message.incoming import Door, Unreadable
    from aliyun_sms.sending.sender import Sender
    from aliyun_sms.threads import Each

    from .outcomes import Handover

NOT_IN_THE_QUEUE = 60  # seconds until a message is put back once more that may not have reached the queue


class Parked:
    """Puts messages back into the queue for one run of settling.

    Those that were throttled with everybody else's wait for a probe: of each page the first is sent at once. Where the
    provider has taken it, or refused it for what it holds, the rest of the page goes; else no more of them do in this
    run. What may not be sent any more asks the provider for nothing, so it does not wait for that.
    """

    def __init__(
        self, ledger: Ledger, sender: Sender, handover: Handover, *, clock: Callable[[], datetime], each: Each
    ) -> None:
        """`each` says how several are put back at once."""
        self._ledger = ledger
        self._sender = sender
        self._handover = handover
        self._clock = clock
        self._each = each
        self._is_throttled = False

    def wake(self, names: Sequence[str], deadline: float) -> Counter[str]:
        """Put back a page of messages, if they are due; counts them by what was done. What fails stays due."""
        now = self._now()
        rows = [row for row in self._ledger.messages(names).values() if row.due_at is not None and row.due_at <= now]
        rows.sort(key=lambda row: row.due_at or 0)
        with_all = [
            row for row in rows if _was_throttled_with_all(row) and isinstance(self._read(row), IncomingMessage)
        ]
        others = [row for row in rows if row not in with_all]
        statuses: Counter[str] = Counter()
        if with_all and not self._is_throttled:
            statuses[self._probe(with_all.pop(0), deadline)] += 1
        if self._is_throttled:
            statuses["left"] += len(with_all)
        else:
            others += with_all
        return statuses + Counter(self._each(self._put_back, others))

    def _probe(self, row: MessageRow, deadline: float) -> str:
        """Send a message at once, to see whether the provider throttles no more, and give what became of it.

        It is put back first: whatever happens here, the queue's function finds it, or what became of it.
        """
        self._is_throttled = True
        if self._put_back(row) == "left":
            return "left"
        incoming = self._read(row)
        if not isinstance(incoming, IncomingMessage):
            return "queued"
        (result,) = self._sender.send_together([incoming], deadline - self._clock().timestamp())
        is_of_message = result.category in {"success", "invalid"} or result.of_caller
        is_our_own = result.code in {DAILY_LIMIT, STOPPED}  # of which the queue's function tells each of the others
        self._is_throttled = not is_our_own and (result.request_id is None or not is_of_message)
        return result.status

    def _read(self, row: MessageRow) -> IncomingMessage | Unreadable:
        origin = Origin(cast("Door", row.door), row.scope, row.key, may_wait=False)
        return self._sender.read({**(row.document or {}), "idempotency_key": row.key}, origin)

    def _put_back(self, row: MessageRow) -> str:
        """Put a message back into the queue; twice there, it is claimed once.

        Its key is released first, or the queue could find it claimed.
        """
        now = self._now()
        try:
            released = self._ledger.release(row, now, due_at=now + NOT_IN_THE_QUEUE)
            self._handover.put_back(row)
            self._ledger.leave_in_the_queue(released, now)
        except (Conflict, TableUnavailable) as error:
            extra = {"message_id": row.message_id, "error": type(error).__name__}
            observability.logger.warning("left for the next time", extra=extra)
        except Exception as error:  # noqa: BLE001 - one odd row must not keep the others from being put back
            observability.defect(error)
        else:
            return "queued"
        return "left"

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _was_throttled_with_all(row: MessageRow) -> bool:
    """Whether the provider throttled all calls, not those to one recipient; a cap of ours is none of the provider's."""
    document = row.result or {}
    code = document.get("code") or ""
    return document.get("category") == "throttled" and code != DAILY_LIMIT and not lookup(code).per_recipient
