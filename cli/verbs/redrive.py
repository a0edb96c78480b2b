"""`sms redrive`: dead letters moved back into the queue."""

from collections import Counter
from typing import Annotated

from cyclopts import Parameter

from cli.dead_letters.giving import ToTheAlertDoor
from cli.dead_letters.letter import ALERTS
from cli.dead_letters.moving import IntoTheQueue
from cli.dead_letters.order import Order
from cli.dead_letters.queue import each_queue
from cli.dead_letters.redriving import Redrive
from cli.dead_letters.telling import Outcome
from cli.errors import DONE, FAILED
from cli.options import USUAL, Flag, Options
from cli.place import Place, find
from cli.progress import Progress, progress
from cli.screen import complain, note, show_json, show_text


def redrive(
    *message_ids: Annotated[str, Parameter(negative="")],
    dry_run: Annotated[bool, Flag] = False,
    options: Options = USUAL,
) -> int:
    """Move dead letters back: messages into the messages queue, under the keys that they had, events to the alert door.

    The queue door checks each as any other message: a key that the ledger knows as sent is not sent again. Nor does the
    alert door tell of anything twice.

    Examples: `sms redrive --dry-run`, `sms redrive 7c1f0b1f0f9d4c0c8a3c6c1f1b0e2d4a`

    Parameters
    ----------
    message_ids
        Only these letters, by the ids of their messages. One of which nobody knows whether its message was sent, or
        whose message the ledger may have forgotten, stays unless it is asked for so.
    dry_run
        Only say what would be moved.
    """
    place = find(options)
    note(place.name)
    order = Order(frozenset(message_ids), dry_run)
    letters: list[Outcome] = []
    counts: Counter[str] = Counter()
    try:
        with progress(as_json=options.as_json) as shown:
            move_all(place, order, letters, counts, shown, quiet=options.as_json)
    finally:
        if options.as_json:
            named = {name: counts[name] for name in ("met", "moved", "failed")}
            show_json({**named, "dry_run": dry_run, "letters": [letter.document() for letter in letters]})
    if not options.as_json:
        would = "would be " if dry_run else ""
        show_text(f"{counts['moved']} of {counts['met']} dead letters of {place.stack} {would}moved back")
    if message_ids and not counts["asked for"]:
        names = ", ".join(message_ids)
        complain(f"no dead letter of {names} can be seen now: look at the ids and the stack, or try in 15 minutes")
        return FAILED
    return FAILED if counts["failed"] else DONE


def move_all(
    place: Place, order: Order, letters: list[Outcome], counts: Counter[str], shown: Progress, *, quiet: bool
) -> None:
    """Go through all queues; what became of each letter is kept and counted, and told at once to a person."""

    def tell(outcome: Outcome) -> None:
        letters.append(outcome)
        if not quiet:
            shown.tell(outcome.line())

    into_the_queue = IntoTheQueue(place.client("sqs"), place.output("QueueUrl"))
    for queue in each_queue(place):
        way = ToTheAlertDoor(place) if queue.name == ALERTS else into_the_queue
        one = Redrive(queue, way, order, tell=tell, progress=shown)
        try:
            one.run()
        finally:
            counts.update(one.counts)
