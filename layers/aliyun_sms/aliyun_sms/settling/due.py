"""What is due each minute: submissions to be settled, and messages that go back into the queue."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from aliyun_sms import observability
from aliyun_sms.ledger.rows import message_key
from aliyun_sms.ledger.table import Conflict, TableUnavailable
from aliyun_sms.ledger.usage import day_of
from aliyun_sms.threads import in_threads

from .parked import Parked
from .settler import TURN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aliyun_sms.ledger.ledger import Ledger
    from aliyun_sms.sending.sender import Sender
    from aliyun_sms.threads import Each

    from .outcomes import Handover
    from .settler import Settler

MESSAGE = message_key("")


class Settling:
    """Takes due rows a step further. Whatever it is interrupted in, another goes on from what is written."""

    def __init__(
        self,
        ledger: Ledger,
        settler: Settler,
        sender: Sender,
        handover: Handover,
        *,
        clock: Callable[[], datetime],
        each: Each = in_threads,
    ) -> None:
        """`sender` tries whether the provider takes again what it throttled; `each` says how rows are taken at once."""
        self._ledger = ledger
        self._settler = settler
        self._sender = sender
        self._handover = handover
        self._clock = clock
        self._each = each

    def settle_due(self, deadline: float) -> Counter[str]:
        """Settle what is due, as far as the time goes; counts messages by the status they came to.

        Nothing new is begun after half of a minute. What nobody knows comes before what waits, of which there may be
        very much. While a person has stopped all sending, what is parked stays so.
        """
        statuses: Counter[str] = Counter()
        parked = self.parked()
        try:
            is_stopped = self._measure_usage()
            waiting: list[list[str]] = []
            for due in self._ledger.due(self._now()):
                page = {key: since for key, since in due.items() if not (is_stopped and key.startswith(MESSAGE))}
                if page:
                    observability.measure_oldest_due(self._now() - min(page.values()))
                if not self._has_time(deadline):
                    break
                waiting.append([key.removeprefix(MESSAGE) for key in page if key.startswith(MESSAGE)])
                statuses += self._settle_page([key for key in page if not key.startswith(MESSAGE)], deadline)
            for names in filter(None, waiting):
                statuses += parked.wake(names, deadline) if self._has_time(deadline) else Counter(left=len(names))
        except TableUnavailable as error:
            observability.defect(error, "nothing more can be read")
        else:
            observability.measure_oldest_due(0)  # if nothing was due
        return statuses

    def _measure_usage(self) -> bool:
        """Publish what was counted today and whether sending is stopped, which is given, too; alarms watch both."""
        usage, limit = self._ledger.usage.read(), self._ledger.usage.limits.stack
        recipients, is_stopped = usage.of_day(day_of(self._now())), usage.stopped is not None
        observability.measure_usage(recipients, limit, is_stopped=is_stopped)
        return is_stopped

    def parked(self) -> Parked:
        """What wakes parked messages in one run."""
        return Parked(self._ledger, self._sender, self._handover, clock=self._clock, each=self._each)

    def _settle_page(self, keys: Sequence[str], deadline: float) -> Counter[str]:
        names = [key.partition("#")[2] for key in keys]
        return sum(self._each(partial(self.settle, deadline=deadline), names), Counter())

    def settle(self, name: str, deadline: float) -> Counter[str]:
        """Take a submission a step further, if there is time; what fails is left for the next time."""
        if not self._has_time(deadline):
            return Counter(["left"])
        try:
            return self._settler.settle(name, deadline)
        except (Conflict, TableUnavailable) as error:
            extra = {"submission": name, "error": type(error).__name__}
            observability.logger.warning("left for the next time", extra=extra)
        except Exception as error:  # noqa: BLE001 - one odd row must not keep the others from being settled
            observability.defect(error)
        return Counter(["left"])

    def _has_time(self, deadline: float) -> bool:
        return deadline - self._clock().timestamp() >= TURN / 2

    def _now(self) -> int:
        return int(self._clock().timestamp())
