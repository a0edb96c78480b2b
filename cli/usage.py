"""What was sent today, and whether sends are stopped: one item of the ledger's table, which every door reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from cli import ledger
from cli.masking import scrubbed
from cli.sends import CHINA, today

if TYPE_CHECKING:
    from datetime import date

    from cli.place import Place

KEY = "usage"
CALLER = "caller#"


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing is sent, who stopped it, and since when."""

    why: str
    by: str
    at: int

    def document(self) -> dict[str, str]:
        """As it is told to a script."""
        since = datetime.fromtimestamp(self.at, UTC).isoformat()
        return {"why": scrubbed(self.why), "by": _principal(self.by), "since": since}

    def __str__(self) -> str:
        """As it is told to a person."""
        return "since {since} by {by}: {why}".format(**self.document())


@dataclass(frozen=True, slots=True)
class Usage:
    """The recipients of a day in China, of the stack and of each caller of its API, and the stop where there is one."""

    day: date
    total: int
    callers: dict[str, int]  # the largest first
    stop: Stop | None

    @property
    def ends_at(self) -> datetime:
        """When the next day begins in China, and the limits open again."""
        return datetime.combine(self.day + timedelta(days=1), time(), CHINA)


def read(place: Place) -> Usage:
    """How it stands now; what was counted on an earlier day counts nothing."""
    item, day = ledger.row(place, KEY) or {}, today()
    counted = item if item.get("day") == day.isoformat() else {}
    callers = {name.removeprefix(CALLER): int(n) for name, n in counted.items() if name.startswith(CALLER)}
    largest_first = dict(sorted(callers.items(), key=lambda each: (-each[1], each[0])))
    return Usage(day, int(counted.get("total", 0)), largest_first, _stop(item))


def put_stop(place: Place, stop: Stop) -> Stop | None:
    """Stop all sends; where they are stopped already, that stop stays, and is given."""
    member = {"why": {"S": stop.why}, "by": {"S": stop.by}, "at": {"N": str(stop.at)}}
    try:
        _change(place, "SET stopped = :stop", "attribute_not_exists(stopped)", {":stop": {"M": member}})
    except place.client("dynamodb").exceptions.ConditionalCheckFailedException as error:
        earlier = _stop(ledger.plain(error.response["Item"]))
        return None if earlier == stop else earlier  # botocore may repeat a write of which the answer was lost
    return None


def end_stop(place: Place) -> Stop | None:
    """Let sends go on, and give the stop that stood; none where none did."""
    try:
        return _stop(_change(place, "REMOVE stopped", "attribute_exists(stopped)", {}))
    except place.client("dynamodb").exceptions.ConditionalCheckFailedException:
        return None


def _change(place: Place, change: str, condition: str, values: dict[str, Any]) -> dict[str, Any]:
    """Change the item unless somebody was faster, raise its version, and give what it was."""
    before = place.client("dynamodb").update_item(
        TableName=place.output("MessagesTable"),
        Key={"pk": {"S": KEY}},
        UpdateExpression=f"{change} ADD version :one",
        ConditionExpression=condition,
        ExpressionAttributeValues={**values, ":one": {"N": "1"}},
        ReturnValues="ALL_OLD",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    return ledger.plain(before.get("Attributes", {}))


def _stop(item: dict[str, Any]) -> Stop | None:
    stopped = item.get("stopped")
    return Stop(stopped["why"], stopped["by"], int(stopped["at"])) if stopped else None


def _principal(arn: str) -> str:
    """An ARN of IAM: its account is no phone number, but a session may be named by one."""
    *account, name = arn.split(":", 5)
    return ":".join([*account, scrubbed(name)])
