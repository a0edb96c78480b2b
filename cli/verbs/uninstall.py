"""`sms uninstall`: the stack taken away, and what stays told."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cli.errors import MISUSED, Told
from cli.options import USUAL, Flag, Options
from cli.place import Place, find
from cli.screen import ask_for, note, show_facts, show_json, show_text
from cli.uninstalling import artifacts, inventory
from cli.uninstalling.inventory import Inventory
from cli.uninstalling.plan import Plan
from cli.uninstalling.removal import Removal, delete_table
from cli.uninstalling.schedules import export

FILE = Path("schedules.json")


def uninstall(
    *,
    ledger: Annotated[bool, Flag] = False,
    code: Annotated[bool, Flag] = False,
    schedules: Path = FILE,
    anyway: Annotated[bool, Flag] = False,
    yes: Annotated[bool, Flag] = False,
    dry_run: Annotated[bool, Flag] = False,
    options: Options = USUAL,
) -> None:
    """Delete the stack, after it has said what there is and what becomes of it. The ledger's table stays.

    Examples: `sms uninstall --dry-run`, `sms uninstall --ledger --code`

    Parameters
    ----------
    ledger
        The table too, protected or not: its keys are forgotten, and may be sent again.
    code
        The stack's objects in the bucket of sam too; never the bucket.
    schedules
        Where the schedules that target the stack are copied to.
    anyway
        Though messages, dead letters, or what is still to be settled would be lost.
    yes
        Do not ask for the stack's name.
    dry_run
        Only say what would be done.
    """
    place = find(options)
    note(place.name)
    plan = Plan(inventory.take(place), ledger, code, schedules)
    removal = Removal(place.client("cloudformation"), plan.there.stack_id, note)
    if not options.as_json:
        show_facts(plan.facts())
    try:
        if not dry_run:
            allow(place, plan, anyway=anyway, yes=yes)
            remove_stack(removal, plan)
            remove_rest(place, plan)
    finally:
        if options.as_json:
            going = {"deleted": removal.is_over, "being_deleted": removal.goes_on}
            show_json({"stack": place.stack, **going, **plan.document()})
    if removal.is_over and not options.as_json:
        show_text("\n".join([f"the stack {place.stack} is deleted", *plan.afterwards()]))


def allow(place: Place, plan: Plan, *, anyway: bool, yes: bool) -> None:
    """Refuse what would lose something, and ask a person; raises Told where it may not go on."""
    if plan.file.exists():
        raise Told(f"{plan.file} is there already: move it away, or say --schedules FILE")
    require_nothing_lost(plan.there, anyway=anyway)
    if yes:
        return
    if not sys.stdin.isatty():
        raise Told("there is nobody to ask: say --yes", MISUSED)
    if ask_for(f"Type the stack's name, {place.stack}, to delete it:") != place.stack:
        raise Told("nothing was deleted")
    require_nothing_lost(inventory.take(place), anyway=anyway)  # since to be asked may have taken an hour


def require_nothing_lost(there: Inventory, *, anyway: bool) -> None:
    """Raise Told where messages would go with the stack, unless a person said that they may."""
    if there.losses and not anyway:
        raise Told(f"nothing was deleted, since this would be lost: {', '.join(there.losses)}; or say --anyway")


def remove_stack(removal: Removal, plan: Plan) -> None:
    """Copy the schedules, then delete the stack, which ends whether somebody waits for it or not."""
    export(plan.there.schedules, plan.file)
    name = plan.there.stack_id
    try:
        removal.run()
    finally:
        if removal.goes_on:
            note(f"the deletion goes on: `aws cloudformation describe-stack-events --stack-name {name}` shows it")
            note("\n".join(replace(plan, ledger=False, code=False).afterwards()))


def remove_rest(place: Place, plan: Plan) -> None:
    """What outlives the stack, and was asked for. Where that fails, there is no stack to run this for again."""
    done = replace(plan, ledger=False, code=False)
    try:
        if plan.ledger:
            delete_table(place.client("dynamodb"), plan.there.table)
            done = replace(done, ledger=True)
        if plan.code:
            artifacts.delete(place.client("s3"), plan.there.artifacts)
    except BaseException:
        note("\n".join([f"the stack {place.stack} is deleted", *done.afterwards()]))
        raise
