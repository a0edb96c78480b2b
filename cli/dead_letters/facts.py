"""What is told of a letter, and how a person reads it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from cli.dead_letters import given_up_alert
from cli.dead_letters.contents import messages_in, numbers_of
from cli.dead_letters.kind import NEXT, code_of, fit, kind_of, why
from cli.dead_letters.letter import ALERTS
from cli.program import program
from cli.screen import show_paragraph, show_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.dead_letters.letter import Letter

FEW = 2  # recipients that a list names


def of_all(letters: Sequence[Letter], options: str) -> list[dict[str, Any]]:
    """The facts of letters, the oldest first. Several of one message have the ids that SQS gave them."""
    many = Counter(letter.name for letter in letters)
    ordered = sorted(letters, key=lambda letter: letter.sent_at)
    return [_of(each, each.name if many[each.name] == 1 else each.sqs_message_id, options) for each in ordered]


def of_one(letter: Letter, among: Sequence[Letter], options: str) -> dict[str, Any]:
    """The facts of one of them."""
    return next(each for each in of_all(among, options) if each["sqs_message_id"] == letter.sqs_message_id)


def _of(letter: Letter, name: str, options: str) -> dict[str, Any]:
    """What is known of a letter under a name, and the command that comes next."""
    numbers = list(chain.from_iterable(map(numbers_of, messages_in(letter.document))))
    status, category = letter.status, letter.attributes.get("category")
    return {
        "id": name,
        "message_id": None if letter.name == letter.sqs_message_id else letter.name,
        "sqs_message_id": letter.sqs_message_id,
        "queue": letter.queue,
        "status": fit(status) if status else None,
        "code": code_of(letter),
        "category": fit(category) if category else None,
        "since": datetime.fromtimestamp(int(letter.sent_at), UTC).isoformat(),
        "why": why(letter),
        "about": _about(letter),
        "recipients": len(numbers),
        "phone_numbers": numbers[:FEW],
        "next": NEXT[kind_of(letter)].format(sms=program(), id=name, options=options),
    }


def _about(letter: Letter) -> str | None:
    """What an event is about; messages have recipients."""
    about = given_up_alert.about(letter) if letter.queue == ALERTS else None
    return fit(about) if about else None


def show(facts: dict[str, Any]) -> None:
    """The same for a person, in 80 columns, with a line to paste."""
    numbers = ", ".join(facts["phone_numbers"]) + (", …" if facts["recipients"] > FEW else "")
    count = f"{facts['recipients']} recipient{'' if facts['recipients'] == 1 else 's'}"
    show_text(f"{facts['id']}  {facts['queue']}  {facts['status'] or '-'}", "bold")
    about = facts["about"] or f"{count}{': ' if numbers else ''}{numbers}"
    show_paragraph(f"since {facts['since']}, {about}")
    show_paragraph(": ".join(filter(None, (facts["code"], facts["why"]))))
    show_text(f"  {facts['next']}\n")
