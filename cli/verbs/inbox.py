"""`sms inbox`: what the provider's simulator received."""

import json
import time
from collections.abc import Iterator
from typing import Annotated, Any

from cli.errors import Told
from cli.masking import masked
from cli.options import USUAL, Flag, Options
from cli.place import find
from cli.program import program
from cli.screen import note, show_text

PAUSE = 1.0  # seconds between two looks
SECONDS_TO_ANSWER = 5
NAMES = ("accepted_at", "sign_name", "template_code", "content", "request_id", "biz_id")


def inbox(*, follow: Annotated[bool, Flag] = False, options: Options = USUAL) -> None:
    """Show the messages that the local cloud's simulator received, the earliest first. Nothing of AWS has an inbox.

    They are read as on a phone, with the text that arrived; numbers are masked. With --json, a line for each.

    Parameters
    ----------
    follow
        Go on as messages arrive, until Ctrl-C.
    """
    place = find(options)
    if place.local is None:
        raise Told(
            f"only a local cloud has an inbox: `make up` starts one, `{program()} status` tells of a message on AWS"
        )
    note(place.name)
    if place.local.simulator_url is None:
        raise Told("this local cloud uses another provider than the simulator: look there")
    note(f"the same on a page: {place.local.inbox_url}")
    shown = 0
    for message in arriving(place.local.simulator_url, follow=follow):
        show(message, as_json=options.as_json)
        shown += 1
    if not shown and not options.as_json:
        note("nothing has arrived yet; --follow waits for it")


def arriving(simulator_url: str, *, follow: bool) -> Iterator[dict[str, Any]]:
    """Each message once. The simulator may be emptied meanwhile, and then begins anew."""
    seen = 0
    while True:
        messages = _messages(simulator_url)
        seen = 0 if len(messages) < seen else seen
        yield from messages[seen:]
        seen = len(messages)
        if not follow:
            return
        time.sleep(PAUSE)


def show(message: dict[str, Any], *, as_json: bool) -> None:
    """One message, as a block or as a line of JSON."""
    number = masked(message["phone_number"])
    if as_json:
        chosen = {"phone_number": number, **{name: message[name] for name in NAMES}}
        print(json.dumps(chosen, ensure_ascii=False), flush=True)
        return
    show_text(f"{message['accepted_at']}  {number}  {message['template_code']}", "bold")
    show_text(f"  {message['content']}")


def _messages(simulator_url: str) -> list[dict[str, Any]]:
    import requests  # noqa: PLC0415 - help needs none of it

    with requests.Session() as http:
        http.trust_env = False  # no proxy stands before this machine
        try:
            answer = http.get(f"{simulator_url}/_simulator/messages", timeout=SECONDS_TO_ANSWER)
        except requests.RequestException:
            raise Told(
                f"the simulator at {simulator_url} does not answer: `make down` and `make up` start it"
            ) from None
    return list(answer.json()["messages"])
