"""A function of the stack, asked: the one that asks the provider, from where it stands and with its key, or a door."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cli.errors import MISUSED, Told
from cli.masking import scrubbed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.place import Place

PROVIDER = "AskProviderFunctionArn"
ALERT_DOOR = "SendOnAlertFunctionArn"
WHAT_IT_DOES = {PROVIDER: "asks the provider", ALERT_DOOR: "tells of alerts"}


def ask(place: Place, question: Mapping[str, Any], function: str = PROVIDER) -> dict[str, Any]:
    """What the function answers that an output of the stack names."""
    does = WHAT_IT_DOES[function]
    if function not in place.outputs:
        raise Told(f"the stack {place.stack} is older than this command, and no function of it {does}: deploy it again")
    document, error = invoke(place, json.dumps(question), function)
    if error:
        raise Told(f"the function that {does} failed ({error}): its log group says why")
    if faults := document.get("errors"):
        raise Told("; ".join(scrubbed(f"{fault['field']}: {fault['reason']}") for fault in faults), MISUSED)
    return dict(document)


def invoke(place: Place, event: str, function: str) -> tuple[Any, str | None]:
    """What the function answers to an event, and the type of the error that it raised, if so."""
    answer = place.client("lambda").invoke(FunctionName=place.output(function), Payload=event.encode())
    document = json.loads(answer["Payload"].read())
    return document, _kind(document) if answer.get("FunctionError") else None


def why(verdict: Mapping[str, Any]) -> str:
    """A code of the provider, or of the way to it, with what to do."""
    said = scrubbed(": ".join(filter(None, (verdict["code"], verdict["detail"]))))
    return f"{said}. {verdict['advice']}" if verdict["advice"] else said


def _kind(document: Any) -> str:
    return str(document.get("errorType", "no reason")) if isinstance(document, dict) else "no reason"
