"""The stop, written and taken away, and the queue's event source that follows it."""

from __future__ import annotations

from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from cli import faults, ledger, usage
from cli.errors import Told
from cli.event_source import EventSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.event_source import State
    from cli.place import Place
    from cli.usage import Stop

NOBODY = "somebody whom AWS did not name"
BUSY = {"TransactionConflictException", "ProvisionedThroughputExceededException", "ThrottlingException"}
SECONDS_TO_TRY = 30
PAUSE = 0.1  # seconds between two tries


def who(place: Place) -> str:
    """The principal that runs this command; a stop does not fail where AWS cannot say."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - help needs none of it

    try:
        return str(place.client("sts").get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return NOBODY


def put_stop(place: Place, stop: Stop) -> Stop | None:
    """Stop all sends; where they are stopped already, that stop stays, and is given."""
    member = {"why": {"S": stop.why}, "by": {"S": stop.by}, "at": {"N": str(stop.at)}}
    written, before = _change(place, "SET stopped = :stop", "attribute_not_exists(stopped)", {":stop": {"M": member}})
    earlier = None if written else usage.stop_of(before)
    return None if earlier == stop else earlier  # botocore may repeat a write of which the answer was lost


def end_stop(place: Place) -> Stop | None:
    """Let sends go on, and give the stop that stood; none where none did."""
    _, before = _change(place, "REMOVE stopped", "attribute_exists(stopped)", {})
    return usage.stop_of(before)


def _change(place: Place, change: str, condition: str, values: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    """Change the item and raise its version, unless the condition fails: whether it was changed, and what it was."""
    dynamodb = place.client("dynamodb")
    asked = {
        "TableName": place.output("MessagesTable"),
        "Key": {"pk": {"S": usage.KEY}},
        "UpdateExpression": f"{change} ADD version :one",
        "ConditionExpression": condition,
        "ExpressionAttributeValues": {**values, ":one": {"N": "1"}},
        "ReturnValues": "ALL_OLD",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    try:
        answer = _until_it_is_free(partial(dynamodb.update_item, **asked))
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        return False, ledger.plain(error.response.get("Item", {}))
    return True, ledger.plain(answer.get("Attributes", {}))


def _until_it_is_free(write: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Every function writes this item, in transactions too, and under an attack all of them at once."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - help needs none of it

    until = monotonic() + SECONDS_TO_TRY
    while True:
        try:
            return write()
        except ClientError as error:
            if error.response["Error"]["Code"] not in BUSY or monotonic() >= until:
                raise
        sleep(PAUSE)


def let_event_source_follow(place: Place, say: Callable[[str], object]) -> Stop | None:
    """Disable it under a stop, else enable it, and give the stop; raises Told with what stands in the way."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - help needs none of it

    try:
        return _in_line(place, EventSource(place), say)
    except (BotoCoreError, ClientError) as error:
        raise Told(faults.told(error)) from None
    except KeyError as missing:
        raise Told(f"the stack has no {missing.args[0]}, or not yet: deploy it again") from None


def _in_line(place: Place, source: EventSource, say: Callable[[str], object]) -> Stop | None:
    """Once more where somebody stops or starts meanwhile: who comes last leaves it as the item has it."""
    while True:
        stop = usage.read(place).stop
        wanted: State = "Disabled" if stop else "Enabled"
        source.bring_to(wanted, say)
        if bool(usage.read(place).stop) == bool(stop):
            return stop
