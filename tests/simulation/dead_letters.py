"""Dead letters, and a person who moves them back over weeks while the table deletes rows whose time is over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulation.queues import Record

if TYPE_CHECKING:
    from tests.simulation.house import House
    from tests.simulation.world import World

DAY = 86_400
DAYS_KEPT = 14  # by SQS, from when a letter was put anywhere first
DAYS_IN_THE_QUEUE = 4
MOST_DAYS = 15  # that the redrive moves what SQS alone has brought back
DAYS = 45  # of redrives, while a row is kept for 19


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter; `since` is when it was last certain that its row was there or not yet needed."""

    document: dict[str, Any]
    scope: str
    status: str
    put_at: float
    since: float


class DeadLetters:
    """A queue of them, each kept for 14 days."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._letters: list[Letter] = []

    def add(self, document: dict[str, Any], scope: str, status: str) -> None:
        """By the queue door or settling."""
        self._letters.append(Letter(document, scope, status, self._world.now, self._world.now))

    def take_over(self, record: Record) -> None:
        """By SQS, which keeps the time at which the record was put into its queue, and its attributes."""
        since = record.put_at if record.since is None else record.since
        self._letters.append(Letter(record.document, record.scope, record.status, record.put_at, since))

    def taken(self) -> list[Letter]:
        """What a person takes out today: held letters only by their names, which takes more."""
        now, random = self._world.now, self._world.random
        there = [letter for letter in self._letters if now - letter.put_at < DAYS_KEPT * DAY]
        going = [letter for letter in there if now - letter.since <= MOST_DAYS * DAY]
        going = [letter for letter in going if letter.status != "unknown" or random.random() < 0.9]
        self._letters = [letter for letter in there if letter not in going]
        return going


def redrive_for_weeks(house: House) -> None:
    """Every few days; now and then the queue door takes days until it comes to what was moved back."""
    world = house.world
    end = world.now + DAYS * DAY
    while world.now < end:
        world.takes(world.random.uniform(5, 13) * DAY)
        house.table.forget(world.now - world.random.choice([0, 2 * DAY]))
        for letter in house.letters.taken():
            _move_back(house, letter)


def _move_back(house: House, letter: Letter) -> None:
    world = house.world
    world.counts["redriven"] += 1
    name = f"{world.random.getrandbits(64):x}"
    record = Record(name, letter.document, letter.scope, status=letter.status, since=letter.since, put_at=world.now)
    waits = world.random.choice([0, 0, world.random.uniform(0, DAYS_IN_THE_QUEUE * DAY)])
    world.after(waits, partial(house.queue.put, record))
