"""One run of the alert door: alarms and recoveries twice and in disorder, faults by chance, a rotation that turns."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from alert import Alert
from aliyun_sms.message.incoming import message_id
from tests.simulation.alert_house import WHOLE, AlertHouse, Parts
from tests.simulation.world import World
from tests.workbench.alert_desk import routes

if TYPE_CHECKING:
    from alert import State
    from routing.document import Document

LONGEST = 10 * 86_400  # seconds, after which it must be quiet
NAMES = ("disk", "memory", "load")
CONTACTS = ("lisi", "wangwu")
TEXT = {"alarm": "{names}", "runs": "{annotations.run}", "state": "{state}"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: what broke, in words, and what was counted."""

    seed: int
    broken: list[str]
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class History:
    """What really happened to an alarm: when it fired, again or anew, and when it recovered, in order."""

    name: str
    events: list[Alert]

    @property
    def times(self) -> int:
        """How often it began to fire."""
        states = ["resolved", *(event.state for event in self.events)]
        return sum(now == "firing" != before for before, now in pairwise(states))

    @property
    def fires(self) -> bool:
        """Whether it fires in the end."""
        return self.events[-1].fires


def run(seed: int, parts: Parts = WHOLE) -> Ended:
    """The run of a seed, until it is quiet."""
    world = World(seed)
    house = AlertHouse(world, parts)
    gathers = world.random.random() < 0.3
    house.routes.now = _document(CONTACTS[0], gathers=gathers)
    for turn in range(world.random.randint(0, 3)):
        turned = _document(CONTACTS[(turn + 1) % 2], gathers=gathers)
        world.after(world.random.uniform(0, 900), partial(setattr, house.routes, "now", turned))
    histories = [_history(house, name) for name in NAMES[: world.random.randint(1, 3)]]
    broken = [] if world.run(world.now + LONGEST) else ["never quiet"]
    world.counts["messages"] += len(house.provider.accepted)
    if not house.given_up:  # else a person knows that something was not taken in
        goes_on = gathers and any(history.fires for history in histories)  # and one recovery ends all of the group
        broken += [fault for history in histories for fault in _untold(house, history, goes_on=goes_on)]
    broken += _doubled(house) + _lost(house) + [fault for history in histories for fault in _too_often(house, history)]
    return Ended(seed, broken, world.counts)


def _document(contact: str, *, gathers: bool) -> Document:
    more = {"wait_minutes": 2} if gathers else {}
    return routes(contacts=[contact], variables=TEXT, **more)


def _history(house: AlertHouse, name: str) -> History:
    """Events of one alarm; each comes once or more, soon or late."""
    random, at = house.world.random, house.world.now
    events: list[Alert] = []
    for place in range(random.randint(1, 6)):
        state: State = random.choice(["firing", "resolved"]) if place else "firing"
        at += random.choice([0.001, 5, random.uniform(1, 300)])
        event = Alert(
            source="test", name=name, state=state, identity=name, annotations={"run": f"{name[0]}{place}"},
            observed_at=datetime.fromtimestamp(round(at, 3), UTC),
        )  # fmt: skip
        events.append(event)
        for _ in range(random.choice([1, 1, 2, 3])):
            late = random.choice([0, 0, random.uniform(0, 60), random.uniform(0, 900)])
            house.world.after(at - house.world.now + late, partial(house.bring, event))
    return History(name, events)


def _doubled(house: AlertHouse) -> list[str]:
    """The same message twice to a phone: no other has its words."""
    sends = Counter((each.number, each.content) for each in house.provider.accepted)
    return [f"twice to one phone: {content}" for (_, content), times in sends.items() if times > 1]


def _lost(house: AlertHouse) -> list[str]:
    """What is done with, though the ledger does not have it as sent, or on its way, and no person knows of it."""
    done = [message for row in house.rows("group#") for message in row["sent"]]
    states = {message["message_id"]: house.status(message["message_id"]) for message in done}
    known = {message_id("alert", key) for key in house.dead.keys | {key for key, _ in house.person.told}}
    return [f"lost: {status}" for name, status in states.items() if status in {None, "rejected"} and name not in known]


def _too_often(house: AlertHouse, history: History) -> list[str]:
    """More alarms than there were, to whatever phones, or more recoveries to one."""
    sends = [(each.number, json.loads(each.content)) for each in house.provider.accepted]
    about = [(number, said["state"]) for number, said in sends if history.name in said["alarm"]]
    alarms = sum(state == "firing" for _, state in about)
    recoveries = Counter(number for number, state in about if state == "resolved")
    return [
        f"{history.name}: {state} too often"
        for state, times in {"firing": alarms, "resolved": max(recoveries.values(), default=0)}.items()
        if times > history.times
    ]


def _untold(house: AlertHouse, history: History, *, goes_on: bool) -> list[str]:
    """What fires and nobody was told, or what nobody was told is over."""
    groups = {row["pk"]: row for row in house.rows("group#")}
    left = [f"{key}: never finished" for key, row in groups.items() if row["messages"] or row["leaving"]]
    (episode,) = [row for row in house.rows("episode#") if row["alert"]["name"] == history.name]
    told = [groups[key] for key in episode["told"].values()]
    if not any(message["kind"] == "firing" for row in told for message in row["sent"]):
        return [*left, f"{history.name}: nobody was told"]
    is_open = any(episode["name"] in row["members"] for row in told)
    if is_open == history.fires or (is_open and goes_on):
        return left
    return [*left, f"{history.name}: {'not told of' if history.fires else 'not told that it is over'}"]
