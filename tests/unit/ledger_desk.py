"""A sender and a settler over one ledger, with a provider that answers as it is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from aliyun_sms.answer import Answer, SendDetail, SendDetails
from aliyun_sms.credentials import Credentials
from aliyun_sms.errors import OutcomeUnknown
from aliyun_sms.ledger import Draft, Ledger
from aliyun_sms.many import send_all
from aliyun_sms.message import Message
from aliyun_sms.request import Stamp
from aliyun_sms.result import Door, Origin, Result, message_id
from aliyun_sms.sender import Sender
from aliyun_sms.settle import Settler
from aliyun_sms.table import MOST_KEYS, TableUnavailable
from tests.fake_table import FakeTable
from tests.stand_ins import KilledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aliyun_sms.client import SmsClient
    from aliyun_sms.ledger import Claim, Standing
    from aliyun_sms.rows import MessageRow, SubmissionRow
    from aliyun_sms.table import Item, Put

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GRACE = 3600
KEY = Credentials("key id", "secret")


class Time:
    """What time it is."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Table(FakeTable):
    """Before or after the next writes something happens, as planned; `writes` are the keys of each that was done."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], None] | None] = []
        self.after: list[Callable[[], None] | None] = []
        self.writes: list[list[str]] = []
        self.calls: Counter[str] = Counter()  # as many as DynamoDB would be asked

    def get_all(self, keys: Sequence[str]) -> dict[str, Item]:
        self.calls["get_all"] += -(-len(set(keys)) // MOST_KEYS)
        return super().get_all(keys)

    def put_all(self, puts: Sequence[Put]) -> None:
        self.calls["put_all"] += 1
        _next(self.before)
        super().put_all(puts)
        self.writes.append([put.item["pk"] for put in puts])
        _next(self.after)


def _next(plan: list[Callable[[], None] | None]) -> None:
    if plan and (action := plan.pop(0)):
        action()


def fails() -> None:
    """The table does not answer."""
    raise TableUnavailable("InternalServerError")


class Client:
    """Says OK unless told otherwise; its records hold what is put into them.

    A call that has an offender among its recipients is refused as a whole for the first of them.
    """

    def __init__(self, time: Time) -> None:
        self.time = time
        self.signature_version = 1
        self.credentials = KEY
        self.calls: list[dict[str, Any]] = []
        self.queries: list[tuple[str, str, int]] = []
        self.plan: list[Answer | BaseException | Callable[[], Answer]] = []
        self.offenders: dict[str, Answer] = {}
        self.accepted: list[str] = []
        self.records: dict[str, list[str]] = {}  # OutIds by day, of whatever number
        self.sent: dict[str, list[str]] = {}  # and by number, on whatever day
        self.shows = False  # whether its records hold what it accepts
        self.seconds = 0.0  # that each call takes
        self.kill_at = -1  # the place of the call in which the function is killed,
        self.kills_after = False  # after it was carried out or before
        self.query_error: Exception | None = None
        self.unreadable: set[str] = set()  # numbers whose records cannot be read
        self._nonces = count(1)

    def current(self) -> Credentials:
        return self.credentials

    def renew(self, refused: Credentials) -> bool:
        return self.current() != refused

    def stamp(self) -> Stamp:
        return Stamp(self.time.now, f"nonce {next(self._nonces)}")

    def send_sms(self, *arguments: Any, **given: Any) -> Answer:
        recipients, sign, template, param = arguments
        self.calls.append({"recipients": recipients, "sign": sign, "template": template, "param": param, **given})
        self.time.passes(self.seconds)
        if len(self.calls) - 1 == self.kill_at and not self.kills_after:
            raise KilledError
        planned = self.plan.pop(0) if self.plan else self.judge(recipients)
        if isinstance(planned, BaseException):
            raise planned
        answered = planned if isinstance(planned, Answer) else planned()
        if answered.code == "OK":
            self.accepted += recipients
            self._show(recipients, given["out_id"])
        if len(self.calls) - 1 == self.kill_at:
            raise KilledError
        return answered

    def _show(self, recipients: Sequence[str], out_id: str) -> None:
        for number in recipients if self.shows else ():
            self.sent.setdefault(number, []).append(out_id)

    def judge(self, recipients: Sequence[str]) -> Answer:
        return next((self.offenders[number] for number in recipients if number in self.offenders), answer("OK"))

    def send_batch_sms(self, *arguments: Any, **given: Any) -> Answer:
        return self.send_sms(*arguments, batch=True, **given)

    def query_send_details(
        self, number: str, date: str, *, page_size: int, current_page: int, seconds_left: float
    ) -> SendDetails:
        assert seconds_left > 0
        self.queries.append((number, date, current_page))
        if self.query_error:
            raise self.query_error
        if number in self.unreadable:
            raise OutcomeUnknown("client:read-timeout", "no answer in time")
        ids = self.records.get(date, []) + self.sent.get(number, [])
        page = ids[(current_page - 1) * page_size : current_page * page_size]
        details = tuple(SendDetail(number, out_id, 1, None, None, None, None, None) for out_id in page)
        return SendDetails("OK", "OK", "R", None, total_count=len(ids), details=details)


def answer(code: str, message: str = "") -> Answer:
    return Answer(code, message or code, "R-1", "B-1" if code == "OK" else None)


@dataclass(slots=True)
class Handed:
    """What was put back into the queue, and what was handed to a person."""

    back: list[MessageRow] = field(default_factory=list)
    over: list[tuple[MessageRow, Result]] = field(default_factory=list)
    error: Exception | None = None

    def put_back(self, message: MessageRow) -> None:
        if self.error:
            raise self.error
        self.back.append(message)

    def hand_over(self, message: MessageRow, result: Result) -> None:
        if self.error:
            raise self.error
        self.over.append((message, result))


def one_by_one(action: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """As in_threads, without the threads."""
    return [action(item) for item in items]


def number(place: int) -> str:
    """One number of many."""
    return f"138{place:08}"


def document(key: str = "one", **fields: Any) -> dict[str, Any]:
    """A message as a door gets it; a field that is None is not given."""
    given = {
        "phone_numbers": "13800138000",
        "sign_name": "sign",
        "template_code": "SMS_1",
        "template_param": {"code": "739164"},
        "idempotency_key": key,
        **fields,
    }
    return {name: value for name, value in given.items() if value is not None}


def draft(key: str = "one", door: Door = "queue", **fields: Any) -> Draft:
    """A message that came in."""
    return Draft(Message(document(key, **fields)), Origin(door, door, "origin"))


def drafts(many: int, each: Callable[[int], dict[str, Any]] = lambda _: {}, door: Door = "queue") -> list[Draft]:
    """Messages to as many numbers under the keys m0, m1, …, with the fields that differ from one to another."""
    return [draft(f"m{place}", door, **{"phone_numbers": number(place), **each(place)}) for place in range(many)]


def personal(place: int) -> dict[str, Any]:
    """Values that nobody else gets."""
    return {"template_param": {"code": f"value {place}"}}


class LedgerDesk:
    """Everything around one ledger."""

    def __init__(self, *, looks_up_refusals: bool = False) -> None:
        self.time = Time()
        self.table = Table()
        self.client = Client(self.time)
        self.handed = Handed()
        self.pauses: list[float] = []
        ids = count(1)
        self.ledger = Ledger(self.table, new_id=lambda: f"submission {next(ids)}", retention_seconds=86_400)
        client = cast("SmsClient", self.client)
        self.sender = Sender(
            client,
            self.client,
            self.ledger,
            looks_up_refusals=looks_up_refusals,
            clock=self.time,
            pause=self.pauses.append,
        )

    def send(self, key: str = "one", door: Door = "queue", **fields: Any) -> Result:
        return self.sender.send(document(key, **fields), Origin(door, door, "origin"), 20.0)

    def send_together(self, drafts: Sequence[Draft], seconds_left: float = 20.0) -> list[Result]:
        return self.sender.send_together(drafts, seconds_left)

    def send_all(self, documents: Iterable[dict[str, Any]]) -> list[Result]:
        messages = [(document, Origin("queue", "queue", f"origin {place}")) for place, document in enumerate(documents)]
        return send_all(self.sender, messages, 20.0, self.time, one_by_one)

    def claim(self, drafts: Sequence[Draft]) -> tuple[Claim | None, list[Standing]]:
        return self.ledger.claim(drafts, self.sender.submitter.signing(), 20.0)

    def settler(self, *, sends_again: bool = False) -> Settler:
        client = cast("SmsClient", self.client)
        return Settler(
            self.ledger,
            self.sender.submitter,
            client,
            self.handed,
            clock=self.time,
            grace_seconds=GRACE,
            sends_again=sends_again,
            each=one_by_one,
        )

    def settle(self, *, sends_again: bool = False) -> dict[str, int]:
        deadline = self.time.now.timestamp() + 100
        return dict(self.settler(sends_again=sends_again).settle_due(deadline))

    def settle_until(self, seconds: float, *, sends_again: bool = False) -> None:
        """Settle each minute."""
        until = START + timedelta(seconds=seconds)
        while self.time.now < until:
            self.time.passes(60)
            self.settle(sends_again=sends_again)

    def message(self, key: str = "one", door: Door = "queue") -> MessageRow:
        row = self.ledger.message(message_id(door, key))
        assert row is not None
        return row

    def submission(self, key: str = "one") -> SubmissionRow:
        row = self.ledger.submission(self.message(key).submission or "")
        assert row is not None
        return row

    def statuses(self, drafts: Iterable[Draft]) -> Counter[str]:
        """What the ledger says of messages."""
        names = [draft.message_id for draft in drafts]
        rows = self.ledger.messages(names)
        return Counter(rows[name].status for name in names)

    def change(self, **fields: Any) -> None:
        """The access key is changed."""
        self.client.credentials = replace(self.client.credentials, **fields)
