"""`sms start`: sends go on."""

from cli.errors import DONE, FAILED, Told
from cli.options import USUAL, Options
from cli.place import Place, find
from cli.program import program
from cli.queues import length
from cli.screen import complain, note, show_json, show_text
from cli.stopping import end_stop, let_event_source_follow


def start(*, options: Options = USUAL) -> int:
    """Let sends go on that `sms stop` has stopped: every door, and the queue with what has waited in it.

    Where nothing is stopped, it makes sure that the queue's function receives.

    Example: `sms start`
    """
    place = find(options)
    note(place.name)
    waiting = length(place.client("sqs"), place.output("QueueUrl"))
    ended = end_stop(place)
    if not options.as_json:
        show_text(f"sends go on; they were stopped {ended}" if ended else "sends were not stopped")
    fault = enable(place)
    if options.as_json:
        was = ended.document() if ended else None
        show_json({"was_stopped": was, "event_source_enabled": not fault, "waiting": waiting})
    elif not fault:
        show_text(f"the queue's event source is enabled; {waiting} messages waited in the queue")
    if fault:
        complain(fault)
    return FAILED if fault else DONE


def enable(place: Place) -> str | None:
    """Enable the queue's event source; gives what a person is told where it is not."""
    try:
        stands = let_event_source_follow(place, note)
    except Told as told:
        return (
            "sends are not stopped, but the queue's event source is not enabled, so its messages wait: "
            f"{told.line}. Then `{program()} start` again, or enable it in Lambda"
        )
    if stands:
        return f"sends are stopped again meanwhile, {stands}"
    return None
