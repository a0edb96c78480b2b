"""A client of the provider that answers as it is told."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import OutcomeUnknown
from aliyun_sms.provider.answer import Answer, SendDetail, SendDetails
from aliyun_sms.provider.credentials import Credentials
from aliyun_sms.provider.request import Stamp
from tests.workbench.functions import KilledError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.workbench.clock import Clock

KEY = Credentials("key id", "secret")
DEAD_KEY = "InvalidAccessKeyId.Inactive"


class Client:
    """Says OK unless told otherwise; its records hold what is put into them.

    A call that has an offender among its recipients is refused as a whole for the first of them.
    """

    def __init__(self, time: Clock) -> None:
        self.time = time
        self.signature_version = 1
        self.credentials = KEY  # as last read
        self.secret: Credentials | None = None  # what the secret holds now, if that is something else
        self.reads = 0  # of the secret, since a key was refused
        self.dead: set[Credentials] = set()  # what the provider refuses
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
        self.query_refusal: str | None = None
        self.unreadable: set[str] = set()  # numbers whose records cannot be read
        self._nonces = count(1)

    def current(self) -> Credentials:
        return self.credentials

    def renew(self, refused: Credentials) -> bool:
        self.reads += 1
        self.credentials = self.secret or self.credentials
        return self.credentials != refused

    def key_dies(self, **fields: str) -> None:
        """The provider refuses the key from now on; the secret holds one that differs in these fields, if in any."""
        self.dead.add(self.credentials)
        self.secret = replace(self.credentials, **fields)

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
        if self.credentials in self.dead:
            return answer(DEAD_KEY)
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
        refusal = DEAD_KEY if self.credentials in self.dead else self.query_refusal
        if refusal:
            return SendDetails(refusal, refusal, "R", None)
        if number in self.unreadable:
            raise OutcomeUnknown("client:read-timeout", "no answer in time")
        ids = self.records.get(date, []) + self.sent.get(number, [])
        page = ids[(current_page - 1) * page_size : current_page * page_size]
        details = tuple(SendDetail(number, out_id, 1, None, None, None, None, None) for out_id in page)
        return SendDetails("OK", "OK", "R", None, total_count=len(ids), details=details)


def answer(code: str, message: str = "") -> Answer:
    return Answer(code, message or code, "R-1", "B-1" if code == "OK" else None)
