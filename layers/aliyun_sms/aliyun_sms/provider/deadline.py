"""How long one call may take, whatever it meets on its way."""

from __future__ import annotations

import time
from math import inf

from urllib3.util import Timeout

LEAST_SECONDS = 1.0  # the provider advises a timeout of at least one second: help.aliyun.com document 55284


class Until(Timeout):
    """A time by which something must be over. Whoever asks gets the seconds that are left of it, none in the end.

    This is what urllib3 takes for a Timeout, which counts anew for each copy and each thing that is waited for.
    """

    def __init__(self, until: float) -> None:
        """`until` is a time of time.monotonic."""
        super().__init__()
        self._until = until

    def clone(self) -> Until:
        """Itself: it runs already."""
        return self

    def start_connect(self) -> float:
        """The time, and no more: it runs already."""
        return time.monotonic()

    @property
    def connect_timeout(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._until - time.monotonic())

    @property
    def read_timeout(self) -> float:
        """The same, whatever is waited for."""
        return self.connect_timeout


class Deadline(Until):
    """The time by which a call must be connected; `of_answer` is that of its request and answer."""

    def __init__(self, *, connect: float, read: float, seconds_left: float | None = None) -> None:
        """Each in seconds, which run from now. Of `seconds_left`, those that an answer needs are not for connecting."""
        now = time.monotonic()
        self._end = inf if seconds_left is None else now + seconds_left
        self._seconds_to_answer = read
        super().__init__(min(now + connect, self._end - LEAST_SECONDS))

    def of_answer(self) -> Until:
        """The time by which the request, from now on, must be written and its answer be complete."""
        return Until(min(time.monotonic() + self._seconds_to_answer, self._end))
