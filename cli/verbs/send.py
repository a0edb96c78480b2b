"""`sms send`: one message through a door, as any client sends it."""

import json
from typing import Annotated, Any, Literal
from uuid import uuid4

from cyclopts import Parameter

from cli import api, results, screen
from cli.errors import INTERRUPTED, MISUSED, UNKNOWN, Told
from cli.message import listed, message_of
from cli.options import USUAL, Flag, Options
from cli.place import Place, find
from cli.program import program
from cli.screen import note

HELD = "it was handed to a person, as a dead letter: `{sms} letters` shows it, nothing more comes by itself"


def send(
    *,
    to: Annotated[list[str], Parameter(negative="")],
    template: str | None = None,
    param: Annotated[list[str] | None, Parameter(negative="")] = None,
    sign: str | None = None,
    key: str | None = None,
    door: Literal["request", "queue"] = "request",
    wait: Annotated[bool, Flag] = False,
    yes: Annotated[bool, Flag] = False,
    options: Options = USUAL,
) -> int:
    """Send one message and show its result.

    Example: `sms send --to 13800138000 --template SMS_154950909 --param code=739164`

    Parameters
    ----------
    to
        A recipient, or several with commas between them; may be said again.
    template
        The template's code; else the stack's own.
    param
        A variable of the template as name=value; may be said again.
    sign
        The signature; else the stack's own.
    key
        The idempotency key: under one key a message is sent once. Else a new one.
    door
        The HTTP API, which answers with the result, or the queue.
    wait
        Until the message is settled, or handed to a person.
    yes
        Do not ask before more than one recipient.
    """
    place = find(options)
    note(place.name)
    message = {"phone_numbers": listed(to), **message_of(template, param or [], sign)}
    confirm(message["phone_numbers"], yes=yes)
    key = given_key(key)
    result = once_through(place, message, key, door)
    if wait and not results.is_over(result):
        asks = f"`{program()} status --key {key} --door {door}` asks"
        note(f"waiting until it is settled; Ctrl-C leaves it to the stack, {asks}")
        result = results.wait(lambda: api.get(place, api.path_of(door), key).result)
    if result.get("held"):
        note(HELD.format(sms=program()))
    results.show({**result, "idempotency_key": key}, as_json=options.as_json)
    if door == "queue" and results.comes_again(result):
        note(f"the queue tries it again, or it is a dead letter by now: {program()} letters tells")
        return UNKNOWN
    return results.exit_code(result)


def given_key(key: str | None) -> str:
    """The key of a message, or a new one. It goes in a header, which takes no more than ASCII."""
    if key is None:
        return str(uuid4())
    if not key.strip() or not key.isascii():
        raise Told(
            "--key must be ASCII text, and not empty: under a new key each time, what is repeated is sent", MISUSED
        )
    return key


def once_through(place: Place, message: dict[str, Any], key: str, door: str) -> dict[str, Any]:
    """What the door answers. Who is interrupted meanwhile is told under which key it may have been sent."""
    through = through_the_queue if door == "queue" else through_the_api
    try:
        return through(place, message, key)
    except KeyboardInterrupt:
        raise Told(api.unknown(key, door), INTERRUPTED) from None


def confirm(numbers: list[str], *, yes: bool) -> None:
    """Ask before more than one recipient."""
    if len(numbers) > 1:
        screen.confirm(f"Send to {len(numbers)} recipients?", yes=yes, otherwise="nothing was sent")


def through_the_api(place: Place, message: dict[str, Any], key: str) -> dict[str, Any]:
    """The result that the request door answers."""
    answer = api.post(place, message, key)
    if answer.result is None:
        raise Told(f"nothing was sent: {answer.detail}")
    return answer.result


def through_the_queue(place: Place, message: dict[str, Any], key: str) -> dict[str, Any]:
    """That it waits in the queue, under its key."""
    body = json.dumps({**message, "idempotency_key": key}, ensure_ascii=False)
    place.client("sqs").send_message(QueueUrl=place.output("QueueUrl"), MessageBody=body)
    return {"status": "queued", "door": "queue"}
