"""One run of the alert door: alarms and recoveries twice and in disorder, faults by chance, a rotation that turns."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
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
DUTY = ("lisi", "wangwu")
CROWD = [f"c{chr(97 + place // 26)}{chr(97 + place % 26)}" for place in range(12)]
CONTACTS = [{"name": name, "phone_number": str(13_000_000_000 + place)} for place, name in enumerate([*DUTY, *CROWD])]
TEXT = {"alarm": "{names}", "runs": "{annotations.run}", "state": "{state}"}
LONG = {f"v{place}": {"text": "{annotations.long}", "max_length": 470} for place in range(2)}
REPEAT = 120  # seconds
LONGEST_STORM = 4200  # seconds, after which nothing is repeated, so that it can be quiet


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: what broke, in words, and what was counted."""

    seed: int
    broken: list[str]
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the documents of a run have in common, and what becomes of them."""

    gathers: bool
    repeats: bool
    crowd: int  # contacts who are told besides the one on duty
    renames: bool
    is_late: bool  # whether there is no document at first

    @classmethod
    def of(cls, world: World) -> Scene:
        """By chance; what came later draws from another source, so that old seeds are as they were."""
        chance = world.weather.random
        gathers = world.random.random() < 0.3
        crowd = world.weather.choice([0] * 59 + [len(CROWD)])
        return cls(gathers, crowd > 0 or chance() < 0.2, crowd, chance() < 0.3, chance() < 0.1)

    def document(self, on_duty: str, route: str) -> Document:
        """The document with this contact on duty, under this name of the only route."""
        more = {"wait_minutes": 2} if self.gathers else {}
        more |= {"repeat_minutes": REPEAT // 60} if self.repeats else {}
        variables = TEXT | (LONG if self.crowd else {})
        only = {
            "name": route,
            "matchers": ['name!=""'],
            "contacts": [on_duty, *CROWD[: self.crowd]],
            "variables": variables,
            **more,
        }
        return routes(only, of={"contacts": CONTACTS})


@dataclass(frozen=True, slots=True)
class History:
    """What really happened to an alarm: when it fired, again or anew, and when it recovered, in order."""

    name: str
    events: list[Alert]

    @property
    def times(self) -> int:
        """How often it began to fire; also after a recovery of which its source alone knows."""
        before = [False, *(event.fires for event in self.events)]
        return sum(event.fires and (event.anew or not fired) for event, fired in zip(self.events, before, strict=False))

    @property
    def fires(self) -> bool:
        """Whether it fires in the end."""
        return self.events[-1].fires


def run(seed: int, parts: Parts = WHOLE, longest: float = LONGEST) -> Ended:
    """The run of a seed, until it is quiet."""
    world = World(seed)
    house = AlertHouse(world, parts)
    scene = Scene.of(world)
    _bring_documents(house, scene)
    histories = [_history(house, name) for name in NAMES[: world.random.randint(1, 3)]]
    broken = [] if world.run(world.now + longest) else ["never quiet"]
    world.counts["messages"] += len(house.provider.accepted)
    if not house.given_up:  # else a person knows that something was not taken in
        goes_on = scene.gathers and any(history.fires for history in histories)  # one recovery ends all of the group
        broken += [fault for history in histories for fault in _untold(house, history, goes_on=goes_on)]
    broken += _doubled(house) + _lost(house)
    broken += [fault for history in histories for fault in _too_often(house, history, scene)]
    return Ended(seed, broken, world.counts)


def _bring_documents(house: AlertHouse, scene: Scene) -> None:
    """The first, and those of a rotation that turns and of a route that gets another name."""
    world = house.world
    house.routes.now = None if scene.is_late else scene.document(DUTY[0], "first")
    if scene.is_late:
        world.after(world.weather.uniform(0, 900), partial(house.put, scene.document(DUTY[0], "first")))
    for turn in range(world.random.randint(0, 3)):
        name = world.weather.choice(["first", "second"]) if scene.renames else "first"
        turned = scene.document(DUTY[(turn + 1) % 2], name)
        world.after(world.random.uniform(0, 900), partial(house.put, turned))
    if scene.repeats:
        world.after(LONGEST_STORM, partial(house.put, replace(scene, repeats=False).document(DUTY[0], "first")))


def _history(house: AlertHouse, name: str) -> History:
    """Events of one alarm; each comes once or more, soon or late, but for a recovery that is lost."""
    random, at = house.world.random, house.world.now
    events: list[Alert] = []
    for place in range(random.randint(1, 6)):
        state: State = random.choice(["firing", "resolved"]) if place else "firing"
        at += random.choice([0.001, 5, random.uniform(1, 300)])
        lost = state == "resolved" and house.world.weather.random() < 0.15
        anew = bool(place) and state == "firing" and house.world.weather.random() < 0.3
        event = Alert(
            source="test", name=name, state=state, identity=name, anew=anew,
            annotations={"run": f"{name[0]}{place}", "long": "x" * 470},
            observed_at=datetime.fromtimestamp(round(at, 3), UTC),
        )  # fmt: skip
        if lost:
            continue
        events.append(event)
        for _ in range(random.choice([1, 1, 2, 3])):
            late = random.choice([0, 0, random.uniform(0, 60), random.uniform(0, 900)])
            house.world.after(at - house.world.now + late, partial(house.bring, event))
    return History(name, events)


def _doubled(house: AlertHouse) -> list[str]:
    """The same message twice to a phone: no other has its words, but for those that say that it goes on."""
    said = [(each.number, each.content) for each in house.provider.accepted]
    sends = Counter(send for send in said if json.loads(send[1])["state"] != "still firing")
    return [f"twice to one phone: {content}" for (_, content), times in sends.items() if times > 1]


def _lost(house: AlertHouse) -> list[str]:
    """What is done with, though the ledger does not have it as sent, or on its way, and no person knows of it."""
    done = [message for row in house.rows("group#") for message in row["sent"]]
    states = {message["message_id"]: house.status(message["message_id"]) for message in done}
    known = {message_id("alert", key) for key in house.dead.keys | {key for key, _ in house.person.told}}
    return [f"lost: {status}" for name, status in states.items() if status in {None, "rejected"} and name not in known]


def _too_often(house: AlertHouse, history: History, scene: Scene) -> list[str]:
    """More alarms or recoveries to a phone than there were; more alarms to all, where no two are to be told."""
    sends = [(each.number, json.loads(each.content)) for each in house.provider.accepted]
    about = [(number, said["state"]) for number, said in sends if history.name in said["alarm"]]
    told = Counter(about)
    most = {state: max((told[key] for key in told if key[1] == state), default=0) for state in ("firing", "resolved")}
    if not (scene.crowd or scene.renames):
        most["firing"] = sum(state == "firing" for _, state in about)
    return [f"{history.name}: {state} too often" for state, times in most.items() if times > history.times]


def _untold(house: AlertHouse, history: History, *, goes_on: bool) -> list[str]:
    """What fires and nobody was told, or what nobody was told is over."""
    groups = {row["pk"]: row for row in house.rows("group#")}
    left = [f"{key}: never finished" for key, row in groups.items() if row["messages"] or row["leaving"]]
    (episode,) = [row for row in house.rows("episode#") if row["alert"]["name"] == history.name]
    told = [groups[key] for key in episode["told"].values()]
    if not any(row["sent"] for row in told):  # of many messages the last are kept
        return [*left, f"{history.name}: nobody was told"]
    is_open = any(episode["name"] in row["members"] for row in told)
    if is_open == history.fires or (is_open and goes_on):
        return left
    return [*left, f"{history.name}: {'not told of' if history.fires else 'not told that it is over'}"]
