"""One run: messages through all doors, faults by chance, and what must hold when it is quiet."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aliyun_sms.ledger.message_row import MessageRow
from aliyun_sms.ledger.rows import from_item, message_key, submission_key
from aliyun_sms.message.incoming import message_id
from tests.simulation.dead_letters import redrive_for_weeks
from tests.simulation.house import House
from tests.simulation.queues import THROTTLED
from tests.simulation.world import World
from tests.workbench.core import ALL_WHOLE, Kinds

LONGEST_TURN = 600  # seconds, with slow writes in it
LONGEST = 30 * 86_400  # seconds, after which it must be quiet: killed functions use a small cap up for many a day
NUMBERS = ("13800138000", "13900139000", "15000150000")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: what broke, in words, and what was counted."""

    seed: int
    broken: list[str]
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class Given:
    """A message as it came in. Its content and its numbers together are no other's."""

    door: str
    document: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.document["idempotency_key"])

    @property
    def sends(self) -> set[tuple[str, str]]:
        """Pairs of number and content."""
        content = json.dumps(self.document["template_param"], separators=(",", ":"))
        return {(number, content) for number in self.document["phone_numbers"]}

    @property
    def message_id(self) -> str:
        return message_id(self.door, self.key)


def run(seed: int, kinds: Kinds = ALL_WHOLE, *, sends_again: bool = False, listed: int = 0) -> Ended:
    """The run of a seed, from its first message until it is quiet. `listed` are the messages of a schedule's list."""
    world = World(seed)
    house = House(world, kinds, sends_again=sends_again)
    many = world.random.random() < 0.3
    messages = [_few(house, number) for number in range(world.random.randint(1, 4))]
    messages += [_one_of_many(house, number) for number in range(world.random.randint(5, 30) if many else 0)]
    messages += _list(house, listed) if listed else []
    house.guards.set_up(house, sum(len(given.sends) for given in messages))
    if world.random.random() < 0.2:
        latest = world.random.choice([200, 4000])
        for _ in range(world.random.randint(1, 3)):
            world.after(world.random.uniform(1, latest), house.secret.change)
    quiet = world.run(world.now + LONGEST)
    broken = [] if quiet else ["never quiet"]
    world.counts += Counter(_end(house, given) for given in messages)
    broken += [f"{given.key}: {fault}" for given in messages for fault in _faults(house, given) + _ended(house, given)]
    broken += [f"{key}: stays for ever" for key, item in house.table.rows.items() if "ttl" not in item]
    broken += [] if _redriven(house) else ["never quiet after redrives"]
    faults = [f"{given.key}: {fault}" for given in messages for fault in _faults(house, given)]
    faults += [f"guards: {fault}" for fault in house.guards.faults(len(house.provider.accepted))]
    return Ended(seed, [*broken, *(fault for fault in faults if fault not in broken)], world.counts)


def _redriven(house: House) -> bool:
    """Whether it is quiet again after weeks in which letters were moved back and rows were deleted."""
    redrive_for_weeks(house)
    return house.world.run(house.world.now + LONGEST)


def _few(house: House, number: int) -> Given:
    """A message that comes in at one door, perhaps twice, to numbers that others are sent to as well."""
    random, key = house.world.random, f"key {number}"
    door = random.choice(["queue", "queue", "request", "schedule"])
    numbers = random.sample(NUMBERS, random.choice([1, 1, 1, 2, 3]))
    given = Given(door, _document(key, numbers, {"key": key}))
    _expires(house, given, 0.3)
    for copy in range(random.choice([1, 1, 2, 3])):
        send = partial(house.enqueue, given.document, f"{number}-{copy}") if door == "queue" else None
        send = send or partial(house.request if door == "request" else house.schedule, given.document)
        house.world.after(random.choice([0, 0, random.uniform(0, 400)]), send)
    return given


def _list(house: House, many: int) -> list[Given]:
    """A schedule's list that comes once or twice, to a function with little time."""
    random = house.world.random
    messages = [_made(house, number, "schedule", "listed", "136") for number in range(many)]
    send = partial(house.schedule_list, [given.document for given in messages], random.choice([0.2, 2, 20]))
    for _ in range(random.choice([1, 2, 2])):
        house.world.after(random.choice([0, random.uniform(0, 400)]), send)
    return messages


def _one_of_many(house: House, number: int) -> Given:
    """A message that comes into the queue with others."""
    random, given = house.world.random, _made(house, number, "queue", "many", "137")
    house.world.after(
        random.choice([0, 0, 0, 0, random.uniform(0, 5)]), partial(house.enqueue, given.document, given.key)
    )
    return given


def _made(house: House, number: int, door: str, name: str, prefix: str) -> Given:
    """One message of many: some are alike, some only of one template, some are bad."""
    random, key = house.world.random, f"{name} {number}"
    numbers = [f"{prefix}{number:04d}{digit:04d}" for digit in range(random.choice([1, 1, 1, 1, 3]))]
    param = {"text": "alike"} if random.random() < 0.5 else {"key": key}
    given = Given(door, _document(key, numbers, param, urgent=random.random() < house.urgent))
    _expires(house, given, house.expiring)
    if random.random() < 0.1:
        house.provider.bad.add(numbers[0])
    if random.random() < 0.1:
        house.provider.used_up.add(numbers[-1])
    return given


def _document(key: str, numbers: list[str], param: dict[str, str], *, urgent: bool = False) -> dict[str, Any]:
    return {
        "phone_numbers": numbers,
        "sign_name": "sign",
        "template_code": "SMS_1",
        "template_param": param,
        "idempotency_key": key,
        "urgent": urgent,
    }


def _expires(house: House, given: Given, chance: float) -> None:
    random = house.world.random
    if random.random() < chance:
        expires_at = house.world.now + random.choice([1, 60, 400, 5000])
        house.expiry |= dict.fromkeys(given.sends, expires_at)
        given.document["expires_at"] = datetime.fromtimestamp(expires_at, UTC).isoformat()


def _end(house: House, given: Given) -> str:
    """How a message ended, for the table."""
    item = house.table.look(message_key(given.message_id))
    row = from_item(MessageRow, item) if item else None
    if row is None or row.released:
        return "message: not sent, somebody was told"
    return "message: unknown, handed to a person" if row.status == "unknown" else f"message: {row.status}"


def _faults(house: House, given: Given) -> list[str]:
    """What must not be, of one message."""
    faults = {
        "accepted twice": any(times > 1 for times in _sent(house, given).values()),
        "sent after it expired": bool(given.sends & house.too_late),
        "dead-lettered for throttling": house.person.knows(given.key, THROTTLED) and not house.table.has_failed,
    }
    return [name for name, broken in faults.items() if broken]


def _sent(house: House, given: Given) -> Counter[str]:
    """How often the provider accepted it, by number."""
    return Counter(each.number for each in house.provider.accepted if (each.number, each.content) in given.sends)


def _held(house: House, given: Given, row: MessageRow) -> list[str]:
    """A person is asked only what the provider's send records did not say, if settling could read them."""
    item = house.table.look(submission_key(row.submission or ""))
    last_look = item["timestamp"] + house.grace if item else 0
    shown = {
        (each.number, each.content)
        for each in house.provider.accepted
        if each.out_id == row.submission and each.visible_at < last_look
    }
    troubles = [house.secret.good_since, house.settling_key.failed_at]
    troubles += [house.settling_client.unread_at.get(number, 0) for number, _ in given.sends]
    could_be_read = max(troubles) < (row.held_at or 0) - LONGEST_TURN
    return ["handed to a person, though it was found"] if could_be_read and given.sends <= shown else []


def _ended(house: House, given: Given) -> list[str]:
    """A message ends accepted, rejected with its reason, expired, or with a person; and says what is true."""
    item, sent = house.table.look(message_key(given.message_id)), _sent(house, given)
    row = from_item(MessageRow, item) if item else None
    if row and row.status == "rejected" and given.door == "request":
        return []  # the caller asks
    if row is None or row.released or row.status in {"queued", "sending"}:
        lost = not house.person.knows(given.key) or (row is not None and row.status == "sending")
        return [f"lost: {row.status if row else 'no row'}"] if lost else []
    if row.status == "unknown":
        told = row.held_at is not None and house.person.knows(given.key, "unknown")
        return _held(house, given, row) if told else ["unknown and nobody told"]
    if row.status == "accepted":
        skipped = house.provider.skips and house.provider.bad & set(given.document["phone_numbers"])
        return [] if sent or skipped else ["accepted, it says, but was not"]
    if row.status == "rejected" and not house.person.knows(given.key):
        return ["rejected and nobody told"]
    return [f"{row.status}, it says, but was sent"] if sent else []
