"""What a check found, and how one is carried out that may not be allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from cli import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.place import Place

State = Literal["ok", "fault", "not checked"]


class Finding(NamedTuple):
    """One line: what was looked at, how it is, and what to do."""

    about: str
    state: State
    says: str


Check = tuple[str, "Callable[[Place], Iterator[Finding]]"]  # what it is about, and what finds it out


def ok(about: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(about, "ok", says)


def fault(about: str, says: str) -> Finding:
    """Something to do, which it says."""
    return Finding(about, "fault", says)


def not_checked(about: str, says: str) -> Finding:
    """Nobody knows, and why."""
    return Finding(about, "not checked", says)


def carry_out(check: Check, place: Place) -> Iterator[Finding]:
    """What a check finds; where it may not look, or there is nothing to look at, that, and the next one goes on."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - help needs none of it

    about, find = check
    try:
        yield from find(place)
    except (BotoCoreError, ClientError) as error:
        yield not_checked(about, faults.told(error))
    except KeyError as missing:
        yield fault(about, f"the stack has no {missing.args[0]}, or not yet: deploy it again")
