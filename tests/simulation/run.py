"""One run: messages through all doors, faults by chance, and what must hold when it is quiet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from aliyun_sms.result import message_id
from aliyun_sms.rows import MessageRow, message_key, read
from tests.simulation.house import House, Kinds
from tests.simulation.world import World

if TYPE_CHECKING:
    from aliyun_sms.table import Item

LONGEST = 10 * 86_400  # seconds, after which it must be quiet
NUMBERS = ("13800138000", "13900139000", "15000150000")
ALL = Kinds()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: what broke, in words, and what was counted."""

    seed: int
    broken: list[str]
    counts: Counter[str]


def run(seed: int, kinds: Kinds = ALL, *, sends_again: bool = False) -> Ended:
    """The run of a seed, from its first message until it is quiet."""
    world = World(seed)
    house = House(world, kinds, sends_again=sends_again)
    messages = [_message(house, number) for number in range(world.random.randint(1, 4))]
    if world.random.random() < 0.2:
        world.after(world.random.uniform(1, 200), house.change_key)
    quiet = world.run(world.now + LONGEST)
    broken = [] if quiet else ["never quiet"]
    world.counts += Counter(_end(house, door, document) for door, document in messages)
    for door, document in messages:
        broken += [f"{document['idempotency_key']}: {fault}" for fault in _faults(house, door, document)]
    return Ended(seed, broken, world.counts)


def _message(house: House, number: int) -> tuple[str, dict[str, Any]]:
    """A message that comes in at one door, perhaps twice."""
    random, key = house.world.random, f"key {number}"
    door = random.choice(["queue", "queue", "request", "schedule"])
    document: dict[str, Any] = {
        "phone_numbers": random.sample(NUMBERS, random.choice([1, 1, 1, 2, 3])),
        "sign_name": "sign",
        "template_code": "SMS_1",
        "template_param": {"key": key},
        "idempotency_key": key,
    }
    if random.random() < 0.3:
        expires_at = house.world.now + random.choice([1, 60, 400, 5000])
        house.expiry[key] = expires_at
        document["expires_at"] = datetime.fromtimestamp(expires_at, UTC).isoformat()
    for copy in range(random.choice([1, 1, 2, 3])):
        send = partial(house.enqueue, document, f"{number}-{copy}") if door == "queue" else None
        send = send or partial(house.request if door == "request" else house.schedule, document)
        house.world.after(random.choice([0, 0, random.uniform(0, 400)]), send)
    return door, document


def _end(house: House, door: str, document: dict[str, Any]) -> str:
    """How a message ended, for the table."""
    item = house.table.look(message_key(message_id(door, document["idempotency_key"])))
    row = read(MessageRow, item) if item else None
    if row is None or row.released:
        return "message: not sent, somebody was told"
    return "message: unknown, handed to a person" if row.status == "unknown" else f"message: {row.status}"


def _faults(house: House, door: str, document: dict[str, Any]) -> list[str]:
    """What must not be, of one message."""
    key = document["idempotency_key"]
    item = house.table.look(message_key(message_id(door, key)))
    sent = Counter(each.number for each in house.provider.accepted if each.key == key)
    faults = {
        "accepted twice": any(times > 1 for times in sent.values()),
        "sent after it expired": key in house.client.too_late,
    }
    return [name for name, broken in faults.items() if broken] + _ended(house, key, item, sent)


def _ended(house: House, key: str, item: Item | None, sent: Counter[str]) -> list[str]:
    """A message ends accepted, rejected with its reason, expired, or with a person; and says what is true."""
    row = read(MessageRow, item) if item else None
    if row is None or row.released or row.status in {"queued", "sending"}:
        lost = not house.person.knows(key) or (row is not None and row.status == "sending")
        return [f"lost: {row.status if row else 'no row'}"] if lost else []
    if row.status == "unknown":
        told = row.held_at is not None and house.person.knows(key, "unknown")
        return [] if told else ["unknown and nobody told"]
    if row.status == "accepted":
        return [] if sent else ["accepted, it says, but was not"]
    in_part = house.provider.in_part
    return [f"{row.status}, it says, but was sent"] if sent and not in_part else []
