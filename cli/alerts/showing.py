"""What is told of alerts to a person. Times are those of this machine's clock."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.screen import show_facts, show_table, show_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Facts = dict[str, Any]


def show_tried(answer: Mapping[str, Any]) -> None:
    """The messages that an event would make, and the alerts of which nobody is told."""
    for message in answer["messages"]:
        show_text(f"  {message['kind']}, by the route {message['route']}")
        show_facts({f"    {name}": value for name, value in _message(message).items()})
    for each in answer["untold"]:
        show_text(f"  nobody is told of {each['alert']}: {each['why']}")
    if not answer["messages"] and not answer["untold"]:
        show_text("  it holds no alert: nobody is told")


def show_duties(rotations: Sequence[Mapping[str, Any]]) -> None:
    """A line for each rotation."""
    rows = [(each["rotation"], each["contact"], local(each["until"]), each["next"] or "") for each in rotations]
    show_table(("rotation", "on duty", "until", "next"), rows, empty="the routes in force have no rotation")


def show_episodes(episodes: Sequence[Mapping[str, Any]]) -> None:
    """What fires, and below it what was sent by each route."""
    for each in episodes:
        show_text(f"{each['name']}  since {local(each['since'])}", "bold")
        show_facts({"  source": each["source"], **{f"  {route['route']}": _sent(route) for route in each["routes"]}})
        if not each["routes"]:
            show_text("  nobody was told yet")
    if not episodes:
        show_text("nothing fires")


def _message(message: Mapping[str, Any]) -> Facts:
    to = ", ".join(f"{each['name']} {each['phone_number']}" for each in message["contacts"])
    text = ", ".join(f"{name}={value}" for name, value in message["template_param"].items())
    template = " ".join(filter(None, (message["sign_name"], message["template_code"]))) or "the stack's own"
    return {"why": message["why"], "to": to, "when": local(message["at"]), "template": template, "text": text}


def _sent(route: Mapping[str, Any]) -> str:
    lines = [f"{each['contact']}  {each['kind']}  {local(each['at'])}  {each['status']}" for each in route["sent"]]
    return "\n".join(lines) or "nothing yet"


def local(time: str | None) -> str:
    """A time as it is on the wall; without one, there is no end."""
    return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M}" if time else "always"
