"""CloudWatch alarms, as SNS brings them and as EventBridge does: the same alarm has the same identity on both ways.

Sources: docs.aws.amazon.com, Amazon CloudWatch User Guide, "Notifying users on alarm changes" and "Alarm events and
EventBridge".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from alert import Alert

from .texts import cut, moment, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert import State

SOURCE = "cloudwatch"
STATES: dict[str, State] = {"ALARM": "firing", "OK": "resolved"}  # INSUFFICIENT_DATA opens and closes nothing


class Place(NamedTuple):
    """Where an alarm is."""

    account: str
    region: str


def from_topic(alarm: Mapping[str, Any], topic_arn: str) -> list[Alert]:
    """The alert of an alarm's notification; its topic is in its region, which it names only for people."""
    trigger = alarm.get("Trigger") or {}
    labels = {"namespace": trigger.get("Namespace"), "metric": trigger.get("MetricName"), **_dimensions(trigger)}
    place = _place(alarm.get("AlarmArn")) or Place(alarm["AWSAccountId"], topic_arn.split(":")[3])
    told = {"description": alarm.get("AlarmDescription"), "reason": alarm.get("NewStateReason")}
    state = _State(alarm["NewStateValue"], alarm["StateChangeTime"], alarm.get("OldStateValue"))
    return _alerts(alarm["AlarmName"], state, place, labels, told)


def from_event(event: Mapping[str, Any]) -> list[Alert]:
    """The alert of an alarm's event."""
    detail, state = event["detail"], event["detail"]["state"]
    before = (detail.get("previousState") or {}).get("value")
    configuration = detail.get("configuration") or {}
    place = Place(event["account"], event["region"])
    told = {"description": configuration.get("description"), "reason": state.get("reason")}
    now = _State(state["value"], state["timestamp"], before)
    return _alerts(detail["alarmName"], now, place, _metric(configuration), told)


class _State(NamedTuple):
    """What an alarm has become, when, and what it was before."""

    value: str
    at: str
    before: object


def _alerts(name: str, state: _State, place: Place, labels: Mapping[str, Any], told: Mapping[str, Any]) -> list[Alert]:
    if state.value not in STATES:
        return []
    alert = Alert(
        source=SOURCE,
        name=cut(name),
        state=STATES[state.value],
        observed_at=moment(state.at),
        anew=state == ("ALARM", state.at, "OK"),
        identity="\n".join((SOURCE, *place, name)),
        labels=texts({**labels, **place._asdict()}),
        annotations=texts({"summary": told["description"] or told["reason"], **told}),
    )
    return [alert]


def _dimensions(trigger: Mapping[str, Any]) -> dict[str, Any]:
    """By their names. Whatever they are like, an alarm is one: as a text it would never recover."""
    found = trigger.get("Dimensions")
    known = [{name.lower(): value for name, value in each.items()} for each in found or () if isinstance(each, dict)]
    return {str(each["name"]): each.get("value") for each in known if "name" in each}


def _place(arn: str | None) -> Place | None:
    """Of arn:<partition>:cloudwatch:<region>:<account>:alarm:<name>."""
    parts = (arn or "").split(":", 6)
    return Place(parts[4], parts[3]) if len(parts) == 7 else None  # noqa: PLR2004 - as it says


def _metric(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """What the first metric of an alarm is; a composite alarm has none."""
    for each in configuration.get("metrics") or ():
        if metric := (each.get("metricStat") or {}).get("metric"):
            return {"namespace": metric["namespace"], "metric": metric["name"], **(metric.get("dimensions") or {})}
    return {}
