"""Settling with a key that the provider refuses, and with send records that cannot be read: neither is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.errors import NoCredentials, NotSent, OutcomeUnknown
from aliyun_sms.observability import counts
from tests.privacy import overheard
from tests.workbench.ledger_desk import GRACE, LedgerDesk
from tests.workbench.messages import incoming_messages, number
from tests.workbench.told_client import DEAD_KEY, answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from aliyun_sms.provider.answer import Answer

TIMEOUT = OutcomeUnknown("client:read-timeout", "no answer in time")
UNREAD = "send records cannot be read"
ANOTHER = {"access_key_id": "another id"}


@pytest.fixture
def desk() -> LedgerDesk:
    """With one message whose outcome is unknown."""
    desk = LedgerDesk()
    desk.client.plan.append(TIMEOUT)
    desk.send()
    return desk


def dying(desk: LedgerDesk, code: str = DEAD_KEY, **fields: str) -> Callable[[], Answer]:
    """An answer of the provider, with which the key dies."""

    def dies() -> Answer:
        desk.client.key_dies(**fields)
        return answer(code)

    return dies


def unread() -> list[dict[str, Any]]:
    return [line for line in overheard.logged() if line["message"] == UNREAD]


@pytest.mark.parametrize("fields", [ANOTHER, {"access_key_secret": "another"}, {"security_token": "another"}], ids=str)
def test_the_records_are_read_with_the_key_that_the_secret_holds_now(desk: LedgerDesk, fields: dict[str, str]) -> None:
    desk.client.sent[desk.submission().recipients[0]] = ["submission 1"]
    desk.client.key_dies(**fields)
    desk.time.passes(30)

    assert desk.settle() == {"accepted": 1}
    assert (len(desk.client.queries), desk.client.reads, unread()) == (2, 1, [])


def test_those_of_messages_that_travelled_together_too() -> None:
    desk, given = LedgerDesk(), incoming_messages(10)
    desk.client.plan.append(TIMEOUT)
    desk.send_together(given)
    desk.client.sent |= {number(place): ["submission 1"] for place in range(10)}
    desk.client.key_dies(**ANOTHER)
    desk.time.passes(30)

    assert desk.settle() == {"accepted": 10}
    assert desk.client.reads == 1


def test_the_identical_request_is_made_with_the_corrected_secret_of_the_same_key(desk: LedgerDesk) -> None:
    desk.client.plan.append(dying(desk, "SignatureDoesNotMatch", access_key_secret="corrected"))
    desk.time.passes(120)

    assert desk.settle() == {"accepted": 1}
    first, second, third = ({**call, "seconds_left": None} for call in desk.client.calls)
    assert first == second == third


@pytest.mark.parametrize("fields", [ANOTHER, {"security_token": "another"}, {}], ids=str)
def test_it_is_never_made_with_another_key_nor_where_the_secret_is_what_was_refused(
    desk: LedgerDesk, fields: dict[str, str]
) -> None:
    desk.client.plan.append(dying(desk, **fields))
    desk.settle_until(GRACE - 60)

    assert (len(desk.client.calls), desk.message().status) == (2, "unknown")


def test_after_a_key_that_was_refused_the_records_are_read_with_the_new_one(desk: LedgerDesk) -> None:
    desk.client.plan.append(dying(desk, **ANOTHER))
    desk.settle_until(120)
    desk.client.sent[desk.submission().recipients[0]] = ["submission 1"]
    desk.settle_until(300)

    assert desk.message().status == "accepted"


@pytest.mark.parametrize("refusal", [DEAD_KEY, "Throttling.User", NotSent("client:connect-failure", "")], ids=str)
def test_a_new_request_that_was_certainly_not_carried_out_is_made_again_at_once(desk: LedgerDesk, refusal: Any) -> None:
    planned = dying(desk, **ANOTHER) if refusal == DEAD_KEY else refusal
    planned = answer(planned) if isinstance(planned, str) else planned
    desk.client.plan += [answer("SignatureNonceUsed"), planned]
    desk.settle_until(GRACE, sends_again=True)

    first, again, new, last = (call["stamp"].nonce for call in desk.client.calls)
    assert (first == again, len({again, new, last})) == (True, 3)
    assert (desk.message().status, desk.submission().given_up) == ("accepted", True)


def test_a_new_request_with_a_dead_key_leaves_it_unknown(desk: LedgerDesk) -> None:
    desk.client.plan += [answer("SignatureNonceUsed"), dying(desk)]
    desk.settle_until(3 * GRACE, sends_again=True)

    assert (len(desk.client.calls), desk.message().status, len(desk.handed.over)) == (3, "unknown", 1)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("Forbidden.RAM", None),
        ("isp.RAM_PERMISSION_DENY", None),
        ("Throttling.User", None),
        ("client:connect-failure", NotSent("client:connect-failure", "")),
        ("client:read-timeout", TIMEOUT),
        ("client:no-credentials", NoCredentials("client:no-credentials", "")),
    ],
)
def test_that_records_cannot_be_read_is_logged_and_counted_at_each_look(
    desk: LedgerDesk, code: str, error: Exception | None
) -> None:
    desk.client.query_error, desk.client.query_refusal = error, code
    desk.client.plan.append(answer("SignatureNonceUsed"))
    desk.settle_until(300)

    assert [(line["level"], line["codes"], line["submission"]) for line in unread()] == [
        ("ERROR", {code: 1}, "submission 1")
    ] * 3
    assert counts["send-records-unread"] == 3


def test_a_dead_key_is_said_and_asks_for_no_more_than_one_query_at_each_look() -> None:
    desk = LedgerDesk()
    desk.client.plan.append(TIMEOUT)
    desk.send_together(incoming_messages(10))
    desk.client.key_dies()
    desk.settle_until(300)

    assert [line["codes"] for line in unread()] == [{DEAD_KEY: 1}] * 3
    assert (len(desk.client.queries), desk.client.reads) == (3, 3 + 1)  # the identical request found it dead as well


def test_of_several_those_that_could_not_be_read_are_said() -> None:
    desk = LedgerDesk()
    desk.client.plan.append(TIMEOUT)
    desk.send_together(incoming_messages(10))
    desk.client.sent |= {number(place): ["submission 1"] for place in range(10)}
    desk.client.unreadable = {number(5), number(6)}
    desk.time.passes(30)
    desk.settle()

    assert [line["codes"] for line in unread()] == [{"client:read-timeout": 2}]


def test_where_the_time_runs_out_nothing_is_wrong_with_the_records() -> None:
    desk = LedgerDesk()
    desk.client.plan.append(TIMEOUT)
    desk.send_together(incoming_messages(10))
    desk.client.sent |= {number(0): ["submission 1"]}
    desk.time.passes(30)
    desk.core.settling.settle("submission 1", desk.time.now.timestamp() + 15)

    assert (unread(), counts["send-records-unread"]) == ([], 0)
    assert desk.message("m0").status == "unknown"
    desk.settle_until(180)
    assert desk.message("m0").status == "accepted"
