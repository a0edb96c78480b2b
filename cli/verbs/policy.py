"""`sms policy`: who may send what, and what templates take."""

from pathlib import Path
from typing import Annotated

from cyclopts import App

from cli import asking, putting, versioned_row
from cli.documents import members_of
from cli.options import USUAL, Flag, Options
from cli.place import Place, find
from cli.policy_summary import summary
from cli.putting import Kind
from cli.screen import note, show_facts, show_json, show_text
from cli.versioned_row import VersionedRow

TABLE, KEY = "MessagesTable", "policy"


def in_force(place: Place) -> VersionedRow:
    """The policy as last put."""
    return versioned_row.read(place, TABLE, KEY)


def faults_of(place: Place, text: str) -> list[dict[str, str]]:
    """What the stack has against a policy: it is asked, since it will hold messages to it."""
    faults: list[dict[str, str]] = asking.ask(place, {"ask": "policy", "document": text})["faults"]
    return faults


POLICY = Kind(in_force, faults_of, summary, "the policy is as it was", "the functions have it within a minute")

policy = App(name="policy", help="Check a policy, put it in force, or show the one that is: who may send what.")


@policy.command
def check(file: Path, /, *, options: Options = USUAL) -> int:
    """Say what is wrong with a policy, each fault by its place, and what it means. Nothing is changed.

    Example: `sms policy check policy.json`

    Parameters
    ----------
    file
        The policy, as docs/policy.schema.json describes it.
    """
    return putting.check(POLICY, file, options)


@policy.command
def put(file: Path, /, *, yes: Annotated[bool, Flag] = False, options: Options = USUAL) -> int:
    """Put a policy in force, if nothing is wrong with it and nobody else has put one meanwhile.

    Example: `sms policy put policy.json`

    Parameters
    ----------
    file
        The policy; {} ends all rules.
    yes
        Do not ask.
    """
    return putting.put(POLICY, file, options, yes=yes)


@policy.command
def show(*, options: Options = USUAL) -> None:
    """Show the policy in force: its version, who put it there and when, and what it means.

    With --json, the document itself as well, to be changed and put again.
    """
    place = find(options)
    note(place.name)
    row = in_force(place)
    document = members_of(row.text, "the policy")
    if options.as_json:
        show_json({**row.facts, "document": document})
    elif row.version:
        show_facts({**row.told, **summary(document)})
    else:
        show_text("no policy was put: everybody has the stack's defaults, and templates take any values")
