"""When an unknown outcome is looked up again, and when a send would show. Times are seconds since 1970."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .outcomes import LOOK_AGAIN

if TYPE_CHECKING:
    from aliyun_sms.ledger.claim import Claim

# Seconds after the call, until the grace period ends, which is when the last look is.
LOOKS = (LOOK_AGAIN, 120, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400)
SOON = 5  # seconds until send records are asked again that could not be read
VISIBLE = 120  # seconds after which what was sent in spite of a refusal would show in the provider's send records


def would_show_at(claim: Claim, grace: float) -> int:
    """When what was sent in spite of a refusal would show: so long after the answer, which is written by then."""
    answered_at = max(row.updated_at for row in claim.messages)
    return answered_at + int(min(VISIBLE, grace / 2)) + 1


def next_look(claim: Claim, elapsed: int, grace: int, now: int) -> int:
    """When a submission is looked at next, so many seconds after its call: sooner where a refusal may be settled."""
    submission = claim.submission
    later = (look for look in (*LOOKS, grace) if elapsed < look <= grace)
    at = submission.timestamp + min(later, default=elapsed + SOON)
    if submission.refused and claim.messages and now < (shows_at := would_show_at(claim, grace)):
        return min(at, shows_at)
    return at
