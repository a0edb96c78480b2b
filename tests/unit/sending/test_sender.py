"""The core: one result for each message, whatever happens, and never a second send of what may have been sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from urllib3.exceptions import ProtocolError

from aliyun_sms import Credentials, SmsClient
from aliyun_sms.errors import InvalidMessage, NoCredentials, NotSent
from aliyun_sms.ledger.ledger import Ledger
from aliyun_sms.ledger.table import NoTable
from aliyun_sms.message.document import read_document
from aliyun_sms.message.incoming import Origin, given_key, message_id
from aliyun_sms.message.message import Defaults
from aliyun_sms.message.reach import EVERYBODY
from aliyun_sms.provider.frequency_limits import CHINA
from aliyun_sms.result import Results
from aliyun_sms.sending.sender import Sender
from aliyun_sms.sending.submitter import Submitter, wait_about
from aliyun_sms.start import now
from tests.workbench.wire_provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aliyun_sms.provider.credentials import CredentialsSource
    from aliyun_sms.result import Result

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ORIGIN = Origin("queue", "queue", "record-1")
DEFAULTS = Defaults("s", "t")
OLD = Credentials("oldId", "oldSecret")
NEW = Credentials("newId", "newSecret", "newToken")
CREDENTIAL_CODES = ["InvalidAccessKeyId.NotFound", "SignatureDoesNotMatch", "InvalidSecurityToken.Expired"]


class Source:
    """A secret that somebody rotates: what `stored` holds is seen by renewing."""

    def __init__(self) -> None:
        self.stored = self.held = OLD
        self.renewals = 0
        self.broken: Exception | None = None

    def current(self) -> Credentials:
        return self.held

    def renew(self, refused: Credentials) -> bool:
        self.renewals += 1
        if self.broken:
            raise self.broken
        self.held = self.stored
        return self.held != refused


def sender_of(
    client: SmsClient,
    source: CredentialsSource,
    *,
    defaults: Defaults = DEFAULTS,
    language: str = "en",
    clock: Callable[[], datetime] = now,
    pause: Callable[[float], None] = wait_about,
) -> Sender:
    """A sender without a ledger."""
    ledger = Ledger(NoTable())
    submitter = Submitter(client, source, ledger, Results(clock, language), clock=clock, pause=pause)
    return Sender(submitter, ledger, defaults=defaults, reach=EVERYBODY, clock=clock)


class Desk:
    """A sender with its provider and its secret."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.source = Source()
        client = SmsClient(self.source)
        self.pauses: list[float] = []
        self.sender = sender_of(
            client,
            self.source,
            defaults=Defaults("阿里云", "SMS_1"),
            clock=lambda: NOW + timedelta(seconds=sum(self.pauses)),
            pause=self.pauses.append,
        )

    def send(self, seconds_left: float = 20.0, **fields: Any) -> Result:
        document = {"phone_numbers": ["13800138000"], "template_param": {"code": "739164"}, **fields}
        return self.sender.send(document, ORIGIN, seconds_left)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        provider = Provider()
        provider.listen(wire)
        yield Desk(provider)


def test_an_accepted_message_has_its_result(desk: Desk) -> None:
    result = desk.send(reference="order 1", phone_numbers="13800138000,+85261234567")

    assert (result.status, result.code, result.category, result.retryable) == ("accepted", "OK", "success", False)
    assert (result.request_id, result.biz_id) == ("R-1", "B-1^0")
    assert (result.reference, result.recipients, result.advice) == ("order 1", 2, None)
    assert result.message_id == message_id("queue", "record-1")


def test_the_message_goes_out_as_it_was_given_with_our_own_id(desk: Desk) -> None:
    desk.send(sms_up_extend_code="90", reference="order 1")

    (sent,) = desk.provider.requests
    assert (
        sent.items()
        >= {
            "PhoneNumbers": "13800138000",
            "SignName": "阿里云",
            "TemplateCode": "SMS_1",
            "TemplateParam": '{"code":"739164"}',
            "SmsUpExtendCode": "90",
        }.items()
    )
    assert sent["OutId"] != "order 1"


def test_a_key_in_the_message_wins_over_that_of_its_origin(desk: Desk) -> None:
    assert desk.send(idempotency_key="mine").message_id == message_id("queue", "mine")


def test_an_invalid_message_is_not_sent_and_every_fault_is_told(desk: Desk) -> None:
    result = desk.send(phone_numbers=["12"], urgent="x")

    assert (result.status, result.code, result.category) == ("rejected", "client:invalid-message", "invalid")
    assert [fault.field for fault in result.faults] == ["phone_numbers[0]", "urgent"]
    assert result.message_id == message_id("queue", "record-1")
    assert desk.provider.requests == []


def test_an_invalid_message_keeps_the_key_that_it_names(desk: Desk) -> None:
    assert desk.send(phone_numbers=[], idempotency_key="mine").message_id == message_id("queue", "mine")


def test_what_is_no_message_at_all_is_refused_under_the_key_of_its_origin(desk: Desk) -> None:
    with pytest.raises(InvalidMessage) as raised:
        read_document("{")

    assert desk.sender.send(raised.value, ORIGIN, 20.0).message_id == message_id("queue", "record-1")


@pytest.mark.parametrize("seconds", [0, 1, 86_400])
def test_a_message_past_its_time_is_not_sent(desk: Desk, seconds: int) -> None:
    result = desk.send(expires_at=(NOW - timedelta(seconds=seconds)).isoformat())

    assert (result.status, result.code) == ("expired", "client:expired")
    assert desk.provider.requests == []


def test_a_message_before_its_time_is_sent(desk: Desk) -> None:
    assert desk.send(expires_at=(NOW + timedelta(seconds=1)).isoformat()).status == "accepted"


@pytest.mark.parametrize(
    ("code", "status", "category"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", "rejected", "invalid"),
        ("isv.OUT_OF_SERVICE", "rejected", "configuration"),
        ("isv.BUSINESS_LIMIT_CONTROL", "rejected", "throttled"),
        ("isp.SYSTEM_ERROR", "unknown", "ambiguous"),
        ("SignatureNonceUsed", "unknown", "ambiguous"),
        ("isv.NEVER_SEEN", "unknown", "ambiguous"),
    ],
)
def test_a_code_decides_what_became_of_the_message(desk: Desk, code: str, status: str, category: str) -> None:
    desk.provider.answers(code, "说明")

    result = desk.send()

    assert (result.status, result.category) == (status, category)
    assert (result.code, result.description, result.request_id) == (code, "说明", "R-1")
    assert result.advice
    assert len(desk.provider.requests) == 1


@pytest.mark.parametrize(("language", "start"), [("en", "Correct"), ("zh", "修正")])
def test_advice_is_in_the_language_that_was_set(desk: Desk, language: str, start: str) -> None:
    desk.provider.answers("isv.MOBILE_NUMBER_ILLEGAL")
    sender = sender_of(SmsClient(OLD), OLD, language=language)

    assert str(sender.send({"phone_numbers": "13800138000"}, ORIGIN, 20.0).advice).startswith(start)


@pytest.mark.parametrize("code", ["Throttling.User", "isv.MOBILE_NUMBER_ILLEGAL", "OK", "InternalError"])
def test_a_5xx_is_unknown_and_not_to_be_sent_again_whatever_its_code(desk: Desk, code: str) -> None:
    desk.provider.answers(code, status=503)

    result = desk.send()

    assert (result.status, result.category, result.retryable, result.retry_at) == ("unknown", "ambiguous", False, None)
    assert (result.code, result.request_id) == (code, "R-1")
    assert len(desk.provider.requests) == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (requests.ReadTimeout(), "client:read-timeout"),
        (requests.ConnectionError(ProtocolError("", ConnectionResetError())), "client:connection-reset"),
    ],
)
def test_what_breaks_off_is_unknown_and_not_tried_again(desk: Desk, error: Exception, code: str) -> None:
    desk.provider.breaks(error)

    result = desk.send()

    assert (result.status, result.code, result.retryable) == ("unknown", code, False)
    assert len(desk.provider.requests) == 1


@pytest.mark.parametrize("code", ["Throttling.User", "Throttling"])
def test_what_the_gateway_throttles_is_sent_again_at_once_with_a_new_nonce(desk: Desk, code: str) -> None:
    desk.provider.answers(code, status=400)

    assert desk.send().status == "accepted"
    first, second = desk.provider.requests
    assert first["OutId"] == second["OutId"]
    assert first["SignatureNonce"] != second["SignatureNonce"]
    assert desk.pauses == [1]


def test_a_failure_to_connect_is_tried_again_at_once_after_growing_pauses(desk: Desk) -> None:
    for _ in range(2):
        desk.provider.breaks(NotSent("client:connect-failure", "the connection failed"))

    assert desk.send().status == "accepted"
    assert desk.pauses == [0.2, 0.4]


def test_a_failure_to_connect_that_goes_on_can_be_tried_again_in_a_moment(desk: Desk) -> None:
    for _ in range(3):
        desk.provider.breaks(NotSent("client:connect-failure", "the connection failed"))

    result = desk.send()

    assert (result.status, result.category, result.retryable) == ("rejected", "transient", True)
    assert (result.retry_at, result.retry_after(NOW)) == (None, 5)
    assert len(desk.provider.requests) == 3


def test_a_clock_that_was_refused_is_tried_once_more(desk: Desk) -> None:
    for _ in range(2):
        desk.provider.answers("InvalidTimeStamp.Expired", status=400)

    result = desk.send()

    assert (result.status, result.category, result.code) == ("rejected", "configuration", "InvalidTimeStamp.Expired")
    assert len(desk.provider.requests) == 2


def test_a_limit_that_may_be_of_one_recipient_among_several_leaves_the_message_unknown(desk: Desk) -> None:
    desk.provider.answers("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1")

    result = desk.send(phone_numbers="13800138000,13900139000")

    assert (result.status, result.category, result.code) == ("unknown", "ambiguous", "isv.BUSINESS_LIMIT_CONTROL")


def test_without_time_left_nothing_is_sent(desk: Desk) -> None:
    result = desk.send(seconds_left=0.5)

    assert (result.status, result.code, result.category) == ("rejected", "client:out-of-time", "transient")
    assert desk.provider.requests == []


def test_a_defect_of_ours_before_the_call_comes_again_and_is_told_by_its_type_alone() -> None:
    def broken() -> datetime:
        raise LookupError("canary")

    client = SmsClient(OLD, clock=broken)
    result = sender_of(client, OLD).send({"phone_numbers": "13800138000"}, ORIGIN, 20.0)

    assert (result.status, result.code, result.description) == ("rejected", "client:not-submitted", "LookupError")
    assert result.comes_again


def test_a_defect_of_ours_in_the_call_is_unknown_and_told_by_its_type_alone(desk: Desk) -> None:
    desk.provider.breaks(NotSent("client:connect-failure", ""))

    def broken(_: float) -> None:
        raise LookupError("canary")

    sender = sender_of(SmsClient(OLD), OLD, clock=lambda: NOW, pause=broken)
    result = sender.send({"phone_numbers": "13800138000"}, ORIGIN, 20.0)

    assert (result.status, result.code, result.description) == ("unknown", "client:internal-error", "LookupError")


@pytest.mark.parametrize(
    ("text", "opens_at"),
    [
        ("触发分钟级流控Permits:1", datetime(2026, 1, 2, 11, 5, tzinfo=CHINA)),
        ("触发小时级流控Permits:5", datetime(2026, 1, 2, 12, 0, tzinfo=CHINA)),
        ("触发天级流控Permits:10", NOW + timedelta(hours=24)),
        ("触发号码天级流控Permits:40", NOW + timedelta(hours=24)),
        ("no window is named", None),
    ],
)
def test_a_frequency_limit_tells_its_text_and_when_it_opens(desk: Desk, text: str, opens_at: datetime | None) -> None:
    desk.provider.answers("isv.BUSINESS_LIMIT_CONTROL", text)

    result = desk.send()

    assert (result.category, result.retryable, result.description) == ("throttled", True, text)
    assert result.retry_at == opens_at


def test_the_providers_own_time_to_wait_is_kept(desk: Desk) -> None:
    desk.provider.answers("Throttling.User", status=400, x_acs_retry_after="2500")

    assert desk.send().retry_at == NOW + timedelta(seconds=2.5)
    assert len(desk.provider.requests) == 1


@pytest.mark.parametrize("value", ["9" * 15, "-1", "soon", "0"])
def test_a_senseless_time_to_wait_does_not_make_an_accepted_message_unknown(desk: Desk, value: str) -> None:
    desk.provider.answers("OK", x_acs_retry_after=value)

    assert desk.send().status == "accepted"


@pytest.mark.parametrize("code", CREDENTIAL_CODES)
def test_a_rotated_secret_is_read_again_and_the_message_sent_with_it(desk: Desk, code: str) -> None:
    desk.source.stored = NEW
    desk.provider.answers(code, status=400)

    result = desk.send()

    first, second = desk.provider.requests
    assert result.status == "accepted"
    assert (first["AccessKeyId"], second["AccessKeyId"], second["SecurityToken"]) == ("oldId", "newId", "newToken")
    assert first["OutId"] == second["OutId"]
    assert first["SignatureNonce"] != second["SignatureNonce"]


@pytest.mark.parametrize("code", CREDENTIAL_CODES)
def test_a_refusal_of_an_unchanged_secret_is_the_answer(desk: Desk, code: str) -> None:
    desk.provider.answers(code, status=400)

    result = desk.send()

    assert (result.status, result.category, result.code) == ("rejected", "configuration", code)
    assert (desk.source.renewals, len(desk.provider.requests)) == (1, 1)


def test_a_refusal_of_the_changed_secret_too_is_the_answer(desk: Desk) -> None:
    desk.source.stored = NEW
    desk.provider.answers("InvalidAccessKeyId.NotFound", status=404)
    desk.provider.answers("SignatureDoesNotMatch", status=400)

    result = desk.send()

    assert result.code == "SignatureDoesNotMatch"
    assert (desk.source.renewals, len(desk.provider.requests)) == (1, 2)


def test_a_key_refused_by_a_5xx_is_not_tried_with_another(desk: Desk) -> None:
    desk.source.stored = NEW
    desk.provider.answers("InvalidAccessKeyId.NotFound", status=500)

    assert desk.send().status == "unknown"
    assert (desk.source.renewals, len(desk.provider.requests)) == (0, 1)


@pytest.mark.parametrize("code", ["OK", "isv.OUT_OF_SERVICE", "Forbidden.RAM", "isp.RAM_PERMISSION_DENY"])
def test_the_secret_is_read_again_only_where_the_key_was_refused(desk: Desk, code: str) -> None:
    desk.provider.answers(code)

    desk.send()

    assert desk.source.renewals == 0


def test_what_follows_a_rotation_may_be_unknown(desk: Desk) -> None:
    desk.source.stored = NEW
    desk.provider.answers("InvalidAccessKeyId.NotFound", status=404)
    desk.provider.breaks(requests.ReadTimeout())

    assert desk.send().status == "unknown"


def test_where_the_secret_cannot_be_read_again_the_refusal_of_the_key_is_the_answer(desk: Desk) -> None:
    desk.source.broken = NoCredentials("client:credentials-unavailable", "ThrottlingException")
    desk.provider.answers("InvalidAccessKeyId.NotFound", status=404)

    result = desk.send()

    assert (result.status, result.code, result.comes_again) == ("rejected", "InvalidAccessKeyId.NotFound", True)
    assert len(desk.provider.requests) == 1


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"idempotency_key": "mine"}, "mine"),
        ({"idempotency_key": " "}, None),
        ({"idempotency_key": ""}, None),
        ({"idempotency_key": None}, None),
        ({"idempotency_key": 5}, None),
        ({"idempotency_key": ["mine"]}, None),
        ({"idempotency_key": "k" * 256}, None),
        ({"idempotency_key": "half \ud83d"}, None),
        ({}, None),
        ([], None),
        ("mine", None),
        (None, None),
    ],
)
def test_a_key_is_what_a_message_names_as_one(document: object, key: str | None) -> None:
    assert given_key(document) == key


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.text(st.characters(categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    document=DOCUMENTS
    | st.fixed_dictionaries({"phone_numbers": st.just("13800138000")}, optional={"idempotency_key": DOCUMENTS}),
    code=st.sampled_from(["OK", "isv.NEVER_SEEN", "Throttling", "SignatureDoesNotMatch"]),
    text=st.text(),
    status=st.sampled_from([200, 400, 503]),
)
def test_anything_has_a_result_that_can_be_written_down(
    desk: Desk, document: object, code: str, text: str, status: int
) -> None:
    desk.provider.plan.clear()
    desk.provider.answers(code, text, status)

    result = desk.sender.send(document, ORIGIN, 20.0)

    assert json.dumps(result.document(), ensure_ascii=False).encode()
    assert result.status in {"accepted", "rejected", "unknown"}


def test_two_messages_have_two_results_of_their_own(desk: Desk) -> None:
    desk.provider.answers("isv.MOBILE_NUMBER_ILLEGAL")

    results = [desk.send(idempotency_key=key) for key in ("one", "two")]

    assert [result.status for result in results] == ["rejected", "accepted"]
    assert results[0].message_id != results[1].message_id


@pytest.mark.parametrize("secret", ["13800138000", "739164"])
def test_a_result_shows_nobody_and_nothing(desk: Desk, secret: str) -> None:
    desk.provider.answers("isv.MOBILE_NUMBER_ILLEGAL", "13800138000 739164")

    assert secret not in repr(desk.send())
