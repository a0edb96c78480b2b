"""The core in its world: doors as the functions behave, settling each minute, and people."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from aliyun_sms.ledger.table import LATEST_WRITE, TableUnavailable
from aliyun_sms.message.incoming import Origin
from aliyun_sms.sending.bulk import send_all
from aliyun_sms.sending.waiting import is_last_wait, seconds_hidden
from aliyun_sms.settling.settler import Policy
from tests.simulation.dead_letters import DeadLetters
from tests.simulation.guards import Guards
from tests.simulation.keys import Sandbox, Secret
from tests.simulation.provider import Client, Provider
from tests.simulation.queues import MOST_RECEIVES, VISIBILITY, Person, Queue, Record
from tests.simulation.tables import ShakyTable
from tests.workbench.core import Kinds, Surroundings, build_sender, build_settling, no_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.ledger.usage import Limits
    from aliyun_sms.provider.client import SmsClient
    from aliyun_sms.result import Result
    from tests.simulation.world import World

SECONDS_LEFT = 20.0  # for a call
LIFETIMES = (32, LATEST_WRITE / 2)  # seconds until a function is killed: eight before its lease ends, or much too late
MINUTE = 60
RETENTION = 19 * 86_400  # the least
DOORS = ("request", "queue", "schedule")
TAKEN = {"accepted", "unknown", "queued", "sending"}  # statuses after which a list does not come again
MOST_TRIES = 30  # of a caller at the request door, who gives up only when the ledger has the message


class House:
    """Everything between the callers and the provider."""

    def __init__(self, world: World, kinds: Kinds, *, sends_again: bool) -> None:
        self.world = world
        self.person = Person()
        self.expiry: dict[tuple[str, str], float] = {}  # by number and content
        self.grace = world.random.choice([60, 600, 3600])
        self._handing_over = world.random.choice([0.01, 0.01, 110])  # seconds: one may take a whole turn
        self._lifetime = world.weather.choice(LIFETIMES)
        self.urgent = world.weather.choice([0.1, 0.1, 0.9])  # of many messages, how many are
        self.expiring = world.random.choice([0.1, 0.1, 0.7])  # of many messages, how many do
        self.provider = Provider(world, self.grace)
        self.guards = Guards(world)
        self.table = ShakyTable(world, self.guards, self._settle_at)
        self.letters = DeadLetters(world)
        self.queue = Queue(world, self.person, self.letters.take_over)
        self.queue.receive = self._receive
        self.secret = Secret(world, self.provider)
        self.too_late: set[tuple[str, str]] = set()
        ledger = kinds.ledger(
            self.table, new_id=lambda: f"{world.random.getrandbits(64):x}", retention_seconds=RETENTION
        )
        self._ledger = ledger
        doubts = world.random.random() < 0.2
        self.provider.sends_to_others = doubts and world.random.random() < 0.5
        doors = {door: self._around(Sandbox(world, self.secret)) for door in DOORS}
        built = {door: build_sender(ledger, around, kinds, looks_up_refusals=doubts) for door, around in doors.items()}
        self._senders = {door: sender for door, (_, sender) in built.items()}
        self.settling_key = Sandbox(world, self.secret)
        around = self._around(self.settling_key)
        self.settling_client = cast("Client", around.client)
        submitter, _ = build_sender(ledger, around, kinds, looks_up_refusals=doubts)
        policy = Policy(self.grace, sends_again=sends_again)
        self._settling = build_settling(ledger, submitter, around, policy, kinds)
        self._ticks: set[int] = set()

    def limit(self, limits: Limits) -> None:
        """The operator sets the caps of a day."""
        self._ledger.usage.limits = limits

    def _around(self, key: Sandbox) -> Surroundings:
        """What a function is put between; it has a key of its own."""
        client = cast("SmsClient", Client(self.world, self.provider, key, self.expiry, self.too_late, self.guards))
        return Surroundings(client, key, self, self.world.clock, self.world.takes)

    def request(self, document: dict[str, Any], tries: int = MOST_TRIES) -> None:
        """A caller, who tries again under the same key until there is an answer that is none of "not now"."""
        self._tried("request", document, tries, partial(self.request, document))

    def schedule(self, document: dict[str, Any], tries: int = 3) -> None:
        """Lambda tries again after one minute and after two, then tells the on-failure destination."""
        self._tried("schedule", document, tries, partial(self.schedule, document))

    def schedule_list(self, documents: list[dict[str, Any]], seconds_left: float, tries: int = 3) -> None:
        """A run with many messages, and so many seconds for them; as functions/send_on_schedule."""
        messages = [(each, Origin("schedule", "schedule", each["idempotency_key"])) for each in documents]
        over = False
        self.world.ends_after(self._lifetime)
        try:
            results = send_all(
                self._senders["schedule"], messages, seconds_left, self.world.clock, in_threads=no_threads
            )
            taken = any(result.status in TAKEN for result in results)
            over = taken or not any(result.comes_again for result in results)
            if over:
                self._finish_list(documents, results)
        finally:
            if not over and tries > 1:
                again = partial(self.schedule_list, documents, seconds_left, tries - 1)
                self.world.after(60 * (4 - tries), again)
            elif not over:
                for document in documents:
                    self.person.tell(document["idempotency_key"], "given up")

    def _finish_list(self, documents: list[dict[str, Any]], results: list[Result]) -> None:
        for document, result in zip(documents, results, strict=True):
            if result.status == "rejected":
                self.person.tell(document["idempotency_key"], result.code or "")
                self.letters.add(document, "schedule", result.status)

    def enqueue(self, document: dict[str, Any], name: str) -> None:
        self.queue.put(Record(name, document, "queue"))

    def put_back(self, message: MessageRow) -> None:
        """As Handover."""
        self._give(cast("dict[str, Any]", message.document), message.scope)

    def hand_over(self, message: MessageRow, result: Result) -> None:
        """As Handover."""
        self._effect("hand over", self._handing_over)
        self.person.tell(message.key, result.status)
        document = cast("dict[str, Any]", message.document)
        self.letters.add({**document, "idempotency_key": message.key}, message.scope, result.status)
        self._effect("hand over")

    def _give(self, document: dict[str, Any], scope: str) -> None:
        self._effect("put back")
        self.queue.put(Record(f"{self.world.random.getrandbits(64):x}", document, scope, was_parked=True))
        self._effect("put back")

    def _effect(self, where: str, seconds: float = 0.01) -> None:
        self.world.may_crash(where)
        self.world.takes(seconds)
        if self.world.happens("queue: failed", self.world.chances.queue):
            raise ConnectionError(where)

    def _tried(self, door: Any, document: dict[str, Any], tries: int, again: Callable[..., None]) -> None:
        key, over = document["idempotency_key"], False
        self.world.ends_after(self._lifetime)
        try:
            result = self._senders[door].send(document, Origin(door, door, key), SECONDS_LEFT)
            over = not (result.comes_again or (door == "request" and result.status == "sending"))
            over = over or door == "schedule"
            if over and result.status == "rejected":
                self.person.tell(key, result.code or "")
        finally:
            if not over and tries > 1:
                pause = 60 * (4 - tries) if door == "schedule" else self.world.random.uniform(1, 90)
                self.world.after(pause, partial(again, tries - 1))
            elif not over:
                self.person.tell(key, "given up")

    def _receive(self, records: list[Record]) -> list[float | None]:
        """As functions/send_from_queue: seconds until each record comes again, None where it is done with."""
        self.world.may_crash("receive")
        self.world.ends_after(self._lifetime)
        messages = [(record.document, self._origin(record)) for record in records]
        results = send_all(self._senders["queue"], messages, SECONDS_LEFT, self.world.clock, in_threads=no_threads)
        return [self._finished(record, result) for record, result in zip(records, results, strict=True)]

    def _origin(self, record: Record) -> Origin:
        may_wait = not (record.was_parked or is_last_wait(record.receives, MOST_RECEIVES))
        return Origin("queue", record.scope, record.name, may_wait)

    def _finished(self, record: Record, result: Result) -> float | None:
        record.throttled = result.comes_again and result.category == "throttled"
        if record.throttled:
            return seconds_hidden(result.retry_after(self.world.clock()), record.receives, self.world.weather.random())
        if result.status == "sending" or result.comes_again:
            return VISIBILITY
        try:
            if not self._is_settled_later(result):
                self._add_letter(record, result)
        except (ConnectionError, TableUnavailable):
            return VISIBILITY
        self.world.may_crash("delete")
        return None

    def _is_settled_later(self, result: Result) -> bool:
        if result.status not in {"rejected", "unknown"}:
            return True
        if result.status == "rejected" or not result.duplicate:
            return result.status == "unknown"
        row = self._ledger.message(result.message_id)
        return row is not None and row.held_at is None

    def _add_letter(self, record: Record, result: Result) -> None:
        self._ledger.renew(result.message_id, int(self.world.now))
        self._effect("dead-letter")
        self.person.tell(record.document["idempotency_key"], result.code or "")
        self.letters.add(record.document, record.scope, result.status)

    def _settle_at(self, due_at: int) -> None:
        """In the minute in which something is due, there is a tick; in others it would find nothing."""
        minute = int(max(due_at, self.world.now)) // MINUTE + 1
        if minute not in self._ticks:
            self._ticks.add(minute)
            self.world.after(minute * MINUTE - self.world.now, partial(self._settle, minute))

    def _settle(self, minute: int) -> None:
        self._ticks.discard(minute)
        try:
            self._settling.settle_due(self.world.now + 100)
        finally:
            if self.table.is_due:
                self._settle_at(int(self.world.now))
