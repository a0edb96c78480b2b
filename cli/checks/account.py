"""The account at the provider, asked from where the functions stand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cli import asking
from cli.checks.finding import Finding, carry_out, fault, not_checked, ok
from cli.errors import Told
from cli.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.place import Place

AN_HOUR = 3600
FROM_ABROAD = "isv.DENY_IP_RANGE"
STATES = {"approved": ok, "in review": fault, "rejected": fault, "withdrawn": fault}
POLICY = "the RAM user may not ask; the policy in the README has what it needs"


def account(place: Place) -> Iterator[Finding]:
    """Key, way out, signature and template."""
    try:
        answer = asking.ask(place, {"ask": "account"})
    except Told as told:
        yield fault("access key", told.line)
        return
    key = answer["key"]
    yield _key(key)
    yield from carry_out(("way out", lambda place: _way_out(place, key)), place)
    for about in ("signature", "template"):
        yield _review(about, answer[about], key)


def _key(key: dict[str, Any]) -> Finding:
    if key["code"] == "OK":
        return ok("access key", "the provider takes it")
    if key["fault"] == "key":
        return fault("access key", f"{asking.why(key)} `{program()} secret` fills it")
    if key["fault"] == "permission":
        return fault("access key", f"it is taken, but may not read send records, so nothing is settled: {POLICY}")
    return not_checked("access key", asking.why(key))


def _way_out(place: Place, key: dict[str, Any]) -> Iterator[Finding]:
    """Mainland sends are refused for where they come from; whether queries are, too, is not documented."""
    if _has_no_key(key):
        yield not_checked("way out", "there is no access key to ask with")
    elif _is_unreachable(key):
        yield fault("way out", f"the provider was not reached: {asking.why(key)}")
    elif key["code"] == FROM_ABROAD or _was_refused_from_abroad(place):
        yield fault("way out", f"sends are refused with {FROM_ABROAD}: it must lead through the mainland (README)")
    else:
        yield ok("way out", "the provider answers, and refused no send of the last hour for its origin")


def _has_no_key(verdict: dict[str, Any]) -> bool:
    return verdict["code"] in {"client:no-credentials", "client:credentials-unavailable"}


def _is_unreachable(verdict: dict[str, Any]) -> bool:
    return verdict["fault"] is None and verdict["code"].startswith(("client:", "http:"))


def _was_refused_from_abroad(place: Place) -> bool:
    """Whether the functions logged it."""
    since = int((time.time() - AN_HOUR) * 1000)
    filter_log_events = place.client("logs").get_paginator("filter_log_events")
    for name, group in place.resources["AWS::Logs::LogGroup"].items():
        if name.startswith(("Send", "Settle")):
            asked = {"logGroupName": group, "startTime": since, "filterPattern": f'"{FROM_ABROAD}"'}
            if any(page["events"] for page in filter_log_events.paginate(**asked)):
                return True
    return False


def _review(about: str, found: dict[str, Any] | None, key: dict[str, Any]) -> Finding:
    if found is None:
        return ok(about, "the stack has none of its own: every message must name one")
    name = found["name"]
    if found["fault"] == "permission":
        return not_checked(about, f"{name}: {POLICY}")
    if _has_no_key(found) or found["fault"] == "key" or _is_unreachable(found) or key["code"] == FROM_ABROAD:
        return not_checked(about, f"{name}: {asking.why(found)}")
    if found["code"] != "OK":
        return fault(about, f"{name}: {asking.why(found)}")
    return STATES.get(found["state"], not_checked)(about, f"{name} is {found['state'] or 'in a state unknown here'}")
