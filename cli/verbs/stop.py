"""`sms stop`: no more sends, at once."""

import time

from cli.errors import DONE, FAILED, MISUSED, Told
from cli.masking import scrubbed
from cli.options import USUAL, Options
from cli.place import Place, find
from cli.program import program
from cli.screen import complain, note, show_json, show_paragraph, show_text
from cli.stopping import let_event_source_follow, put_stop, who
from cli.usage import Stop

MOST_CHARACTERS = 200
PLAN = "every door ends its new sends, and the queue's function receives no more; nothing is lost"
FOLLOWS = (
    "From now on the request door answers 503, the queue's messages wait (SQS keeps them for 4 days from when they "
    "were sent), schedules are parked, and settling looks up what nobody knows, but sends nothing. A call that is "
    "under way comes to its end."
)


def stop(*, why: str, options: Options = USUAL) -> int:
    """Stop all sends of the stack within seconds: an emergency, so it asks nothing. `sms start` undoes it.

    What waits in the queue stays there; nothing is lost. Where sends are stopped already, that stop stays as it is.

    Example: `sms stop --why "a leaked key sends to strangers"`

    Parameters
    ----------
    why
        What others are told, callers of the API too, in up to 200 characters.
    """
    require_reason(why)
    place = find(options)
    note(place.name)
    place.output("QueueUrl")  # where there is no such stack, that is all there is to say
    note(PLAN)
    new = Stop(scrubbed(why), who(place), int(time.time()))
    earlier = put_stop(place, new)
    if not options.as_json:
        show_text(f"stopped already, and so it stays, {earlier}" if earlier else f"stopped {new}")
    fault = disable(place)
    if options.as_json:
        standing = (earlier or new).document()
        show_json({"stopped": standing, "changed": not earlier, "event_source_disabled": not fault})
    elif not fault:
        show_text("the queue's event source is disabled")
        show_paragraph(f"{FOLLOWS} `{program()} start{options.repeated()}` undoes it.")
    if fault:
        complain(fault)
    return FAILED if fault else DONE


def require_reason(why: str) -> None:
    """Raise Told where it says nothing, or could not be shown in a line."""
    if not why.strip() or not why.isprintable() or len(why) > MOST_CHARACTERS:
        raise Told(f"--why takes a line of up to {MOST_CHARACTERS} characters", MISUSED)


def disable(place: Place) -> str | None:
    """Disable the queue's event source; gives what a person is told where it is not."""
    try:
        stands = let_event_source_follow(place, note)
    except Told as told:
        return (
            "sends are stopped, but the queue's event source is not disabled, so its messages are received in vain: "
            f"{told.line}. Then `{program()} stop` again, or disable it in Lambda"
        )
    if not stands:
        return f"somebody has started sends again meanwhile: `{program()} usage` says how it stands"
    return None
