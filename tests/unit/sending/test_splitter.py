"""What is refused because of one message is split until that one stands alone, and the others are sent once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import log2
from typing import TYPE_CHECKING, Any

import pytest

from aliyun_sms.ledger.rows import message_key
from aliyun_sms.sending.splitter import LEAST_PROBED, PARTS, PROBES, parts
from tests.workbench.ledger_desk import LedgerDesk, fails
from tests.workbench.messages import document, incoming_messages, number, personal
from tests.workbench.told_client import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aliyun_sms.message.incoming import IncomingMessage

BAD_NUMBER = "isv.MOBILE_NUMBER_ILLEGAL"
SIZES = [1000, 100, 17, 2]


@pytest.fixture
def desk() -> LedgerDesk:
    return LedgerDesk()


def offends(desk: LedgerDesk, *places: int, code: str = BAD_NUMBER) -> None:
    """The provider refuses a whole call that has one of these among its recipients."""
    desk.client.offenders |= {number(place): answer(code) for place in places}


def others(many: int, *places: int) -> list[str]:
    return [number(place) for place in range(many) if place not in places]


def signs(place: int) -> dict[str, Any]:
    return {"sign_name": f"sign {place}"}


def extend_codes(place: int) -> dict[str, Any]:
    return {"sms_up_extend_code": str(place)}


@pytest.mark.parametrize(
    ("many", "place"), [(many, place) for many in SIZES for place in sorted({0, many // 4, many // 2, many - 1})]
)
def test_one_offender_is_found_in_few_calls_and_all_others_are_sent_once(
    desk: LedgerDesk, many: int, place: int
) -> None:
    offends(desk, place)

    results = desk.send_together(incoming_messages(many))

    assert [each for each, result in enumerate(results) if result.status != "accepted"] == [place]
    assert (results[place].status, results[place].code, results[place].recipients) == ("rejected", BAD_NUMBER, 1)
    assert sorted(desk.client.accepted) == others(many, place)
    assert len(desk.client.calls) <= 2 * log2(many) + 2


@pytest.mark.parametrize("many", [100, 17, 2])
def test_one_offender_of_a_batch_with_values_of_each_is_found_too(desk: LedgerDesk, many: int) -> None:
    offends(desk, many - 1)

    results = desk.send_together(incoming_messages(many, personal))

    assert [result.status for result in results] == [*["accepted"] * (many - 1), "rejected"]
    assert sorted(desk.client.accepted) == others(many, many - 1)
    assert len(desk.client.calls) <= 2 * log2(many) + 2


def quarters(many: int) -> list[int]:
    return [many * part // PARTS for part in range(PARTS)]


@pytest.mark.parametrize("many", [1000, 100, 17])
@pytest.mark.parametrize(
    "places",
    [
        lambda many: [0, many - 1],
        quarters,
        lambda many: [place + many // PARTS - 1 for place in quarters(many)],
        lambda many: range(many // 2 - 2, many // 2 + 2),
        lambda many: range(0, many, 5),
        range,
    ],
    ids=["first and last", "start of each quarter", "end of each quarter", "neighbours", "every fifth", "all"],
)
def test_each_of_several_offenders_is_rejected_and_all_others_are_sent_once(
    desk: LedgerDesk, many: int, places: Callable[[int], Sequence[int]]
) -> None:
    offends(desk, *places(many))

    results = desk.send_together(incoming_messages(many))

    assert [each for each, result in enumerate(results) if result.status == "rejected"] == list(places(many))
    assert {result.code for result in results} <= {"OK", BAD_NUMBER}
    assert sorted(desk.client.accepted) == others(many, *places(many))
    assert len(desk.client.calls) <= 1 + len(places(many)) * 2 * log2(many) + 2 + PROBES


COMMON = ["isv.INVALID_PARAMETERS", "isv.TEMPLATE_MISSING_PARAMETERS", "isv.PARAM_LENGTH_LIMIT"]


def all_offend(desk: LedgerDesk, many: int, code: str) -> list[IncomingMessage]:
    each = personal if code != "isv.INVALID_PARAMETERS" else lambda _: {}
    offends(desk, *range(many), code=code)
    return incoming_messages(many, each)


@pytest.mark.parametrize("many", [1000, 100, LEAST_PROBED])
@pytest.mark.parametrize("code", COMMON)
def test_what_refuses_a_few_alone_as_it_refused_all_parts_holds_for_all(desk: LedgerDesk, many: int, code: str) -> None:
    results = desk.send_together(all_offend(desk, many, code))

    assert {(result.status, result.code) for result in results} == {("rejected", code)}
    assert len(desk.client.calls) == 1 + PARTS + PROBES


def test_who_was_refused_for_what_others_were_can_be_sent_when_that_is_mended(desk: LedgerDesk) -> None:
    given = all_offend(desk, 1000, "isv.INVALID_PARAMETERS")
    desk.send_together(given)
    desk.client.offenders.clear()

    again = desk.send_together(given)

    statuses = Counter((result.status, result.duplicate) for result in again)
    assert statuses == {("accepted", False): 1000 - PROBES, ("rejected", True): PROBES}  # who was tried has an answer


@pytest.mark.parametrize(
    ("code", "share"),
    [(BAD_NUMBER, 4), (BAD_NUMBER, 9), ("isv.BLACK_KEY_CONTROL_LIMIT", 9), ("isv.INVALID_PARAMETERS", 4)],
)
def test_beside_many_bad_ones_each_good_one_is_sent(desk: LedgerDesk, code: str, share: int) -> None:
    bad = [place for place in range(1000) if place % 10 < share]
    offends(desk, *bad, code=code)

    results = desk.send_together(incoming_messages(1000))

    assert sorted(desk.client.accepted) == others(1000, *bad)
    assert [place for place, result in enumerate(results) if result.code == code] == bad
    assert len(desk.client.calls) <= 1 + PARTS + 1000


def test_below_the_least_number_of_messages_nobody_is_tried_alone_for_all(desk: LedgerDesk) -> None:
    many = LEAST_PROBED - 1

    desk.send_together(all_offend(desk, many, "isv.INVALID_PARAMETERS"))

    assert sum(len(call["recipients"]) == 1 for call in desk.client.calls) == many


def test_each_offender_has_its_own_reason(desk: LedgerDesk) -> None:
    given = incoming_messages(17, personal)
    offends(desk, 3)
    offends(desk, 4, code="isv.SMS_CONTENT_ILLEGAL")
    offends(desk, 16, code="isv.INVALID_PARAMETERS")

    results = desk.send_together(given)

    assert [(place, result.code) for place, result in enumerate(results) if result.code != "OK"] == [
        (3, BAD_NUMBER),
        (4, "isv.SMS_CONTENT_ILLEGAL"),
        (16, "isv.INVALID_PARAMETERS"),
    ]
    assert [desk.message(f"m{place}").result for place in range(17)] == [result.document() for result in results]


@pytest.mark.parametrize(
    ("code", "each"),
    [
        ("isv.SMS_TEMPLATE_ILLEGAL", personal),
        ("isv.OUT_OF_SERVICE", personal),
        ("isv.AMOUNT_NOT_ENOUGH", signs),
        ("SignatureDoesNotMatch", personal),
        ("isv.DENY_IP_RANGE", personal),
        ("isv.SMS_SIGNATURE_ILLEGAL", lambda _: {}),
        ("isv.SMS_SIGNATURE_ILLEGAL", personal),
        ("isv.TEMPLATE_MISSING_PARAMETERS", lambda _: {}),
        ("isv.TEMPLATE_MISSING_PARAMETERS", signs),
        ("isv.TEMPLATE_MISSING_PARAMETERS", lambda place: {"template_param": None, **signs(place)}),
        ("isv.EXTEND_CODE_ERROR", lambda _: {"sms_up_extend_code": "1"}),
        ("isv.EXTEND_CODE_ERROR", lambda place: {"sms_up_extend_code": "1", **personal(place)}),
        ("isv.EXTEND_CODE_ERROR", personal),
    ],
)
def test_what_all_have_in_common_is_refused_in_one_call(
    desk: LedgerDesk, code: str, each: Callable[[int], dict[str, Any]]
) -> None:
    offends(desk, 3, code=code)

    results = desk.send_together(incoming_messages(17, each))

    assert {(result.status, result.code) for result in results} == {("rejected", code)}
    assert len(desk.client.calls) == 1


@pytest.mark.parametrize(
    ("code", "each"),
    [
        ("isv.SMS_SIGNATURE_ILLEGAL", signs),
        ("isv.TEMPLATE_MISSING_PARAMETERS", personal),
        ("isv.EXTEND_CODE_ERROR", extend_codes),
        ("isv.INVALID_PARAMETERS", lambda _: {}),
        ("isv.BLACK_KEY_CONTROL_LIMIT", lambda _: {}),
        ("isv.CUSTOMER_REFUSED", lambda _: {}),
    ],
)
def test_what_differs_from_one_to_another_is_split(
    desk: LedgerDesk, code: str, each: Callable[[int], dict[str, Any]]
) -> None:
    offends(desk, 3, code=code)

    results = desk.send_together(incoming_messages(17, each))

    assert [place for place, result in enumerate(results) if result.code == code] == [3]
    assert sorted(desk.client.accepted) == others(17, 3)


def test_of_a_split_batch_each_keeps_its_own_values(desk: LedgerDesk) -> None:
    offends(desk, 3)
    desk.send_together(incoming_messages(17, lambda place: {**personal(place), **signs(place), **extend_codes(place)}))

    last = {number: call for call in desk.client.calls for number in call["recipients"]}
    for place in range(17):
        call = last[number(place)]
        at = call["recipients"].index(number(place))
        batch = call.get("batch", False)
        assert (call["sign"][at] if batch else call["sign"]) == f"sign {place}"
        code = call["sms_up_extend_codes"][at] if batch else call["sms_up_extend_code"]
        assert code == str(place)
        param = call["param"][at] if batch else call["param"]
        assert param == ({"code": f"value {place}"} if batch else f'{{"code":"value {place}"}}')


def test_a_message_with_several_recipients_is_not_cut_apart(desk: LedgerDesk) -> None:
    offends(desk, 1)
    given = [
        document(f"m{place}", phone_numbers=[number(10 * place + each) for each in range(3)]) for place in range(4)
    ]

    results = desk.send_all(given)

    assert [(result.status, result.recipients) for result in results] == [("rejected", 3), *[("accepted", 3)] * 3]
    assert sorted(desk.client.accepted) == [number(10 * place + each) for place in (1, 2, 3) for each in range(3)]


@pytest.mark.parametrize("seconds", [2, 6, 9, 19])
def test_what_there_was_no_time_for_is_put_back_and_then_sent(desk: LedgerDesk, seconds: float) -> None:
    given = incoming_messages(100)
    offends(desk, 99)
    desk.client.seconds = seconds

    results = desk.send_together(given)

    assert {(result.status, result.code) for result in results} <= {
        ("accepted", "OK"),
        ("queued", "client:out-of-time"),
    }
    again = [each for each, result in zip(given, results, strict=True) if result.code == "client:out-of-time"]
    assert len(again) + len(desk.client.accepted) == 100
    assert len(desk.client.calls) <= 20 / seconds + 1
    desk.client.seconds = 0
    desk.time.passes(60)
    desk.settle()
    assert {row.message_id for row in desk.handed.back} == {each.message_id for each in again}
    after = desk.send_together(again)

    assert [result.code for result in after if result.status != "accepted"] == [BAD_NUMBER]
    assert sorted(desk.client.accepted) == others(100, 99)


def test_the_last_call_of_a_split_has_a_second_at_least(desk: LedgerDesk) -> None:
    offends(desk, 99)
    desk.client.seconds = 2
    desk.send_together(incoming_messages(100))

    assert min(call["seconds_left"] for call in desk.client.calls) >= 1


def test_a_submission_is_void_before_its_first_part_is_sent(desk: LedgerDesk) -> None:
    seen: list[bool] = []

    def look() -> Any:
        whole = desk.ledger.submission("submission 1")
        assert whole is not None
        seen.append(whole.void)
        return answer("OK")

    desk.client.plan += [answer(BAD_NUMBER), look, look, look, look]
    desk.send_together(incoming_messages(8))

    assert seen == [True] * 4


@pytest.mark.parametrize("taken", [0, 1, 7])
def test_a_message_that_another_has_taken_meanwhile_is_left_out_of_its_part(desk: LedgerDesk, taken: int) -> None:
    given = incoming_messages(8)
    desk.client.plan.append(answer(BAD_NUMBER))

    def take() -> None:
        item = desk.table.items[message_key(given[taken].message_id)]
        item |= {"submission": "another", "version": item["version"] + 1}

    desk.table.after += [None, take]
    results = desk.send_together(given)

    assert [place for place, result in enumerate(results) if result.status == "sending"] == [taken]
    assert desk.message(f"m{taken}").submission == "another"
    assert sorted(desk.client.accepted) == others(8, taken)


def test_by_the_policy_to_look_up_what_all_have_in_common_is_refused_in_one_call_too() -> None:
    desk = LedgerDesk(looks_up_refusals=True)
    offends(desk, 3, code="isv.SMS_SIGNATURE_ILLEGAL")

    results = desk.send_together(incoming_messages(17))

    assert {(result.status, result.code) for result in results} == {("rejected", "isv.SMS_SIGNATURE_ILLEGAL")}
    assert len(desk.client.calls) == 1


def test_a_refusal_with_a_receipt_may_have_been_of_some_alone(desk: LedgerDesk) -> None:
    desk.client.plan.append(replace(answer(BAD_NUMBER), biz_id="B-1"))

    assert {result.status for result in desk.send_together(incoming_messages(8))} == {"unknown"}
    assert len(desk.client.calls) == 1


@pytest.mark.parametrize("lost", ["before", "after"])
@pytest.mark.parametrize("times", [1, 3])
def test_where_it_cannot_be_written_that_all_was_refused_all_come_again_unsent(
    desk: LedgerDesk, lost: str, times: int
) -> None:
    offends(desk, 0)
    getattr(desk.table, lost).extend([None, *[fails] * times])

    results = desk.send_together(incoming_messages(8))

    assert {(result.code, result.comes_again) for result in results} == {("client:ledger-unavailable", True)}
    assert (len(desk.client.calls), desk.client.accepted) == (1, [])
    assert [result.code for result in desk.send_together(incoming_messages(8))] == [BAD_NUMBER, *["OK"] * 7]
    assert sorted(desk.client.accepted) == others(8, 0)


def claimed(given: Sequence[IncomingMessage]) -> list[Any]:
    claim, _ = LedgerDesk().claim(given)
    assert claim is not None
    return list(claim.messages)


@pytest.mark.parametrize(
    ("many", "sizes"), [(1, [1]), (2, [1, 1]), (4, [1] * 4), (5, [2, 2, 1]), (17, [5, 5, 5, 2]), (1000, [250] * 4)]
)
def test_parts_are_up_to_four_of_about_the_same_size(many: int, sizes: list[int]) -> None:
    rows = claimed(incoming_messages(many))

    assert [len(part) for part in parts(rows)] == sizes
    assert [row for part in parts(rows) for row in part] == rows
