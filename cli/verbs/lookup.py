"""`sms lookup`: what the provider says that it sent."""

from typing import Annotated, Any

from cyclopts import Parameter

from cli import sends
from cli.options import USUAL, Options
from cli.place import find
from cli.screen import note, show_facts, show_json, show_text

FACTS = ("receipt", "received_at", "template_code", "submission", "message")


def lookup(
    number: str,
    /,
    *,
    day: Annotated[str | None, Parameter(show_default=False)] = None,
    options: Options = USUAL,
) -> None:
    """Show what the provider's records hold of a number, and which messages of the stack these sends are.

    A function of the stack asks, so it works from everywhere. Times are China's.

    Examples: `sms lookup 13800138000`, `sms lookup +85261234567 --day 2026-11-30`

    Parameters
    ----------
    number
        A mainland number, or + country code and number.
    day
        A day of the last 30, China's; else today and yesterday.
    """
    place = find(options)
    asked = sends.days(day)
    note(place.name)
    found = sends.to_number(place, number, asked)
    if options.as_json:
        show_json({"days": asked, "sends": found})
        return
    for send in found:
        show_text(f"{send['sent_at']}  {send['state']}", "bold")
        show_facts({f"  {name}": send.get(name) for name in FACTS} | {"  message": _message(send)})
    if not found:
        show_text(f"the provider has no send to this number on {' or '.join(asked)}; new ones can be some minutes late")


def _message(send: dict[str, Any]) -> str:
    ids = send["message_ids"]
    if not send["of_this_stack"]:
        return "none of this stack: another program sent it, or the ledger has forgotten it"
    if len(ids) == 1:
        return f"{ids[0]}  {send['status'] or 'forgotten'}"
    return f"one of {len(ids)} that went together; --json names them" if ids else "not kept"
