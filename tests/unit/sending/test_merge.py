"""Which messages travel together: all that may, and nothing that may not."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.sending import merge as limits
from aliyun_sms.sending.merge import merge
from tests.workbench.clock import START
from tests.workbench.messages import incoming_message, incoming_messages, number, personal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aliyun_sms.message.incoming import IncomingMessage

UNTIL = START + timedelta(seconds=40)


def keys(groups: Sequence[Sequence[IncomingMessage]]) -> list[list[str]]:
    return [[each.key for each in group] for group in groups]


def numbers(group: Sequence[IncomingMessage]) -> list[str]:
    return [each for incoming in group for each in incoming.message.phone_numbers]


def pair(first: dict[str, Any], second: dict[str, Any]) -> list[IncomingMessage]:
    return incoming_messages(2, lambda place: (first, second)[place])


def test_nothing_gives_no_group() -> None:
    assert merge([], UNTIL) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({"template_param": {"code": "1"}}, {"template_param": {"code": "2"}}),
        ({"sign_name": "one"}, {"sign_name": "two"}),
        ({"sms_up_extend_code": "1"}, {"sms_up_extend_code": "2"}),
        ({"template_param": None}, {"template_param": None}),
        ({"template_param": None, "sign_name": "one"}, {"template_param": None, "sign_name": "two"}),
        ({"template_param": {}}, {"template_param": {"code": "1"}}),
        ({"reference": "one"}, {"reference": "two"}),
        ({"expires_at": (UNTIL + timedelta(seconds=1)).isoformat()}, {}),
    ],
)
def test_two_of_one_template_travel_together(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert keys(merge(pair(first, second), UNTIL)) == [["m0", "m1"]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"template_code": "SMS_1"}, {"template_code": "SMS_2"}),
        ({"template_param": None}, {"template_param": {"code": "1"}}),
        ({"template_param": None}, {"template_param": {}}),
        ({"sms_up_extend_code": None}, {"sms_up_extend_code": "1"}),
        ({"phone_numbers": number(7)}, {"phone_numbers": number(7)}),
        ({"phone_numbers": number(7)}, {"phone_numbers": [number(8), number(7)], "sign_name": "other"}),
        ({"urgent": True}, {"urgent": True}),
        ({}, {"expires_at": UNTIL.isoformat()}),
    ],
)
def test_two_that_one_call_cannot_carry_travel_alone(first: dict[str, Any], second: dict[str, Any]) -> None:
    given = pair(first, second)

    assert keys(merge(given, UNTIL)) == [["m0"], ["m1"]]


def test_urgent_messages_go_first_and_those_that_expire_soon_last_each_alone() -> None:
    fields: dict[int, dict[str, Any]] = {2: {"expires_at": START.isoformat()}, 3: {"urgent": True}, 5: {"urgent": True}}

    groups = merge(incoming_messages(6, lambda place: fields.get(place, {})), UNTIL)

    assert keys(groups) == [["m3"], ["m5"], ["m0", "m1", "m4"], ["m2"]]


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        (lambda _: {}, [1000] * 10),
        (personal, [100] * 100),
        (lambda place: {"template_code": f"SMS_{place % 4}"}, [1000, 1000, 500] * 4),
        (lambda place: {"sign_name": f"sign {place % 2}"}, [1000] * 10),
        (lambda place: {"sign_name": f"sign {place % 200}"}, [100] * 100),
    ],
)
def test_ten_thousand_travel_in_the_fewest_calls(each: Callable[[int], dict[str, Any]], expected: list[int]) -> None:
    groups = merge(incoming_messages(10_000, each), UNTIL)

    assert sorted(map(len, groups)) == sorted(expected)


def test_what_does_not_fill_a_batch_fills_one_with_others_of_its_template() -> None:
    given = incoming_messages(1099, lambda place: {} if place < 1050 else {"sign_name": "other"})

    assert [len(group) for group in merge(given, UNTIL)] == [1000, 99]


def test_a_message_with_many_recipients_is_never_cut_apart() -> None:
    given = [
        incoming_message(f"m{place}", phone_numbers=[number(600 * place + each) for each in range(600)])
        for place in range(3)
    ]

    assert keys(merge(given, UNTIL)) == [["m0"], ["m1"], ["m2"]]


def test_messages_with_many_recipients_fill_up_with_small_ones() -> None:
    large = incoming_message("large", phone_numbers=[number(10_000 + each) for each in range(700)])

    groups = merge([large, *incoming_messages(400)], UNTIL)

    assert sorted(len(numbers(group)) for group in groups) == [100, 1000]


@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_number_that_occurs_so_often_gives_so_many_groups(times: int) -> None:
    given = [
        incoming_message(f"{place} {time}", phone_numbers=number(place)) for time in range(times) for place in range(50)
    ]

    groups = merge(given, UNTIL)

    assert [len(group) for group in groups] == [50] * times


def test_the_bytes_of_a_call_are_limited() -> None:
    given = incoming_messages(100, lambda place: {"template_param": {"text": "长" * 1000 + str(place)}})

    groups = merge(given, UNTIL)

    assert 3 <= len(groups) <= 4
    assert all(sum(len((each.message.template_param or "").encode()) for each in group) <= 131_072 for group in groups)


def test_alike_messages_share_their_content() -> None:
    groups = merge(incoming_messages(10_000, lambda _: {"template_param": {"text": "x" * 1500}}), UNTIL)

    assert [len(group) for group in groups] == [1000] * 10


@pytest.mark.parametrize(("recipients", "calls"), [(40, 1), (50, 2)])
def test_a_batch_repeats_the_content_for_each_number(recipients: int, calls: int) -> None:
    def each(place: int) -> dict[str, Any]:
        numbers = [number(recipients * place + at) for at in range(recipients)]
        return {"phone_numbers": numbers, "template_param": {"text": f"{place}" + "x" * 1500}}

    assert len(merge(incoming_messages(2, each), UNTIL)) == calls


def work(given: list[IncomingMessage]) -> int:
    """How many lines are run to merge these."""
    lines = 0

    def count(*_: object) -> Any:
        nonlocal lines
        lines += 1
        return count

    sys.settrace(count)
    try:
        merge(given, UNTIL)
    finally:
        sys.settrace(None)
    return lines


@pytest.mark.parametrize(
    "of",
    [
        lambda _: {"phone_numbers": "13800138000"},
        lambda place: {"phone_numbers": ["13800138000", number(place)]},
        lambda place: {"phone_numbers": number(place)},
        lambda place: {"phone_numbers": number(place), "template_code": f"SMS_{place}"},
    ],
    ids=["one number", "one number and others", "many numbers", "many templates"],
)
def test_ten_times_the_messages_are_ten_times_the_work(of: Callable[[int], dict[str, Any]]) -> None:
    thousand, ten_thousand = (
        work([incoming_message(f"m{place}", **of(place)) for place in range(many)]) for many in (1_000, 10_000)
    )

    assert ten_thousand <= 11 * thousand


FIELDS = st.fixed_dictionaries(
    {
        "phone_numbers": st.lists(st.integers(0, 12).map(number), min_size=1, max_size=7, unique=True),
        "template_code": st.sampled_from(["SMS_1", "SMS_1", "SMS_2"]),
        "sign_name": st.sampled_from(["one", "one", "two"]),
        "template_param": st.sampled_from([None, {}, {"code": "1"}, {"code": "2"}, {"text": "long " * 20}]),
        "sms_up_extend_code": st.sampled_from([None, None, "1", "2"]),
        "urgent": st.sampled_from([None, None, False, True]),
        "expires_at": st.sampled_from([None, None, -1, 0, 1]).map(
            lambda seconds: None if seconds is None else (UNTIL + timedelta(seconds=seconds)).isoformat()
        ),
    }
)
MOST_NUMBERS, MOST_IN_BATCH, MOST_BYTES = 10, 5, 400  # in place of the real ones, so that small examples reach them


@given(st.lists(FIELDS, max_size=30))
def test_the_groups_are_a_partition_and_each_obeys_every_limit(fields: list[dict[str, Any]]) -> None:
    given = [incoming_message(f"m{place}", **each) for place, each in enumerate(fields)]

    with pytest.MonkeyPatch.context() as lowered:
        lowered.setattr(limits, "MOST_NUMBERS", MOST_NUMBERS)
        lowered.setattr(limits, "MOST_IN_BATCH", MOST_IN_BATCH)
        lowered.setattr(limits, "MOST_BYTES", MOST_BYTES)
        groups = merge(given, UNTIL)

    assert Counter(each.key for each in chain(*groups)) == Counter(each.key for each in given)
    assert [group for group in groups if not may_travel(group)] == []


def may_travel(group: Sequence[IncomingMessage]) -> bool:
    """Whether one call can carry them, by the provider's limits and our own."""
    messages = [each.message for each in group]
    if len(messages) < 2:
        return len(messages) == 1
    alike = len({message.content for message in messages}) == 1
    contents = [len("".join(value for value in message.content if value).encode()) for message in messages]
    repeated = sum(size * len(message.phone_numbers) for size, message in zip(contents, messages, strict=True))
    size = 0 if alike else repeated
    return (
        not any(message.urgent or (message.expires_at and message.expires_at <= UNTIL) for message in messages)
        and max(Counter(numbers(group)).values()) == 1
        and len(numbers(group)) <= (MOST_NUMBERS if alike else MOST_IN_BATCH)
        and len({message.template_code for message in messages}) == 1
        and len({message.template_param is None for message in messages}) == 1
        and len({message.sms_up_extend_code is None for message in messages}) == 1
        and size <= MOST_BYTES
    )
