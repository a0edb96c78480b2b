"""`sms letters`: what could not be sent, and what to do about it."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli.dead_letters import acting, facts, sent_after_all
from cli.dead_letters.choice import Choice
from cli.dead_letters.contents import messages_in, shown
from cli.dead_letters.kind import body_of
from cli.dead_letters.letter import Letter
from cli.dead_letters.queue import every_queue, read
from cli.dead_letters.telling import telling
from cli.files import write_new
from cli.options import USUAL, Flag, Options
from cli.place import find
from cli.screen import confirm, note, show_facts, show_json, show_text

letters = App(name="letters", help="List the dead letters of all queues, look at one, delete or resend some.")
Ids = Annotated[str, Parameter(negative="")]


@letters.default
def show_all(*, options: Options = USUAL) -> None:
    """List the dead letters of all queues, each with why it is there and the command that comes next.

    While it reads they are hidden from others. Numbers are masked, values are not shown.
    """
    place = find(options)
    note(place.name)
    with every_queue(place) as queues:
        found = facts.of_all(read(queues), options.repeated())
    if options.as_json:
        show_json({"letters": found})
    elif not found:
        show_text(f"the stack {place.stack} has no dead letters")
    for each in [] if options.as_json else found:
        facts.show(each)


@letters.command(name="show")
def show_one(
    letter: str, /, *, body: Annotated[bool, Flag] = False, to: Path | None = None, options: Options = USUAL
) -> None:
    """Show all that is known of one letter, and its message with its numbers masked and its values hidden.

    Parameters
    ----------
    letter
        The id of its message, or SQS's.
    body
        Only the message, the input of a schedule, or the event of an alert, exactly as it can be sent again.
    to
        The same into a new file, which only its owner may read.
    """
    place = find(options)
    note(place.name)
    with every_queue(place) as queues:
        every = read(queues)
    found = Choice((letter,)).the_one(every)
    if body or to:
        give_body(found, to)
        return
    told = facts.of_one(found, every, options.repeated())
    messages = list(map(shown, messages_in(found.document)))
    if options.as_json:
        show_json({**told, "messages": messages})
    else:
        texts = "\n".join(json.dumps(message, ensure_ascii=False, indent=2) for message in messages)
        show_facts({**told, "phone_numbers": None, "message": texts})


def give_body(letter: Letter, file: Path | None) -> None:
    """What can be sent again, whole, into a file or on stdout."""
    if file:
        write_new(file, f"{body_of(letter)}\n", otherwise="the letter stays: say --to NAME")
    else:
        print(body_of(letter))
    note(f"{file or 'this'} holds phone numbers and template values: delete it when it has done its work")


@letters.command
def delete(*ids: Ids, code: str | None = None, yes: Annotated[bool, Flag] = False, options: Options = USUAL) -> int:
    """Delete letters, by their ids or by their code. Nothing brings them back.

    Parameters
    ----------
    ids
        The ids of their messages, or SQS's.
    code
        All letters with this code.
    yes
        Do not ask.
    """
    choice = Choice(ids, code)
    place = find(options)
    note(place.name)
    with every_queue(place) as queues:
        chosen = choice.of(read(queues))
        if chosen:
            confirm(acting.ask_to_delete(chosen), yes=yes, otherwise="nothing was deleted")
        with telling(as_json=options.as_json) as told:
            acting.delete(queues, chosen, told.tell)
    return told.exit_code(choice.missing(chosen))


@letters.command
def resend(*ids: Ids, code: str | None = None, yes: Annotated[bool, Flag] = False, options: Options = USUAL) -> int:
    """Send the messages of letters again under new keys, by their ids or by their code, and delete the letters.

    Under a new key, what was sent after all is sent twice; `sms redrive` keeps the keys. A message that the ledger has
    as sent, or as one that is still being sent, stays.

    Parameters
    ----------
    ids
        The ids of their messages, or SQS's.
    code
        All letters with this code.
    yes
        Do not ask.
    """
    choice = Choice(ids, code)
    place = find(options)
    note(place.name)
    with every_queue(place) as queues:
        chosen = choice.of(read(queues))
        if chosen:
            note(acting.risk_of_resending(chosen), "yellow")
            confirm(acting.ask_to_resend(chosen), yes=yes, otherwise="nothing was sent")
        with telling(as_json=options.as_json) as told:
            reason, sqs = partial(sent_after_all.reason_to_stay, place), place.client("sqs")
            acting.resend(sqs, place.output("QueueUrl"), queues, chosen, reason=reason, tell=told.tell)
    return told.exit_code(choice.missing(chosen))
