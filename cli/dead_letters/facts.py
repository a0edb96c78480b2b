"""What is told of a letter: for a person as a block of lines, for a script as it is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from cli.dead_letters.contents import messages_in, numbers_of
from cli.dead_letters.kind import NEXT, code_of, fit, kind_of, why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.dead_letters.letter import Letter

FEW = 2  # recipients that a list names


def of_all(letters: Sequence[Letter], options: str) -> list[dict[str, Any]]:
    """The facts of letters, the oldest first. Several of one message have the ids that SQS gave them."""
    many = Counter(letter.name for letter in letters)
    ordered = sorted(letters, key=lambda letter: letter.sent_at)
    return [of(each, each.name if many[each.name] == 1 else each.sqs_message_id, options) for each in ordered]


def of(letter: Letter, name: str, options: str) -> dict[str, Any]:
    """What is known of a letter under a name, and the command that comes next."""
    numbers = list(chain.from_iterable(map(numbers_of, messages_in(letter.document))))
    status, category = letter.status, letter.attributes.get("category")
    return {
        "id": name,
        "sqs_message_id": letter.sqs_message_id,
        "queue": letter.queue,
        "status": fit(status) if status else None,
        "code": code_of(letter),
        "category": fit(category) if category else None,
        "since": datetime.fromtimestamp(int(letter.sent_at), UTC).isoformat(),
        "why": why(letter),
        "recipients": len(numbers),
        "phone_numbers": numbers[:FEW],
        "next": NEXT[kind_of(letter)].format(id=name, options=options),
    }


def block(facts: dict[str, Any]) -> list[str]:
    """The same in lines of 80 columns at most, but for the code and why, which may be long."""
    numbers = ", ".join(facts["phone_numbers"]) + (", …" if facts["recipients"] > FEW else "")
    count = f"{facts['recipients']} recipient{'' if facts['recipients'] == 1 else 's'}"
    return [
        f"{facts['id']}  {facts['queue']}  {facts['status'] or '-'}",
        f"since {facts['since']}, {count}{': ' if numbers else ''}{numbers}",
        ": ".join(filter(None, (facts["code"], facts["why"]))),
    ]
