"""What the provider's records say of a message of which nobody knows whether it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cli import ledger, sends
from cli.dead_letters.contents import each_number, messages_in
from cli.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.dead_letters.letter import Letter
    from cli.place import Place

MOST_RECIPIENTS = 20  # that are asked for: one call is taken for all of its numbers, as a rule
SLACK = timedelta(minutes=20)  # around the time of a call, for its day in the provider's records
NEXT = {  # what it comes to, and the command that is next
    "all": ("it was sent", "sms letters delete {id}{options}"),
    "some": ("send to the others alone, then delete the letter", "sms letters show {id} --body{options}"),
    "none": ("it may have been sent all the same; to send it again", "sms letters resend {id}{options}"),
}


def of_letter(place: Place, letter: Letter, options: str) -> dict[str, Any]:
    """For each recipient whether the provider has the send, and what comes next."""
    row = ledger.read(place, letter.name) or {}
    submission = ledger.submission(place, str(row["submission"])) if row.get("submission") else None
    numbers = [number for message in messages_in(letter.document) for number in each_number(message)]
    days = _days(submission, letter)
    recipients = list(_recipients(place, numbers[:MOST_RECIPIENTS], days, row.get("submission")))
    verdict, command = _next(recipients)
    return {
        "letter": letter.name,
        "submission": row.get("submission"),
        "days": days,
        "recipients": recipients,
        "not_asked_for": max(0, len(numbers) - MOST_RECIPIENTS),
        "verdict": verdict,
        "next": command.format(id=letter.name, options=options),
    }


def _recipients(place: Place, numbers: list[str], days: list[str], submission: str | None) -> Iterator[dict[str, Any]]:
    for number in numbers:
        found = sends.recorded(place, number, days)
        ours = [send for send in found if submission and send["out_id"] == submission]
        last = ours[-1] if ours else {}
        yield {
            "phone_number": masked(number),
            "found": bool(ours),
            "sent_at": last.get("send_date"),
            "state": last.get("state"),
            "other_sends": len(found) - len(ours),
        }


def _next(recipients: list[dict[str, Any]]) -> tuple[str, str]:
    found = {recipient["found"] for recipient in recipients}
    return NEXT["all" if found == {True} else "some" if True in found else "none"]


def _days(submission: dict[str, Any] | None, letter: Letter) -> list[str]:
    """Under which the provider may have filed it, China's."""
    if submission:
        calls = [float(submission[name]) for name in ("submitted_at", "timestamp")]
    else:
        calls = [letter.since - timedelta(days=1).total_seconds(), letter.since]
    times = [datetime.fromtimestamp(call, sends.CHINA) + slack for call in calls for slack in (-SLACK, SLACK)]
    return sorted({f"{time:%Y%m%d}" for time in times})
