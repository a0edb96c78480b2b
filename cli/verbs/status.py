"""`sms status`: what became of a message."""

import time
from http import HTTPStatus
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from cli import api, ledger, logs, results
from cli.errors import MISUSED, Told
from cli.options import USUAL, Flag, Options
from cli.place import Place, find
from cli.screen import note, show_facts, show_json, show_table

A_DAY = 86_400


def status(
    message_id: Annotated[str | None, Parameter(show_default=False)] = None,
    /,
    *,
    key: str | None = None,
    door: Literal["request", "queue", "schedule", "alert"] = "request",
    log: Annotated[bool, Flag] = False,
    options: Options = USUAL,
) -> None:
    """Show what became of a message: by its id from the ledger, or by its key from the API.

    Examples: `sms status 7c1f0b1f0f9d4c0c8a3c6c1f1b0e2d4a --log`, `sms status --key order-1042 --door queue`

    Parameters
    ----------
    message_id
        An operator's way: the ledger's row, whoever sent the message.
    key
        A caller's way: the result of the message that you sent under this key.
    door
        Which door the message under the key came in by; others than request need a permission of their own.
    log
        Its outcome lines from the functions' logs as well: since it was made, by its key those of the last day.
    """
    if bool(message_id) == bool(key and key.strip()) or not (key or "").isascii():
        raise Told("name a message by its id, or by --key, which is ASCII text", MISUSED)
    place = find(options)
    note(place.name)
    facts = by_id(place, message_id) if message_id else by_key(place, str(key), door)
    since = facts.pop("since", int(time.time()) - A_DAY)
    lines = logs.outcomes(place, facts["message_id"], since) if log else None
    if options.as_json:
        show_json(facts if lines is None else {**facts, "log": lines})
        return
    show_facts({name: results.text(value) for name, value in facts.items()})
    if lines is not None:
        show_table(("when", "what", "status", "code", "description"), map(_row, lines), empty="no outcome line")


def by_id(place: Place, message_id: str) -> dict[str, Any]:
    """What the ledger holds of it."""
    row = ledger.read(place, message_id)
    if row is None:
        raise Told("the ledger has no such message: look at the id and the stack; rows end after LedgerRetentionDays")
    return {**ledger.facts(row), "since": int(row["created_at"]) - 1}


def by_key(place: Place, key: str, door: str) -> dict[str, Any]:
    """What the API answers."""
    answer = api.get(place, api.path_of(door), key)
    if answer.status == HTTPStatus.NOT_FOUND:
        raise Told("you sent no message under this key by this door: look at --key and --door, or ask by its id")
    if answer.result is None:
        raise Told(f"the API did not tell: {answer.detail}")
    return results.shown(answer.result)


def _row(line: dict[str, Any]) -> list[str]:
    return [str(line.get(name, "")) for name in ("timestamp", "message", "status", "code", "description")]
