"""`sms usage`: how much was sent today, by whom, beside the limits."""

from datetime import UTC
from typing import Any

from cli import usage as stack_usage
from cli.caller_limits import CallerCount, of_callers
from cli.limits import Count, of_stack
from cli.options import USUAL, Options
from cli.place import find
from cli.screen import note, show_facts, show_json, show_table
from cli.usage import Usage


def usage(*, options: Options = USUAL) -> None:
    """Show how many recipients were sent to today, China's day, by the stack and by each caller of its API.

    Each count stands beside its limit. It says when the limits open again, and whether sends are stopped.

    Examples: `sms usage`, `sms usage --json`
    """
    place = find(options)
    note(place.name)
    now = stack_usage.read(place)
    stack, callers = of_stack(place, now), of_callers(place, now)
    if options.as_json:
        show_json(document(now, stack, callers))
        return
    show_facts({"day": day(now), "stack": str(stack), "stopped": now.stop or "no"})
    rows = [(each.caller, str(each)) for each in callers]
    show_table(("caller", "recipients"), rows, empty="no caller of the API has sent today")


def document(now: Usage, stack: Count, callers: list[CallerCount]) -> dict[str, Any]:
    """The same for a script."""
    return {
        "day": now.day.isoformat(),
        "ends_at": now.ends_at.astimezone(UTC).isoformat(),
        **stack.document(),
        "callers": [each.document() for each in callers],
        "stopped": now.stop.document() if now.stop else None,
    }


def day(now: Usage) -> str:
    """Which it is, and when the limits open again."""
    there, in_utc = (f"{each:%Y-%m-%d %H:%M}" for each in (now.ends_at, now.ends_at.astimezone(UTC)))
    return f"{now.day} in China; the limits open again at {there} there, {in_utc} UTC"
