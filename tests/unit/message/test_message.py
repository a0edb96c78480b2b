"""A message is built whole or not at all, and what is said of a bad one quotes nobody."""

from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.message.document import read_document
from aliyun_sms.message.fields import FIELDS
from aliyun_sms.message.message import Defaults, Message

GOOD = {"phone_numbers": ["13800138000"], "sign_name": "北岸", "template_code": "SMS_1"}
DEFAULTS = Defaults("阿里云", "SMS_2")
CANARY_NUMBERS = ["+8613712345678", "13712345678", "+18622345678", "137-1234-5678", "1371234567890123"]
CANARY = "canary-value"

JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(10**4400, 10**4401),
        st.floats(),
        st.text(),
        st.text(st.characters(categories=["Cs", "Cc"])),
        st.sampled_from(["13800138000", "{}", '{"a":1}', "2026-12-31T23:59:00Z", "+85261234567", "😀", ""]),
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["a", "b"]), inner, max_size=4)
    ),
    max_leaves=12,
)
DOCUMENTS = st.one_of(
    JSON,
    st.dictionaries(st.sampled_from(list(FIELDS)) | st.text(), JSON, max_size=9),
    st.fixed_dictionaries(
        {"phone_numbers": st.lists(st.sampled_from(["13800138000", "+852 61234567"]), min_size=1)},
        optional={
            "template_param": st.dictionaries(st.text(), st.text() | st.integers() | st.floats(), max_size=3),
            "sign_name": st.text(),
            "reference": st.text(),
            "urgent": st.booleans(),
        },
    ),
)


def faults(document: object, defaults: Defaults | None = None) -> list[str]:
    with pytest.raises(InvalidMessage) as refused:
        Message(document, defaults)
    return [str(fault) for fault in refused.value.faults]


def test_a_message_holds_its_fields_as_the_provider_takes_them() -> None:
    message = Message(
        {
            "phone_numbers": "+86 138 0013 8000, +852 6123 4567",
            "sign_name": "北岸书店",
            "template_code": "SMS_154950909",
            "template_param": {"code": 123456},
            "sms_up_extend_code": "90999",
            "reference": "order 1",
            "idempotency_key": "key 1",
            "expires_at": "2026-12-31T23:59:00+08:00",
            "urgent": True,
        }
    )

    assert message.phone_numbers == ("13800138000", "85261234567")
    assert (message.sign_name, message.template_code) == ("北岸书店", "SMS_154950909")
    assert message.template_param == '{"code":"123456"}'
    assert (message.sms_up_extend_code, message.reference, message.idempotency_key) == ("90999", "order 1", "key 1")
    assert message.expires_at == datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert message.urgent is True


def test_optional_fields_may_be_absent_or_null() -> None:
    absent = Message(GOOD)

    assert absent == Message(dict.fromkeys(FIELDS) | GOOD)
    assert (absent.template_param, absent.reference, absent.expires_at, absent.urgent) == (None, None, None, False)


@pytest.mark.parametrize("named", [set(), {"sign_name"}, {"template_code"}, {"sign_name", "template_code"}])
def test_a_message_knows_which_of_signature_and_template_it_named_itself(named: set[str]) -> None:
    given = {name: value for name, value in GOOD.items() if name in named} | dict.fromkeys({*FIELDS} - {*GOOD})

    assert Message({"phone_numbers": "13800138000", **given}, DEFAULTS).named == named


def test_every_fault_is_told_at_once_with_its_field() -> None:
    document = {
        "phone_numbers": ["13800138000", "12"],
        "template_code": " ",
        "template_param": {"code": None, "name": True},
        "urgent": "yes",
        "phone": "13800138000",
    }

    assert [fault.partition(":")[0] for fault in faults(document)] == [
        "phone",
        "phone_numbers[1]",
        "sign_name",
        "template_code",
        "template_param.code",
        "template_param.name",
        "urgent",
    ]


@pytest.mark.parametrize("name", ["phone", "Phone_Numbers", "out_id", "", " sign_name"])
def test_an_unknown_field_is_refused_by_name(name: str) -> None:
    assert faults({**GOOD, name: "x"}) == [f"{name}: is not a field of a message"]


def test_an_unknown_field_that_is_null_is_refused_too() -> None:
    assert faults({**GOOD, "phone": None}) == ["phone: is not a field of a message"]


def test_an_unknown_field_that_looks_like_a_number_is_masked() -> None:
    assert faults({**GOOD, "13712345678": "x"}) == ["137****5678: is not a field of a message"]


@pytest.mark.parametrize("document", [None, [], [GOOD], "text", 5, True, json.dumps(GOOD)])
def test_a_message_is_an_object(document: object) -> None:
    assert faults(document) == ["message: is not a JSON object"]


def test_defaults_stand_in_for_a_signature_and_a_template_that_are_absent_or_null() -> None:
    message = Message({"phone_numbers": "13800138000", "sign_name": None}, DEFAULTS)

    assert (message.sign_name, message.template_code) == ("阿里云", "SMS_2")


def test_a_given_signature_comes_before_the_default() -> None:
    assert Message(GOOD, DEFAULTS).sign_name == "北岸"


def test_a_blank_signature_is_a_fault_and_not_replaced_by_the_default() -> None:
    assert faults({**GOOD, "sign_name": ""}, DEFAULTS) == ["sign_name: must not be blank"]


def test_building_a_message_leaves_the_document_alone() -> None:
    document: dict[str, Any] = {"phone_numbers": ["+86 138 0013 8000"], "template_param": {"a": 1}}
    before = json.dumps(document)

    Message(document, DEFAULTS)

    assert json.dumps(document) == before


def test_a_message_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Message(GOOD).urgent = True  # type: ignore[misc]


def test_a_message_shows_how_many_it_goes_to_but_nobody_and_nothing_of_what_it_says() -> None:
    message = Message({**GOOD, "template_param": {"code": CANARY}, "reference": CANARY})

    assert repr(message) == str(message) == "Message(to 1, SMS_1)"


def test_numbers_are_masked_for_logs() -> None:
    assert Message({**GOOD, "phone_numbers": "13800138000,+85261234567"}).masked_numbers == (
        "138****8000",
        "852****4567",
    )


def test_an_error_carries_its_faults_as_values() -> None:
    with pytest.raises(InvalidMessage) as refused:
        Message({**GOOD, "urgent": 1})

    assert refused.value.faults == (Fault("urgent", "must be true or false"),)


@given(document=DOCUMENTS, defaults=st.sampled_from([None, DEFAULTS]))
def test_any_json_value_is_a_message_or_invalid_and_nothing_else(document: object, defaults: Defaults | None) -> None:
    try:
        outcome: Message | InvalidMessage = Message(document, defaults)
    except InvalidMessage as invalid:
        outcome = invalid

    assert f"{outcome} {outcome!r}".encode()


@given(document=DOCUMENTS)
def test_the_values_of_a_message_are_json_text_of_strings(document: object) -> None:
    try:
        message = Message(document, DEFAULTS)
    except InvalidMessage:
        return

    if message.template_param is not None:
        values = json.loads(message.template_param)
        assert all(isinstance(value, str) for value in values.values())
        assert Message({**GOOD, "template_param": message.template_param}).template_param == message.template_param
        message.template_param.encode()


@given(
    numbers=st.lists(st.sampled_from(CANARY_NUMBERS) | JSON),
    values=st.dictionaries(st.text(), st.sampled_from([CANARY, [CANARY], {"a": CANARY}, None, f"{CANARY}\ud800"])),
    others=st.dictionaries(
        st.sampled_from([*FIELDS, *CANARY_NUMBERS]), st.sampled_from([CANARY, *CANARY_NUMBERS, [CANARY]]), max_size=4
    ),
)
def test_no_fault_quotes_a_number_or_a_value(
    numbers: list[object], values: dict[str, object], others: dict[str, object]
) -> None:
    with pytest.raises(InvalidMessage) as refused:
        Message({**others, "phone_numbers": numbers, "template_param": values, "urgent": CANARY})

    text = f"{refused.value} {refused.value!r}"
    assert CANARY not in text
    assert not re.search(r"[0-9]{7}", text)


@pytest.mark.parametrize("depth", [10, 300, 900, 990, 5_000])
def test_a_deeply_nested_document_is_refused_however_deep(depth: int) -> None:
    text = '{"template_param":' + '{"a":' * depth + "1" + "}" * depth + "}"

    with pytest.raises(InvalidMessage):
        Message(read_document(text), DEFAULTS)


@pytest.mark.parametrize("urgent", [True, False])
def test_its_document_makes_it_again_as_urgent_as_it_was(*, urgent: bool) -> None:
    message = Message({**GOOD, "urgent": urgent})

    assert Message(message.document()).urgent == urgent
