"""What the provider says that it sent, and whose messages the ledger knows in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any

from cli import asking, ledger
from cli.errors import MISUSED, Told
from cli.masking import scrubbed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.place import Place

CHINA = timezone(timedelta(hours=8))  # whose days the provider's are
MOST_DAYS = 30  # back
STATES = {1: "no receipt yet", 2: "failed", 3: "delivered"}


def days(text: str | None) -> list[str]:
    """The day that a person names, as the provider writes it; else today and yesterday."""
    if text is None:
        return [f"{today() - timedelta(days=1):%Y%m%d}", f"{today():%Y%m%d}"]
    try:
        day = datetime.strptime(text.replace("-", ""), "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise Told("--day takes a day as 2026-11-30", MISUSED) from None
    if not today() - timedelta(days=MOST_DAYS) <= day <= today():
        raise Told(f"--day: the provider keeps the last {MOST_DAYS} days, China's", MISUSED)
    return [f"{day:%Y%m%d}"]


def today() -> date:
    """The day that it is in China."""
    return datetime.now(CHINA).date()


def to_number(place: Place, number: str, asked: Sequence[str]) -> list[dict[str, Any]]:
    """The sends to a number on these days, the earliest first, each with its messages."""
    return [_with_messages(place, send, number) for send in recorded(place, number, asked)]


def recorded(place: Place, number: str, asked: Sequence[str]) -> list[dict[str, Any]]:
    """The same as the provider has them, with a state in words."""
    answer = asking.ask(place, {"ask": "sends", "phone_number": number, "days": list(asked)})
    if answer["code"] != "OK":
        raise Told(f"the provider did not tell: {asking.why(answer)}")
    found = sorted(answer["sends"], key=lambda send: str(send["send_date"]))
    return [{**send, "state": STATES.get(send["send_status"], str(send["send_status"]))} for send in found]


def _with_messages(place: Place, send: dict[str, Any], number: str) -> dict[str, Any]:
    """Which submission it is, and whose: one of its messages, where the row still names numbers, else all of them."""
    row = ledger.submission(place, send["out_id"]) if send["out_id"] else None
    ids = _of_number(row, number) if row else []
    rows = [ledger.read(place, message_id) for message_id in ids[:1]] if len(ids) == 1 else []
    return {
        "sent_at": send["send_date"],
        "state": send["state"],
        "receipt": send["err_code"],
        "received_at": send["receive_date"],
        "template_code": send["template_code"],
        "submission": scrubbed(send["out_id"]) if send["out_id"] and row is None else send["out_id"],
        "of_this_stack": row is not None,
        "message_ids": ids,
        "status": rows[0].get("status") if rows and rows[0] else None,
    }


def _of_number(row: dict[str, Any], number: str) -> list[str]:
    ids, counts = list(row.get("message_ids", [])), map(int, row.get("counts", []))
    recipients = iter(row.get("recipients", []))
    numbers = [list(islice(recipients, count)) for count in counts]
    named = [name for name, each in zip(ids, numbers, strict=False) if any(_same(number, other) for other in each)]
    return named or ids


def _same(number: str, recipient: str) -> bool:
    digits = "".join(filter(str.isdigit, number))
    return digits in {recipient, f"86{recipient}", f"0086{recipient}"}
