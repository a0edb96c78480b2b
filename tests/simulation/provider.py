"""A model of the provider as the client shows it, with what is not confirmed about it varied from run to run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import NotSent, OutcomeUnknown
from aliyun_sms.provider.answer import Answer, SendDetail, SendDetails
from aliyun_sms.provider.frequency_limits import CHINA
from aliyun_sms.provider.request import Stamp
from aliyun_sms.settling.looks import VISIBLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aliyun_sms.provider.credentials import Credentials, CredentialsSource
    from tests.simulation.guards import Guards
    from tests.simulation.world import World

WINDOW = 900  # seconds that a nonce is remembered and a timestamp is good for
USUAL = (("分钟", 60, 1), ("小时", 3600, 5), ("天", 86_400, 10))
LIMITS = (USUAL, USUAL, (("小时", 3600, 1),), (("天", 86_400, 1),), ())
REFUSALS = (
    "Throttling.User",
    "isv.AMOUNT_NOT_ENOUGH",
    "isv.SMS_SIGNATURE_ILLEGAL",
    "isv.MOBILE_NUMBER_ILLEGAL",
    "InvalidTimeStamp.Expired",
)
CALL_AGAIN = "isp.SYSTEM_ERROR"
BAD = "isv.MOBILE_NUMBER_ILLEGAL"
THROTTLED = "Throttling.User"


@dataclass(frozen=True, slots=True)
class Accepted:
    content: str  # with the number it tells whose message it was
    out_id: str
    number: str
    at: float
    visible_at: float


@dataclass(frozen=True, slots=True)
class Storm:
    """When the gateway throttles every call, and for how many seconds it names, if it names any."""

    begins: float
    ends: float
    retry_after: float | None = None

    @classmethod
    def of(cls, world: World) -> Storm:
        """One world in four has a storm."""
        if world.weather.random() > 0.25:
            return cls(0, 0)
        begins = world.now + world.weather.uniform(-10, 100)
        retry_after = world.weather.choice([None, None, 3, 40])
        return cls(begins, begins + world.weather.choice([5, 60, 600, 4000]), retry_after)

    def rages(self, now: float) -> bool:
        return self.begins <= now < self.ends


class Provider:
    """What it has accepted, and what it remembers."""

    def __init__(self, world: World, grace: int) -> None:
        self._world = world
        self.accepted: list[Accepted] = []
        self.keys: set[Credentials] = set()  # that it takes
        self._nonces: dict[str, float] = {}
        self._since = world.now
        self._skew = world.random.uniform(-20, 20)
        self.limits: tuple[tuple[str, int, int], ...] = world.random.choice(LIMITS)
        self._errs_after = world.random.random() < 0.2  # says to call again, though it has sent
        self._grace = grace
        self._burns_first = world.random.random() < 0.5
        self.in_part = world.random.random() < 0.3  # it refuses, though it has sent to those that are not limited
        self.skips = world.random.random() < 0.2  # it says OK, and leaves out those that it does not like
        self.sends_to_others = False  # though it refuses the call for one that it does not like
        self.bad: set[str] = set()  # numbers that it does not like
        self.used_up: set[str] = set()  # numbers whose limit others have used up, for a day
        self._delay = world.random.choice([0, 10, grace * 0.9, grace * 3])
        self._others = world.random.choice([0, 0, 49, 50, 120])
        self.storm = Storm.of(world)
        self.mumbles = world.weather.random() < 0.2  # its limits cannot be read

    def refuses(self, key: Credentials) -> str | None:
        """The code with which it refuses a key."""
        if key in self.keys:
            return None
        known = key.access_key_id in {each.access_key_id for each in self.keys}
        return "SignatureDoesNotMatch" if known else "InvalidAccessKeyId.NotFound"

    def carry_out(self, key: Credentials, call: dict[str, Any], code: str | None) -> Answer:
        """One arrival of a request; `code` is what chance has it refused with.

        Its `sends` are pairs of number and content.
        """
        stamp: Stamp = call["stamp"]
        now = self._world.now + self._skew
        if refused := self.refuses(key):
            return _answer(refused)
        if self.storm.rages(self._world.now):
            self._world.counts["provider calls: into a storm"] += 1
            return Answer(THROTTLED, THROTTLED, "R", None, retry_after=self.storm.retry_after)
        if abs(now - stamp.seconds) > WINDOW:
            return _answer("InvalidTimeStamp.Expired")
        if now - self._nonces.get(stamp.nonce, -WINDOW) < WINDOW:
            return _answer("SignatureNonceUsed")
        if self._burns_first:
            self._nonces[stamp.nonce] = now
        if code == CALL_AGAIN and self._errs_after:
            self._accept(call, now, self._grace / 2)
        return _answer(code) if code else self._answered(call, now)

    def _answered(self, call: dict[str, Any], now: float) -> Answer:
        bad = [number for number, _ in call["sends"] if number in self.bad]
        if bad and not (self.skips or self.sends_to_others):
            return _answer(BAD)
        call = {**call, "sends": [send for send in call["sends"] if send[0] not in self.bad]}
        if bad and self.sends_to_others:
            self._accept(call, now, min(self._delay, VISIBLE, self._grace / 2))
            return _answer(BAD)
        return self._accept(call, now, self._delay)

    def sends(self, number: str, date: str) -> list[SendDetail]:
        """What it shows of one number's sends on one day in UTC+8."""
        others = [_detail(number, None)] * self._others
        shown = [each for each in self.accepted if each.number == number and each.visible_at <= self._world.now]
        return others + [_detail(number, each.out_id) for each in shown if _date(each.at) == date]

    def _accept(self, call: dict[str, Any], now: float, delay: float) -> Answer:
        sends: list[tuple[str, str]] = call["sends"]
        limited = {number: text for number, _ in sends if (text := self._limited(number))}
        accepted = [send for send in sends if send[0] not in limited]
        if limited and not self.in_part:
            accepted = []
        if accepted:
            self._nonces[call["stamp"].nonce] = now
        if limited:  # what it sends in spite of a refusal shows in time: docs/delivery.md
            delay = min(delay, VISIBLE, self._grace / 2)
        visible_at = self._world.now + self._world.random.uniform(0, delay)
        self.accepted += [
            Accepted(content, call["out_id"], number, self._world.now, visible_at) for number, content in accepted
        ]
        return _answer("isv.BUSINESS_LIMIT_CONTROL", next(iter(limited.values()))) if limited else _answer("OK")

    def _limited(self, number: str) -> str | None:
        times = [each.at for each in self.accepted if each.number == number]
        if number in self.used_up and self._world.now < self._since + 86_400:
            return self._said("触发号码天级流控Permits:40")
        for word, seconds, permits in self.limits:
            since = self._world.now - seconds if word == "天" else self._world.now // seconds * seconds
            if sum(at >= since for at in times) >= permits:
                return self._said(f"触发{word}级流控Permits:{permits}")
        return None

    def _said(self, limit: str) -> str:
        return "flow control" if self.mumbles else limit


class Client:
    """Stands in for SmsClient: the wire between the core and the provider."""

    signature_version = 1

    def __init__(
        self,
        world: World,
        provider: Provider,
        credentials: CredentialsSource,
        expiry: dict[tuple[str, str], float],
        too_late: set[tuple[str, str]],
        guards: Guards,
    ) -> None:
        """What is sent after it expired is added to `too_late`."""
        self._guards = guards
        self._world = world
        self._provider = provider
        self._credentials = credentials
        self._expiry = expiry
        self.too_late = too_late
        self.unread_at: dict[str, float] = {}  # when a query for a number failed last

    def stamp(self) -> Stamp:
        return Stamp(self._world.clock(), f"{self._world.random.getrandbits(64):x}")

    def send_sms(
        self, numbers: Sequence[str], sign_name: str, template_code: str, template_param: str, **given: Any
    ) -> Answer:
        """As SmsClient.send_sms."""
        del sign_name, template_code
        return self._send([(number, template_param) for number in numbers], given)

    def send_batch_sms(
        self,
        numbers: Sequence[str],
        sign_names: Sequence[str],
        template_code: str,
        template_params: Sequence[dict[str, str]],
        **given: Any,
    ) -> Answer:
        """As SmsClient.send_batch_sms."""
        del template_code
        contents = [json.dumps(param, separators=(",", ":")) for param in template_params]
        self._world.counts["provider calls: batches"] += 1
        return self._send(
            [send for send, _ in zip(zip(numbers, contents, strict=True), sign_names, strict=True)], given
        )

    def _send(self, sends: list[tuple[str, str]], given: dict[str, Any]) -> Answer:
        if given["seconds_left"] < 1:
            raise NotSent("client:out-of-time", "")
        assert len({number for number, _ in sends}) == len(sends), "a number twice in one call"
        self._world.counts["provider calls"] += 1
        self._world.counts["provider calls: recipients"] += len(sends)
        self.too_late |= {send for send in sends if self._world.now >= self._expiry.get(send, float("inf"))}
        self._guards.sends()
        call = {"sends": sends, **given}
        self._world.may_crash("before a call")
        answer = self._over_the_wire(self._credentials.current(), call)
        self._world.may_crash("after a call")
        return answer

    def query_send_details(
        self, number: str, date: str, *, page_size: int, current_page: int, seconds_left: float
    ) -> SendDetails:
        """As SmsClient.query_send_details."""
        before, self.unread_at[number] = self.unread_at.get(number, 0), self._world.now
        if seconds_left < 1:
            raise NotSent("client:out-of-time", "")
        if current_page == 1:  # else no turn would ever get through the many pages of many messages
            self._world.may_crash("before a query")
        key = self._credentials.current()
        self._world.takes(0.1)
        if self._world.happens("query: no answer", self._world.chances.wire):
            raise OutcomeUnknown("client:read-timeout", "")
        self.unread_at[number] = before
        if refused := self._provider.refuses(key):
            return SendDetails(refused, refused, "R", None)
        sends = self._provider.sends(number, date)
        page = tuple(sends[(current_page - 1) * page_size : current_page * page_size])
        return SendDetails("OK", "OK", "R", None, total_count=len(sends), details=page)

    def _over_the_wire(self, key: Credentials, call: dict[str, Any]) -> Answer:
        chance = self._world.chances.wire
        code = self._refusal()
        if self._world.happens("wire: refused", chance):
            raise NotSent("client:connect-failure", "")
        if self._world.happens("wire: delayed", chance):
            late = self._world.random.choice([30, 300, 890])
            self._world.after(late, lambda: _ignored(self._provider.carry_out(key, call, code)))
            self._world.takes(min(10, call["seconds_left"]))
            raise OutcomeUnknown("client:read-timeout", "")
        if self._world.happens("wire: lost", chance):
            self._world.takes(min(10, call["seconds_left"]))
            raise OutcomeUnknown("client:read-timeout", "")
        self._world.takes(self._world.random.uniform(0.05, 1))
        answer = self._provider.carry_out(key, call, code)
        self._world.may_crash("after it was carried out")
        if self._world.happens("wire: twice", chance):
            answer = self._provider.carry_out(key, call, code)
        if self._world.happens("wire: hangs", chance):  # longer than the lease, and then answers
            self._world.takes(self._world.random.choice([60, 200, 1000]))
        if self._world.happens("wire: answer lost", chance):
            raise OutcomeUnknown(
                self._world.random.choice(["client:connection-reset", "http:502", "InternalError"]), ""
            )
        return answer

    def _refusal(self) -> str | None:
        if self._world.happens("refused: call again", self._world.chances.refusal):
            return CALL_AGAIN
        if self._world.happens("refused", self._world.chances.refusal):
            return self._world.random.choice(REFUSALS)
        return None


def _ignored(answer: Answer) -> None:
    """Nobody waits for it any more."""
    del answer


def _answer(code: str, message: str = "") -> Answer:
    return Answer(code, message or code, "R", "B" if code == "OK" else None)


def _date(at: float) -> str:
    return f"{datetime.fromtimestamp(at, CHINA):%Y%m%d}"


def _detail(number: str, out_id: str | None) -> SendDetail:
    return SendDetail(number, out_id, 1, None, None, None, None, None)
