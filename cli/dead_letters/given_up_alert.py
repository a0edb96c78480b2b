"""An event that the alert door did not take, or was not given, as it can be given to the door again.

The door tells of nothing twice, whatever it is given again; a reminder is sent once if it names its run.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cli.dead_letters.given_up_run import invocation_of, names_its_run
from cli.dead_letters.json_text import member

if TYPE_CHECKING:
    from cli.dead_letters.letter import Letter

OF_SNS = {"TopicArn", "Message"}  # in what SNS itself could not hand over


def event_of(letter: Letter) -> str | None:
    """The JSON text of the event; None where the letter holds none that can be given to the door again."""
    text = str(member(letter.body, "requestPayload")) if invocation_of(letter) else letter.body
    event = held_in(letter)
    if event.keys() >= OF_SNS:
        return json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": event}]})
    return text if is_alert(event) or (is_reminder(event) and names_its_run(event)) else None


def held_in(letter: Letter) -> dict[str, Any]:
    """The event; an empty one where there is none."""
    account = invocation_of(letter)
    event = account["requestPayload"] if account else letter.document
    return event if isinstance(event, dict) else {}


def is_alert(event: dict[str, Any]) -> bool:
    """Whether a topic or EventBridge brought it."""
    return "Records" in event or "detail-type" in event or event.keys() >= OF_SNS


def is_reminder(event: dict[str, Any]) -> bool:
    """Whether it is a scheduled message to people by name."""
    return "to" in event and "message" in event


def about(letter: Letter) -> str | None:
    """What a person may know it by: the subject of what was published, the type of an event, or a schedule."""
    event = held_in(letter)
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else {}
    notification = first.get("Sns") if isinstance(first, dict) else None
    published = notification if isinstance(notification, dict) else event
    detail = event.get("detail")
    names = [published.get("Subject"), event.get("detail-type"), event.get("schedule")]
    names.append(detail.get("alarmName") if isinstance(detail, dict) else None)
    return ": ".join(name.rpartition("/")[2] for name in names if isinstance(name, str)) or None
