"""What the provider's records say of a message of which nobody knows whether it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cli import ledger, sends
from cli.dead_letters.contents import each_number, messages_in
from cli.dead_letters.kind import CERTAINLY_NOT_SENT, kind_of
from cli.dead_letters.kind import NEXT as NEXT_OF_KIND
from cli.errors import Told
from cli.masking import masked
from cli.program import program

if TYPE_CHECKING:
    from cli.dead_letters.letter import Letter
    from cli.place import Place

MOST_RECIPIENTS = 20  # that are asked for: one call is taken for all of its numbers, as a rule
SLACK = timedelta(minutes=20)  # around the time of a call, for its day in the provider's records
NEXT = {  # what it comes to, and the command that is next
    "all": ("it was sent", "{sms} letters delete {id}{options}"),
    "some": ("send to the others alone, then delete the letter", "{sms} letters show {id} --to message.json{options}"),
    "none": ("it may have been sent all the same; to send it again", "{sms} letters resend {id}{options}"),
    "none of a run": (
        "it may have been sent all the same; to send it again",
        "{sms} letters show {id} --to input.json{options}",
    ),
}


def of_letter(place: Place, letter: Letter, name: str, options: str) -> dict[str, Any]:
    """For each recipient whether the provider has the send, and what comes next; `name` is of this letter alone."""
    numbers = [number for message in messages_in(letter.document) for number in each_number(message)]
    if not numbers:
        raise Told(f"the letter names no recipients: `{program()} letters show {name}{options}` says what it holds")
    out_id = (ledger.read(place, letter.name) or {}).get("submission")
    submission = ledger.submission(place, out_id) if out_id else None
    days = _days(submission, letter)
    recipients = [_recipient(place, number, days, out_id) for number in numbers[:MOST_RECIPIENTS]]
    verdict, command = _next(recipients, letter, is_of_some=bool(submission and submission.get("refused")))
    return {
        "letter": name,
        "submission": out_id,
        "days": days,
        "recipients": recipients,
        "not_asked_for": max(0, len(numbers) - MOST_RECIPIENTS),
        "verdict": verdict,
        "next": command.format(sms=program(), id=name, options=options),
    }


def _recipient(place: Place, number: str, days: list[str], submission: str | None) -> dict[str, Any]:
    """Whether the provider has the send; None where it has sends that may be of any message."""
    recorded = _recorded(place, number, days)
    ours = [send for send in recorded if submission in (send["out_id"], None)]
    last = ours[-1] if ours else {}
    return {
        "phone_number": masked(number),
        "found": None if ours and submission is None else bool(ours),
        "sent_at": last.get("send_date"),
        "state": last.get("state"),
        "other_sends": len(recorded) - len(ours),
    }


def _recorded(place: Place, number: str, days: list[str]) -> list[dict[str, Any]]:
    """What stands in the way is told with the recipient. It is the letter that is at fault, not the command line."""
    try:
        return sends.recorded(place, number, days)
    except Told as told:
        raise Told(f"{masked(number)}: {told.line}") from None


def _next(recipients: list[dict[str, Any]], letter: Letter, *, is_of_some: bool) -> tuple[str, str]:
    """One call is taken for all of its numbers alike, unless the answer was a refusal, perhaps of some."""
    found = {recipient["found"] for recipient in recipients}
    if True in found:
        return NEXT["some" if is_of_some and found != {True} else "all"]
    kind = kind_of(letter)
    if kind in CERTAINLY_NOT_SENT:
        return "it was certainly not sent", NEXT_OF_KIND[kind]
    return NEXT["none of a run" if letter.message_anew() is None else "none"]


def _days(submission: dict[str, Any] | None, letter: Letter) -> list[str]:
    """Under which the provider may have filed it, China's."""
    if submission:
        calls = [float(submission[name]) for name in ("submitted_at", "timestamp")]
    else:
        calls = [letter.since - timedelta(days=1).total_seconds(), letter.since]
    times = [datetime.fromtimestamp(call, sends.CHINA) + slack for call in calls for slack in (-SLACK, SLACK)]
    now = datetime.now(sends.CHINA)
    return sorted({f"{min(time, now):%Y%m%d}" for time in times})
