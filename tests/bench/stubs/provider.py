"""The provider, which says OK to everything: python -m tests.bench.stubs.provider."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.bench.stubs.http import Listener, Stub, run

if TYPE_CHECKING:
    from collections import Counter

LISTENERS = [
    Listener("http", secure=False),
    Listener("https", secure=True),
    Listener("http_30", secure=False, seconds=0.03),
    Listener("https_30", secure=True, seconds=0.03),
]
_OK = b'{"Code":"OK","Message":"OK","RequestId":"F655A8D5-B967-440B-8683-DAD6FF8DE990","BizId":"900619746936498440^0"}'
_ACTION = re.compile(rb"(?:[?&]|^)Action=([A-Za-z]+)|\nx-acs-action: *([A-Za-z]+)", re.IGNORECASE)
_NUMBERS = re.compile(rb"(?:[?& ]|^)PhoneNumbers=([^& ]*)")
_BATCH = re.compile(rb"(?:[?&]|^)PhoneNumberJson=([^& ]*)")


def answer(head: bytes, body: bytes, counts: Counter[str]) -> tuple[int, bytes]:
    """Counts calls by action, and recipients: what is accepted must be as many as were to be sent."""
    action = _ACTION.search(body) or _ACTION.search(head)
    counts[(action[1] or action[2]).decode() if action else "unreadable"] += 1
    counts["recipients"] += recipients(head, body)
    return 200, _OK


def recipients(head: bytes, body: bytes) -> int:
    """How many numbers a request holds, percent-encoded as they come."""
    numbers = _NUMBERS.search(body) or _NUMBERS.search(head)
    if numbers:
        return numbers[1].count(b"%2C") + numbers[1].count(b",") + 1
    batch = _BATCH.search(body) or _BATCH.search(head)
    return batch[1].count(b"%22") // 2 if batch else 0


if __name__ == "__main__":
    run(Stub("application/json", answer), LISTENERS)
