"""The input of an invocation that Lambda gave up, as it can be handed to the function again without sending twice."""

from __future__ import annotations

import json
from typing import Any

from cli.dead_letters.json_text import with_changed, with_changed_items, with_member
from cli.dead_letters.letter import MESSAGES, Letter, is_message

RUN = ("schedule", "scheduled_time")  # of which the function makes keys, or of an event's id


def invocation_of(letter: Letter) -> dict[str, Any] | None:
    """Lambda's account of an invocation that it gave up; None where the letter is none."""
    document = letter.document if letter.queue != MESSAGES else None
    is_account = isinstance(document, dict) and {"requestContext", "requestPayload"} <= document.keys()
    return document if is_account else None


def with_keys(text: str, request_id: str) -> str:
    """An input whose messages have the keys that they went under, where these came from the invocation alone.

    That is so where the input names no run, and a message no key; another invocation would give it another.
    """
    event = json.loads(text)
    if not isinstance(event, dict):
        return text
    if "detail" in event and "detail-type" in event:
        return text if _names(event, "id") else with_changed(text, "detail", lambda each: _keyed(each, request_id))
    if names_its_run(event):
        return text
    if "input" in event:
        return with_changed(text, "input", lambda each: _keyed_input(each, request_id))
    return _keyed(text, request_id)


def _keyed_input(text: str, request_id: str) -> str:
    """An input in an input, which can be the JSON text of one, and name its run itself."""
    value = json.loads(text)
    if isinstance(value, str):
        return json.dumps(_keyed_input(value, request_id)) if _is_json(value) else text
    is_named = isinstance(value, dict) and names_its_run(value)
    return text if is_named else _keyed(text, request_id)


def _keyed(text: str, key: str) -> str:
    """A message, or a list of them by their places."""
    document = json.loads(text)
    if isinstance(document, dict) and isinstance(document.get("messages"), list):
        return with_changed(text, "messages", lambda each: _keyed_list(each, key))
    names_none = is_message(document) and document.get("idempotency_key") is None
    return with_member(text, "idempotency_key", key) if names_none else text


def _keyed_list(text: str, key: str) -> str:
    return with_changed_items(text, lambda index, each: _keyed(each, f"{key}/{index}"))


def names_its_run(document: dict[str, Any]) -> bool:
    """Whether an input says which run of which schedule it is."""
    return _names(document, *RUN)


def _names(document: dict[str, Any], *fields: str) -> bool:
    """Whether these fields name a run; EventBridge Scheduler leaves <aws.scheduler.…> where it does not know it."""
    values = [document.get(field) for field in fields]
    return all(isinstance(value, str) and value and not value.startswith("<aws.") for value in values)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
