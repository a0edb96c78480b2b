"""`sms policy`: who may send what, and what templates take."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import App

from cli import asking, versioned_row
from cli.documents import members_of, show_faults, text_of
from cli.errors import DONE, FAILED
from cli.options import USUAL, Flag, Options
from cli.place import Place, find
from cli.policy_summary import summary
from cli.screen import confirm, note, show_facts, show_json, show_text

TABLE, KEY = "MessagesTable", "policy"

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
    text = text_of(file)
    place = find(options)
    note(place.name)
    faults = faults_of(place, text)
    if options.as_json:
        show_json({"faults": faults})
    else:
        show_faults(faults) if faults else show_facts(summary(json.loads(text)))
    return FAILED if faults else DONE


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
    text = text_of(file)
    place = find(options)
    note(place.name)
    standing = versioned_row.read(place, TABLE, KEY)
    if faults := faults_of(place, text):
        show_json({"faults": faults}) if options.as_json else show_faults(faults)
        return FAILED
    if not options.as_json:
        show_facts(summary(json.loads(text)))
    question = f"Put this in force as version {standing.version + 1}?"
    confirm(question, yes=yes, otherwise="the policy is as it was")
    row = versioned_row.put(place, text, standing)
    show_json(row.facts) if options.as_json else show_facts(row.told)
    note("the functions have it within a minute")
    return DONE


@policy.command
def show(*, options: Options = USUAL) -> None:
    """Show the policy in force: its version, who put it there and when, and what it means.

    With --json, the document itself as well, to be changed and put again.
    """
    place = find(options)
    note(place.name)
    row = versioned_row.read(place, TABLE, KEY)
    document = members_of(row.text, "the policy")
    if options.as_json:
        show_json({**row.facts, "document": document})
    elif row.version:
        show_facts({**row.told, **summary(document)})
    else:
        show_text("no policy was put: everybody has the stack's defaults, and templates take any values")


def faults_of(place: Place, text: str) -> list[dict[str, str]]:
    """What the stack has against a policy: it is asked, since it will hold messages to it."""
    faults: list[dict[str, str]] = asking.ask(place, {"ask": "policy", "document": text})["faults"]
    return faults
