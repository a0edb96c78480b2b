"""What Lambda gave up, handed to the schedule door again from its letter: under the keys that it had, so sent once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cli.dead_letters.kind import body_of
from cli.dead_letters.letter import SCHEDULE, Letter
from tests.functions.conftest import CODE, one_by_one
from tests.workbench.functions import KilledError, sample

if TYPE_CHECKING:
    from tests.functions.conftest import Door
    from tests.workbench.wire_provider import Provider

RUN = {"schedule": "s", "scheduled_time": "2026-11-22T01:00:00Z"}
TWO = {"messages": [CODE, {**CODE, "idempotency_key": None}]}
KEYED = {"messages": [{**CODE, "idempotency_key": "own"}, CODE]}
EVENT = {"source": "mine", "detail-type": "code"}

INPUTS = {
    "a message": CODE,
    "a message with its key": {**CODE, "idempotency_key": "own"},
    "a list": TWO,
    "a list of which one has a key": KEYED,
    "a list that names its run": {**TWO, **RUN},
    "a list whose run is half named": {**TWO, "schedule": "s"},
    "a list whose run was not filled in": sample("schedule/unsubstituted"),
    "an input": {"input": TWO},
    "an input of a run": {"input": TWO, **RUN},
    "an input that names its run itself": {"input": {**TWO, **RUN}},
    "the text of an input": {"input": json.dumps(KEYED)},
    "the text of an input that names its run itself": {"input": json.dumps({**TWO, **RUN})},
    "an event": {**EVENT, "id": "c4c1", "detail": CODE},
    "an event without an id": {**EVENT, "detail": TWO},
}


@pytest.fixture(autouse=True)
def _ledger(keeping: None) -> None:
    """Before the door is loaded."""


def given_up(event: object, request_id: str) -> Letter:
    """Lambda's account of an invocation, as its letter."""
    context = {"requestId": request_id, "condition": "RetriesExhausted"}
    body = json.dumps({"requestContext": context, "requestPayload": event, "responsePayload": None})
    return Letter("1", "receipt", 0, body, {}, SCHEDULE)


def again(door: Door, event: object) -> Any:
    """The answer of another invocation, with the input of the first one's letter."""
    letter = given_up(event, door.context.aws_request_id)
    another = replace(door, context=replace(door.context, aws_request_id="another"))
    return another(json.loads(body_of(letter)))


@pytest.mark.parametrize("name", INPUTS)
def test_it_has_the_keys_of_the_invocation_that_was_given_up(
    schedule_door: Door, provider: Provider, name: str
) -> None:
    first = schedule_door(INPUTS[name])
    called = len(provider.requests)

    second = again(schedule_door, INPUTS[name])

    assert [each["message_id"] for each in second["results"]] == [each["message_id"] for each in first["results"]]
    assert len(provider.requests) == called


def test_what_was_sent_before_the_function_was_killed_is_not_sent_again(
    schedule_door: Door, provider: Provider
) -> None:
    event = one_by_one({"messages": [CODE] * 3})
    provider.answers("OK")
    provider.breaks(KilledError())
    with pytest.raises(KilledError):
        schedule_door(event)
    called = len(provider.requests)

    again(schedule_door, event)

    assert len(provider.requests) == called
