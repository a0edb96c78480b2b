"""The stack's alarms: which stand, and whether they reach somebody by another way than the stack itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cli.checks.finding import Finding, fault, ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.place import Place

MOST_NAMES = 100  # that CloudWatch takes in one call
SECTION = re.compile(r"docs/runbook\.md#[a-z-]+")


def standing(place: Place) -> Iterator[Finding]:
    """Each alarm that stands, with its section of the runbook."""
    names = {physical: logical for logical, physical in place.resources["AWS::CloudWatch::Alarm"].items()}
    cloudwatch = place.client("cloudwatch")
    answer = cloudwatch.describe_alarms(AlarmNames=list(names)[:MOST_NAMES], StateValue="ALARM")
    for alarm in answer["MetricAlarms"]:
        section = SECTION.search(alarm.get("AlarmDescription", ""))
        yield fault("alarms", f"{names[alarm['AlarmName']]} stands: {section[0] if section else 'docs/runbook.md'}")
    if not answer["MetricAlarms"]:
        yield ok("alarms", f"none of {len(names)} stands")


def reach(place: Place) -> Iterator[Finding]:
    """Whether somebody is told of them, though this stack sends nothing any more. On a local cloud none rises."""
    topic = place.parameters.get("AlarmTopicArn")
    if place.local:
        return
    if not topic:
        yield fault("alarm topic", "AlarmTopicArn is empty: alarms change their state, and nobody is told")
        return
    pages = place.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    ways = [each for page in pages for each in page["Subscriptions"]]
    confirmed = {each["Protocol"] for each in ways if each["SubscriptionArn"].startswith("arn:")}
    others = {each["Protocol"] for each in ways if _is_another_way(place, each)}
    if others:
        yield ok("alarm topic", f"tells somebody by {', '.join(sorted(others))}")
    elif confirmed:
        yield fault("alarm topic", "leads into this stack alone, which cannot tell that it does not send: add e-mail")
    else:
        yield fault("alarm topic", "has no confirmed subscription: subscribe somebody to it, by e-mail for example")


def _is_another_way(place: Place, subscription: dict[str, Any]) -> bool:
    own = [*place.resources["AWS::Lambda::Function"].values(), *place.resources["AWS::SQS::Queue"].values()]
    name = re.split(r"[:/]", subscription["Endpoint"])[-1]
    return subscription["SubscriptionArn"].startswith("arn:") and all(
        name != re.split(r"[:/]", each)[-1] for each in own
    )
