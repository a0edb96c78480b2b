"""Messages that are frozen until they are sent: text and recipient never change again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from routing.route import RESOLVED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

MOST_WAITING = 40_000  # bytes of messages that wait in a row of 400 KB, before it takes more
OWN = {"phone_numbers", "idempotency_key"}  # members of a message that no other has


@dataclass(frozen=True, slots=True, repr=False)
class Frozen:
    """A message to one contact as it is handed to the core, however often."""

    kind: str
    contact: str
    at: int
    document: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Of episode, kind and contact: under it the core sends once."""
        return str(self.document["idempotency_key"])

    @property
    def number(self) -> str:
        """Whom it goes to."""
        return str(self.document["phone_numbers"][0])


def in_turn(messages: Iterable[Frozen], sent: Collection[str], tried: Collection[str]) -> Iterator[Frozen]:
    """Those to be handed over now, of which none was by its key: nobody is told of an end before what it is of."""
    before: set[str] = set()
    for message in messages:
        if message.key in sent:
            continue
        if message.key not in tried and (message.kind != RESOLVED or message.number not in before):
            yield message
        before.add(message.number)


def fills_a_row(messages: Sequence[Frozen]) -> bool:
    """Whether so much waits that no more can be frozen: what comes in meanwhile is told together, when there is room.

    What one step adds, to 200 contacts with 4,000 characters, fits beside them.
    """
    return len(json.dumps(pack(messages), ensure_ascii=False).encode(errors="surrogatepass")) > MOST_WAITING


def pack(messages: Iterable[Frozen]) -> list[dict[str, Any]]:
    """Messages as a row keeps them: {"kind", "at", "text", "to": [[contact, number, key], …]} for each text."""
    packed: dict[str, dict[str, Any]] = {}
    for each in messages:
        text = {name: value for name, value in each.document.items() if name not in OWN}
        shared = {"kind": each.kind, "at": each.at, "text": text}
        step = packed.setdefault(json.dumps(shared, sort_keys=True), {**shared, "to": []})
        step["to"].append([each.contact, each.number, each.key])
    return list(packed.values())


def unpack(packed: Iterable[Mapping[str, Any]]) -> tuple[Frozen, ...]:
    """The messages in a row; one with its whole document is of a row that an earlier version wrote."""
    packed = list(packed)
    whole = [Frozen(**step) for step in packed if "document" in step]
    return (
        *whole,
        *(
            Frozen(
                step["kind"], contact, step["at"], {"phone_numbers": [number], "idempotency_key": key, **step["text"]}
            )
            for step in packed
            if "to" in step
            for contact, number, key in step["to"]
        ),
    )
