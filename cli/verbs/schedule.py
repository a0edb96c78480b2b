"""`sms schedule`: messages that are sent at times of a person's own."""

from datetime import UTC, datetime
from typing import Annotated, Any

from cyclopts import App, Parameter

from cli.asking import ALERT_DOOR, ask
from cli.documents import show_faults
from cli.errors import DONE, FAILED, MISUSED, Told
from cli.masking import scrubbed
from cli.message import listed, message_of
from cli.options import USUAL, Flag, Options
from cli.place import find
from cli.schedules import kept
from cli.schedules.cron import BadExpression
from cli.schedules.expression import Expression, read_expression, read_zone
from cli.schedules.kept import Kept
from cli.screen import confirm, note, show_facts, show_json, show_table, show_text

CHINA = "Asia/Shanghai"
MOST_TIMES = 5  # that are shown

schedule = App(name="schedule", help="Keep schedules that send a message, to numbers or to who is on duty.")


@schedule.command
def add(
    name: str,
    expression: str,
    /,
    *,
    to: Annotated[list[str], Parameter(negative="")],
    template: str | None = None,
    param: Annotated[list[str] | None, Parameter(negative="")] = None,
    sign: str | None = None,
    zone: str = CHINA,
    yes: Annotated[bool, Flag] = False,
    options: Options = USUAL,
) -> int:
    """Add a schedule, once its message and its times are seen to be right. Each time it runs, it sends once.

    Examples: `sms schedule add night-duty 'cron(0 18 ? * MON *)' --to on-call --template SMS_200000003`,
    `sms schedule add launch 'at(2026-12-31T09:00:00)' --to 13800138000`

    Parameters
    ----------
    name
        What it is called.
    expression
        When it runs: at(2026-12-31T09:00:00), after which it is gone, rate(1 day) or cron(0 18 ? * MON *).
    to
        Numbers, and names of contacts and rotations of the routes of alerts; with commas between, or said again.
    template
        The template's code; else the stack's own.
    param
        A variable of the template as name=value; may be said again.
    sign
        The signature; else the stack's own.
    zone
        The time zone of the expression.
    yes
        Do not ask.
    """
    when, message, people = _read(expression, zone), message_of(template, param or [], sign), listed(to)
    kept.check_name(name)
    place = find(options)
    note(place.name)
    kept.group_of(place)
    now = datetime.now(UTC)
    times = _told(when, zone, now, now)
    if not times:
        raise Told("it would never run: look at the expression and the zone", MISUSED)
    faults = ask(place, {"ask": "message", "to": people, "message": message}, ALERT_DOOR)["faults"]
    if faults:
        show_json({"faults": faults}) if options.as_json else show_faults(faults)
        return FAILED
    facts = _facts(name, when.text, zone, people, message)
    if not options.as_json:
        show_facts({**facts, "to": ", ".join(facts["to"]), "next": "\n".join(times)})
    confirm("Add this schedule?", yes=yes, otherwise="no schedule was added")
    kept.add(place, name, when, zone, people, message)
    if options.as_json:
        show_json({**facts, "next": times})
    return DONE


@schedule.command(name="list")
def list_(*, options: Options = USUAL) -> None:
    """List the schedules that were added, each with when it runs next. Numbers are masked."""
    place = find(options)
    note(place.name)
    found = [_shown(each, 1) for each in kept.every(place)]
    if options.as_json:
        show_json({"schedules": found})
        return
    rows = [
        (each["name"], each["runs"], each["state"], ", ".join(each["to"]), *(each["next"] or [""])) for each in found
    ]
    show_table(("name", "runs", "state", "to", "next"), rows, empty="there are no schedules")


@schedule.command
def show(name: str, /, *, options: Options = USUAL) -> None:
    """Show a schedule with the next five times that it runs, in its zone. Numbers are masked, values are not shown."""
    place = find(options)
    note(place.name)
    facts = _shown(kept.one(place, name), MOST_TIMES)
    if options.as_json:
        show_json(facts)
    else:
        show_facts({**facts, "to": ", ".join(facts["to"]), "next": "\n".join(facts["next"])})


@schedule.command
def pause(name: str, /, *, options: Options = USUAL) -> None:
    """Let a schedule not run until `sms schedule resume`. What it misses meanwhile is not made up for."""
    _switch(name, "DISABLED", options)


@schedule.command
def resume(name: str, /, *, options: Options = USUAL) -> None:
    """Let a schedule run that was paused."""
    _switch(name, "ENABLED", options)


@schedule.command
def remove(name: str, /, *, yes: Annotated[bool, Flag] = False, options: Options = USUAL) -> None:
    """Delete a schedule. What is on its way is sent all the same.

    Parameters
    ----------
    name
        What it is called.
    yes
        Do not ask.
    """
    place = find(options)
    note(place.name)
    found = _shown(kept.one(place, name), 1)
    confirm(f"Remove {found['name']} ({found['runs']})?", yes=yes, otherwise="the schedule is as it was")
    kept.remove(place, name)
    show_json({"removed": found["name"]}) if options.as_json else show_text(f"{found['name']} is removed")


def _switch(name: str, state: str, options: Options) -> None:
    place = find(options)
    note(place.name)
    kept.switch(place, kept.one(place, name), state)
    facts = _shown(kept.one(place, name), 1)
    show_json(facts) if options.as_json else show_text(f"{facts['name']} is {facts['state']}")


def _read(expression: str, zone: str) -> Expression:
    try:
        read_zone(zone)
        return read_expression(expression)
    except BadExpression as bad:
        raise Told(str(bad), MISUSED) from None


def _shown(one: Kept, most: int) -> dict[str, Any]:
    """What may be shown of a schedule."""
    facts = _facts(one.name, one.expression, one.zone, one.to, one.message)
    times = _told(_read(one.expression, one.zone), one.zone, datetime.now(UTC), one.since, most) if one.is_on else []
    return {**facts, "state": "on" if one.is_on else "paused", "next": times}


def _facts(name: str, runs: str, zone: str, to: list[str], message: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": scrubbed(name),
        "runs": f"{runs} {zone}",
        "to": [scrubbed(each) for each in to],
        "template": message.get("template_code"),
        "sign": message.get("sign_name"),
        "variables": ", ".join(message.get("template_param", {})),
    }


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _told(when: Expression, zone: str, now: datetime, since: datetime, most: int = MOST_TIMES) -> list[str]:
    """The next times, in the zone."""
    return [at.isoformat(timespec="minutes") for at in when.times(read_zone(zone), now, since, most)]
