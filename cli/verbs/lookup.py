"""`sms lookup`: what the provider says that it sent."""

import re
from typing import Annotated, Any

from cyclopts import Parameter

from cli import sends
from cli.dead_letters import evidence
from cli.dead_letters.choice import Choice
from cli.dead_letters.queue import every_queue, read
from cli.errors import MISUSED, Told
from cli.options import USUAL, Options
from cli.place import Place, find
from cli.program import program
from cli.screen import ask_for, note, show_facts, show_json, show_text

NUMBER = re.compile(r"\+?[0-9][0-9 ().-]{0,24}")
FOUND = {True: "sent {sent_at}, {state}", None: "perhaps sent {sent_at}, {state}", False: "no send of it"}
FACTS = ("receipt", "received_at", "template_code", "submission")


def lookup(
    number_or_letter: Annotated[str | None, Parameter(show_default=False)] = None,
    /,
    *,
    day: Annotated[str | None, Parameter(show_default=False)] = None,
    options: Options = USUAL,
) -> None:
    """Show what the provider's records hold of a number or of a dead letter's message, and whose the sends are.

    A function of the stack asks, so it works from everywhere. Times are China's.

    Examples: `sms lookup 13800138000`, `sms lookup +85261234567 --day 2026-11-30`,
    `sms lookup 7c1f0b1f0f9d4c0c8a3c6c1f1b0e2d4a`

    Parameters
    ----------
    number_or_letter
        A mainland number, or + country code and number; or the id of a letter, to see whether its message was sent.
        Left out, it is asked for, and stands in no shell's history.
    day
        For a number, a day of the last 30, China's; else today and yesterday.
    """
    asked_for = number_or_letter or ask_for("Number:")
    if not asked_for:
        raise Told("name a number, or the id of a letter", MISUSED)
    is_number = bool(NUMBER.fullmatch(asked_for))
    if day is not None and not is_number:
        raise Told("--day is for numbers: the ledger knows when a letter's message was sent", MISUSED)
    place, days = find(options), sends.days(day)
    note(place.name)
    if is_number:
        told: dict[str, Any] = {"days": days, "sends": sends.to_number(place, asked_for, days)}
    else:
        told = of_letter(place, asked_for, options.repeated())
    if options.as_json:
        show_json(told)
    elif is_number:
        show_sends(**told)
    else:
        show_evidence(told)


def of_letter(place: Place, name: str, repeated: str) -> dict[str, Any]:
    """What the provider has of a dead letter's message, which stays where it is."""
    with every_queue(place) as queues:
        letter = Choice((name,)).the_one(read(queues))
    return evidence.of_letter(place, letter, name, repeated)


def show_sends(days: list[str], sends: list[dict[str, Any]]) -> None:
    """Sends to a number, for a person."""
    for send in sends:
        show_text(f"{send['sent_at']}  {send['state']}", "bold")
        show_facts({f"  {name}": send[name] for name in FACTS} | {"  message": whose(send)})
    if not sends:
        show_text(f"the provider has no send to this number on {' or '.join(days)}; new ones can be some minutes late")


def show_evidence(told: dict[str, Any]) -> None:
    """What became of a letter's message, a line for each recipient, and what comes next."""
    for each in told["recipients"]:
        others = f"; {each['other_sends']} of other messages" if each["other_sends"] else ""
        show_text(f"{each['phone_number']}  {FOUND[each['found']].format(**each)}{others}")
    if told["not_asked_for"]:
        note(f"{told['not_asked_for']} more recipients were not asked for: {program()} lookup NUMBER does")
    if not told["submission"]:
        note("the ledger names no submission of it, so its sends cannot be told from others: compare the times")
    show_text(f"{told['verdict']}: {told['next']}", "bold")


def whose(send: dict[str, Any]) -> str:
    """Which message of the stack a send is."""
    ids = send["message_ids"]
    if not send["of_this_stack"]:
        return "none of this stack: another program sent it, or the ledger has forgotten it"
    if len(ids) == 1:
        return f"{ids[0]}  {send['status'] or 'forgotten'}"
    return f"one of {len(ids)} that went together; --json names them" if ids else "not kept"
