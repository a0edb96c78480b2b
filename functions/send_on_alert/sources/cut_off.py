"""A notification of our templates that was cut at the 256 KB that SNS takes: one alert for all that it held.

Alertmanager and Grafana cut it themselves. Its head can be read, which has the group, and in which state that is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from alert import Alert

from .prometheus import FORMAT
from .texts import cut, short, texts

if TYPE_CHECKING:
    from datetime import datetime

    from alert import State

LONGEST_HEAD = 10_000  # characters in which it is looked for
LONGEST_PREFIX = 200  # characters that tell one notification from another where no group does
BEGINNING = re.compile(r'\s*\{\s*"format"\s*:\s*"' + re.escape(FORMAT) + '"')
MEMBER = re.compile(r'"(source|status|group)"\s*:\s*"([^"]*)"')
SUMMARY = "the notification was longer than SNS takes, so nobody knows all of its alerts here: look at {source}"


def is_of_template(text: str) -> bool:
    """Whether a text is a notification of our templates, or what is left of one."""
    return BEGINNING.match(text) is not None


def from_cut_off(text: str, topic: str, at: datetime) -> Alert:
    """The alert that stands for all of a notification. Without a state of the group, it fires.

    Its identity is the group's, so what is repeated is a repetition.
    """
    head = text[:LONGEST_HEAD].partition('"alerts"')[0]
    members = dict(MEMBER.findall(head))
    source, group = members.get("source") or "alertmanager", members.get("group")
    labels = dict(parse_qsl((group or "").partition("?")[2], keep_blank_values=True))
    prefix = MEMBER.sub("", head)[:LONGEST_PREFIX]  # without the state, which changes
    return Alert(
        source=cut(source),
        name=cut(f"cut off: {labels.get('alertname', source)}"),
        state=_state(members.get("status")),
        observed_at=at,
        identity=short("\n".join((source, "cut off", topic, group or prefix))),
        labels=texts({**labels, "topic": topic}),
        annotations={"summary": cut(SUMMARY.format(source=source))},
        group=cut(group) if group else None,
    )


def _state(status: str | None) -> State:
    return "resolved" if status == "resolved" else "firing"
