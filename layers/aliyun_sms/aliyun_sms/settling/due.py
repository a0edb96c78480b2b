"""What is due each minute: submissions to be settled, and messages that go back into the queue."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from aliyun_sms import observability
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.threads import THREADS, in_threads

from .settler import TURN

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.threads import Each

    from .outcomes import Handover
    from .settler import Settler


class Settling:
    """Takes due rows a step further. Whatever it is interrupted in, another goes on from what is written."""

    def __init__(
        self,
        ledger: Ledger,
        settler: Settler,
        handover: Handover,
        *,
        clock: Callable[[], datetime],
        each: Each = in_threads,
    ) -> None:
        """`each` says how several rows are taken at once."""
        self._ledger = ledger
        self._settler = settler
        self._handover = handover
        self._clock = clock
        self._each = each

    def settle_due(self, deadline: float) -> Counter[str]:
        """Settle what is due, as far as the time goes; counts messages by the status they came to.

        Nothing new is begun after half of a minute.
        """
        statuses: Counter[str] = Counter()
        try:
            due = self._ledger.due(self._now())
            while (keys := list(islice(due, THREADS))) and deadline - self._clock().timestamp() >= TURN / 2:
                for came_to in self._each(partial(self.settle, deadline=deadline), keys):
                    statuses += came_to
        except TableUnavailable as error:
            observability.defect(error, "nothing more can be read")
        return statuses

    def settle(self, key: str, deadline: float) -> Counter[str]:
        """Take the row under this key a step further; counts its messages by the status they have then.

        What fails is left for the next time.
        """
        kind, _, name = key.partition("#")
        try:
            return Counter([self._put_back(name)]) if kind == "message" else self._settler.settle(name, deadline)
        except (Conflict, TableUnavailable) as error:
            observability.logger.warning("left for the next time", extra={"key": key, "error": type(error).__name__})
        except Exception as error:  # noqa: BLE001 - one odd row must not keep the others from being settled
            observability.defect(error)
        return Counter(["left"])

    def _put_back(self, name: str) -> str:
        """Put a parked message back into the queue, and give its status; twice there, it is claimed once.

        Its key is released first, or the queue could find it claimed.
        """
        now = self._now()
        message = self._ledger.message(name)
        if message is None or message.due_at is None or message.due_at > now:
            return "left"
        released = self._ledger.release(message, now, due_at=now + TURN)
        self._handover.put_back(message)
        self._ledger.leave_in_the_queue(released, now)
        return message.status

    def _now(self) -> int:
        return int(self._clock().timestamp())
