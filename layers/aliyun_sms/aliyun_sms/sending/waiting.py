"""How long what cannot be sent now waits, and where: at its door, or parked in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aliyun_sms.result import OUT_OF_TIME, STOPPED

if TYPE_CHECKING:
    from aliyun_sms.message.incoming import Origin
    from aliyun_sms.result import Result

LONGEST_AT_THE_QUEUE = 900  # seconds that a record may be hidden for; for longer its message is parked
FIRST_WAIT = 5  # seconds after the first receive, at least; three times as long after each next
SPREAD = 0.5  # of a wait, by chance on top of it: what was refused together does not return together


def must_be_parked(result: Result, origin: Origin, seconds: float) -> bool:
    """Whether a message that can go in so many seconds has to wait in the ledger.

    At the request door a caller waits; of a schedule only a whole run comes again. A fault of the account does not mend
    itself, so somebody has to know of it. To come again would begin a submission that was split anew, and use up the
    receives of a record while nothing is sent at all.
    """
    if origin.door == "request" or not result.comes_again or result.category == "configuration":
        return False
    if origin.door == "schedule" or result.code in {OUT_OF_TIME, STOPPED}:
        return True
    return result.category == "throttled" and (not origin.may_wait or seconds > LONGEST_AT_THE_QUEUE)


def is_last_wait(receives: int, most_receives: int) -> bool:
    """Whether a record may be received once more at most: that one is kept for a function that is killed."""
    return receives + 1 >= most_receives


def seconds_hidden(seconds: float, receives: int, chance: float) -> int:
    """For how long the record of a throttled message is hidden, which can go in so many seconds at the earliest.

    `chance` is a number from 0 to 1, another one for each record.
    """
    wait: float = max(seconds, FIRST_WAIT * 3 ** (receives - 1))
    return min(round(wait * (1 + SPREAD * chance)), LONGEST_AT_THE_QUEUE)
