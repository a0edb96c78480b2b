"""What is remembered, in the form in which the control API tells it."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.simulator.exchange import Exchange
    from local.simulator.state import Entry, Message


def plain(held: Message | Entry | Exchange) -> dict[str, Any]:
    """Give an object of JSON."""
    values = ((each.name, getattr(held, each.name)) for each in fields(held))
    return {name: _text(value) if isinstance(value, datetime) else value for name, value in values}


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
