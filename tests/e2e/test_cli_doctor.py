"""`sms doctor` against the deployed stack: it is in order, and what is not is found."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from local.loopback import session
from tests.e2e.command import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")


def findings(stack: Stack) -> dict[str, dict[str, str]]:
    done = Command(stack).run("doctor", "--json", code=None)
    return {each["about"]: each for each in json.loads(done.stdout)}


@contextmanager
def options(stack: Stack, **changed: Any) -> Iterator[None]:
    """The simulator with some options changed."""
    url = f"{stack.outputs.simulator_url}/_simulator/options"
    with session() as http:
        assert http.put(url, json=changed, timeout=5).ok
        yield
        assert http.delete(url, timeout=5).ok


def test_a_stack_that_is_in_order_is_found_so(stack: Stack) -> None:
    stack.client("lambda").invoke(
        FunctionName=stack.outputs.functions["SettleSendsFunction"]
    )  # its minute may be young

    found = findings(stack)

    wanted = {"dead letters": {"ok", "fault"}, "alarm topic": {"not checked"}}  # other tests leave letters
    assert {about: each for about, each in found.items() if each["state"] not in wanted.get(about, {"ok"})} == {}


def test_a_key_that_is_refused_is_found(stack: Stack) -> None:
    with options(stack, access_keys=["another:secret"]):
        found = findings(stack)

    assert found["access key"]["state"] == "fault"
    assert "InvalidAccessKeyId.NotFound" in found["access key"]["says"]


def test_what_the_user_may_not_ask_is_not_checked(stack: Stack) -> None:
    with options(stack, denied_actions=["GetSmsSign", "GetSmsTemplate"]):
        found = findings(stack)

    assert {found[about]["state"] for about in ("signature", "template")} == {"not checked"}
    assert found["access key"]["state"] == "ok"


def test_a_send_that_was_refused_for_its_origin_is_found_in_the_logs(stack: Stack) -> None:
    with options(stack, refused_numbers={"18900189151": "isv.DENY_IP_RANGE"}):
        Command(stack).run(
            "send", "--to", "18900189151", "--template", "SMS_154950909", "--param", "code=739164", code=3
        )

    assert findings(stack)["way out"]["state"] == "fault"
