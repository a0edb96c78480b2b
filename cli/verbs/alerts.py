"""`sms alerts`: whom alerts are for, and what is open."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli import putting
from cli.alerts import episodes, events, routes
from cli.alerts.showing import show_duties, show_episodes, show_tried
from cli.alerts.summary import summary, with_masked_numbers
from cli.documents import members_of, text_of
from cli.files import write_new
from cli.options import USUAL, Flag, Options
from cli.place import find
from cli.program import program
from cli.putting import Kind
from cli.screen import note, show_facts, show_json, show_text

alerts = App(name="alerts", help="Check the routes of alerts, put them in force, try them, see who is on duty.")
ROUTES = Kind(
    routes.in_force, routes.faults_of, summary, "the routes are as they were", "the alert door has it within a minute"
)
Events = Annotated[Path, Parameter(negative="")]


@alerts.command
def check(file: Path, /, *, options: Options = USUAL) -> int:
    """Say what is wrong with a document of routes, each fault by its place, and what it means. Nothing is changed.

    Example: `sms alerts check routes.json`

    Parameters
    ----------
    file
        The document, as docs/alerts.schema.json describes it.
    """
    return putting.check(ROUTES, file, options)


@alerts.command
def put(file: Path, /, *, yes: Annotated[bool, Flag] = False, options: Options = USUAL) -> int:
    """Put a document of routes in force, if nothing is wrong with it and nobody else has put one meanwhile.

    Example: `sms alerts put routes.json`

    Parameters
    ----------
    file
        The document.
    yes
        Do not ask.
    """
    return putting.put(ROUTES, file, options, yes=yes)


@alerts.command
def show(*, to: Path | None = None, options: Options = USUAL) -> None:
    """Show the routes in force: their version, who put them there and when, and what they mean.

    With --json, the document itself as well, its numbers masked.

    Parameters
    ----------
    to
        The document as it stands into a new file, which only its owner may read, to be changed and put again.
    """
    place = find(options)
    note(place.name)
    row = routes.in_force(place)
    document = members_of(row.text, "the routes")
    if to:
        write_new(to, f"{row.text.rstrip()}\n", otherwise="and nothing was changed: say --to NAME")
        note(f"{to} holds phone numbers: delete it when it has done its work")
    if options.as_json:
        show_json({**row.facts, "document": with_masked_numbers(document)})
    elif row.version:
        show_facts({**row.told, **summary(document)})
    else:
        show_text(f"there are no routes, so nobody is told of alerts: {program()} alerts put FILE")


@alerts.command(name="try")
def try_(*paths: Events, file: Path | None = None, at: str | None = None, options: Options = USUAL) -> None:
    """Show which messages an event would make: who would get which text when, and why. Nothing is sent.

    Examples: `sms alerts try events/alert`, `sms alerts try event.json --file routes.json --at 2026-12-24T23:00+08:00`

    Parameters
    ----------
    paths
        Files with an event each, as the alert door gets it, or folders of such files.
    file
        By this document of routes, in the place of the one in force.
    at
        A time with its offset, in the place of now.
    """
    given = events.read(paths)
    text = text_of(file) if file else None
    place = find(options)
    note(place.name)
    told = {name: routes.tried(place, event, text, at) for name, event in given.items()}
    if options.as_json:
        show_json({"events": [{"event": name, **answer} for name, answer in told.items()]})
        return
    for name, answer in told.items():
        show_text(name, "bold")
        show_tried(answer)


@alerts.command
def who(*, at: str | None = None, options: Options = USUAL) -> None:
    """Show who is on duty in each rotation, until when, and who comes next. Times are those of this machine.

    Parameters
    ----------
    at
        A time with its offset, in the place of now.
    """
    place = find(options)
    note(place.name)
    answer = routes.duties(place, at)
    show_json(answer) if options.as_json else show_duties(answer["rotations"])


@alerts.command(name="list")
def list_(*, options: Options = USUAL) -> None:
    """Show the alerts that fire and have not recovered, and what was sent to whom. No number is shown."""
    place = find(options)
    note(place.name)
    found = episodes.of(place)
    show_json({"episodes": found}) if options.as_json else show_episodes(found)
