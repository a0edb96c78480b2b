"""Each field of a message: what it may hold, what it becomes, and what is said of what it may not hold."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.errors import InvalidMessage
from aliyun_sms.message.document import NumberText
from aliyun_sms.message.fields import FIELDS, message_schema, read_template_param

HALF = "\ud800"
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
CONTROL = "holds a control character, such as a line break"


def read(field: str, value: object) -> Any:
    return FIELDS[field].read(value)


def faults(field: str, value: object) -> list[str]:
    with pytest.raises(InvalidMessage) as refused:
        read(field, value)
    return [str(fault) for fault in refused.value.faults]


def numbers(count: int) -> list[str]:
    return [str(13_800_000_000 + i) for i in range(count)]


@pytest.mark.parametrize(
    "value", [["13800138000", "+852 6123 4567"], "13800138000, +85261234567", ("13800138000", "+85261234567")]
)
def test_numbers_come_in_a_list_or_separated_by_commas(value: object) -> None:
    assert read("phone_numbers", value) == ("13800138000", "85261234567")


def test_a_number_given_twice_is_sent_to_once_and_the_order_stays() -> None:
    given = ["13900139000", "13800138000", "+86 139 0013 9000", "8613800138000"]

    assert read("phone_numbers", given) == ("13900139000", "13800138000")


@pytest.mark.parametrize("count", [1, 1000])
def test_a_message_goes_to_one_up_to_a_thousand_numbers(count: int) -> None:
    assert read("phone_numbers", numbers(count)) == tuple(numbers(count))


@pytest.mark.parametrize("value", [numbers(1001), ",".join(numbers(1001)), numbers(1) * 1001])
def test_more_than_a_thousand_numbers_are_refused_not_cut(value: object) -> None:
    assert faults("phone_numbers", value) == ["phone_numbers: has 1001 numbers, at most 1000"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ["phone_numbers: is missing"]),
        ([], ["phone_numbers: is empty"]),
        ("", ["phone_numbers[0]: (length 0) is empty"]),
        ("13800138000,", ["phone_numbers[1]: (length 0) is empty"]),
        (13800138000, ["phone_numbers: must be a list of strings"]),
        (NumberText("13800138000"), ["phone_numbers: must be a list of strings"]),
        ({"13800138000": "13800138000"}, ["phone_numbers: must be a list of strings"]),
        (True, ["phone_numbers: must be a list of strings"]),
        ([13800138000], ["phone_numbers[0]: must be a string"]),
        ([NumberText("13800138000")], ["phone_numbers[0]: must be a string"]),
        ([None, ["13800138000"]], ["phone_numbers[0]: must be a string", "phone_numbers[1]: must be a string"]),
        ([f"1380013800{HALF}"], ["phone_numbers[0]: holds half a surrogate pair, which is no character"]),
        ("13800138000,\n13900139000", [f"phone_numbers[1]: {CONTROL}"]),
        (b"13", ["phone_numbers[0]: must be a string", "phone_numbers[1]: must be a string"]),
    ],
)
def test_what_is_no_list_of_numbers_is_refused(value: object, expected: list[str]) -> None:
    assert faults("phone_numbers", value) == expected


def test_each_bad_number_is_named_by_its_position_and_masked() -> None:
    first, second = faults("phone_numbers", ["13800138000", "12800138000", "+18622345678"])

    assert first.startswith("phone_numbers[1]: 128****8000 is neither a mainland mobile number")
    assert second.startswith("phone_numbers[2]: 186****5678 cannot be reached: the provider takes")


@pytest.mark.parametrize("field", ["sign_name", "template_code"])
def test_a_required_field_that_is_absent_names_the_setting_that_could_have_given_it(field: str) -> None:
    assert faults(field, None) == [f"{field}: is missing, and SMS_{field.upper()} sets no default"]


@pytest.mark.parametrize("field", ["sign_name", "template_code", "reference", "idempotency_key"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (5, "must be a string"),
        (NumberText("5"), "must be a string"),
        (False, "must be a string"),
        (["x"], "must be a string"),
        ("", "must not be blank"),
        (" \u3000", "must not be blank"),
        *((f"x{character}y", CONTROL) for character in "\x00\t\n\r\x1f\x7f\x85\x9f"),
        ("\n", CONTROL),
        (f"a{HALF}", "holds half a surrogate pair, which is no character"),
    ],
)
def test_a_text_field_takes_text(field: str, value: object, reason: str) -> None:
    assert faults(field, value) == [f"{field}: {reason}"]


@pytest.mark.parametrize("field", ["sign_name", "template_code", "reference", "idempotency_key"])
@pytest.mark.parametrize("text", ["阿里云", "a b", "😀", "x\u00a0\u2028y", "字" * 100])
def test_a_text_stays_as_it_is(field: str, text: str) -> None:
    assert read(field, text) == text


@pytest.mark.parametrize("field", ["reference", "idempotency_key"])
def test_an_id_has_at_most_255_characters(field: str) -> None:
    assert faults(field, "字" * 256) == [f"{field}: has 256 characters, at most 255"]


@pytest.mark.parametrize(
    "field", ["template_param", "sms_up_extend_code", "reference", "idempotency_key", "expires_at"]
)
def test_an_optional_field_may_be_absent(field: str) -> None:
    assert read(field, None) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"code": "123456"}, '{"code":"123456"}'),
        ({"name": "王芳"}, '{"name":"王芳"}'),
        ({"a": ""}, '{"a":""}'),
        ({}, "{}"),
        ({"a": 'say "hi"\\ 😀'}, '{"a":"say \\"hi\\"\\\\ 😀"}'),
        ('{\n\t"a": "b"\r\n}', '{"a":"b"}'),
        ({"count": 5}, '{"count":"5"}'),
        ({"price": 1.5}, '{"price":"1.5"}'),
        ({"price": NumberText("1.50")}, '{"price":"1.50"}'),
        ('{"price": 1.50, "count": 7}', '{"price":"1.50","count":"7"}'),
        (' {"name": "\\u738b\\u82b3"} ', '{"name":"王芳"}'),
        (MappingProxyType({"code": "1"}), '{"code":"1"}'),
        ({"b": "2", "a": "1"}, '{"b":"2","a":"1"}'),
    ],
)
def test_values_become_strings_in_readable_json(value: object, text: str) -> None:
    assert read_template_param(value) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": True}, ["template_param.a: is a boolean; a variable's value is a string or a number"]),
        ({"a": None}, ["template_param.a: is null; a variable's value is a string or a number"]),
        ({"a": []}, ["template_param.a: is a list; a variable's value is a string or a number"]),
        ({"a": {}}, ["template_param.a: is an object; a variable's value is a string or a number"]),
        ('{"a": false}', ["template_param.a: is a boolean; a variable's value is a string or a number"]),
        ({"a": HALF}, ["template_param.a: holds half a surrogate pair, which is no character"]),
        ({HALF: "a"}, ["template_param: holds half a surrogate pair, which is no character"]),
        ({"a": "x\ny"}, [f"template_param.a: {CONTROL}"]),
        ('{"a": "x\\u0000y"}', [f"template_param.a: {CONTROL}"]),
        ({"a\n": "x"}, [f"template_param: {CONTROL}"]),
        ({5: "a"}, ["template_param: must be a string"]),
        ({"a": math.nan}, ["template_param.a: is not a finite number"]),
        ({"a": -math.inf}, ["template_param.a: is not a finite number"]),
        ({"a": 10**5000}, ["template_param.a: has too many digits"]),
        ("", ["template_param: is empty"]),
        ("code", ["template_param: is not JSON: Expecting value at line 1 column 1"]),
        ('{"a": 1, "a": 2}', ["template_param: has an object with the same name twice"]),
        ('"{}"', ["template_param: must be an object of strings and numbers, or its JSON text"]),
        ("5", ["template_param: must be an object of strings and numbers, or its JSON text"]),
        (NumberText("5"), ["template_param: must be an object of strings and numbers, or its JSON text"]),
        ([], ["template_param: must be an object of strings and numbers, or its JSON text"]),
        ([["a", "b"]], ["template_param: must be an object of strings and numbers, or its JSON text"]),
        (True, ["template_param: must be an object of strings and numbers, or its JSON text"]),
    ],
)
def test_other_values_are_refused_by_name(value: object, expected: list[str]) -> None:
    assert faults("template_param", value) == expected


def test_every_bad_value_is_named() -> None:
    assert len(faults("template_param", {"a": None, "b": "fine", "c": []})) == 2


@given(st.dictionaries(TEXTS, TEXTS))
def test_values_survive_the_round_trip(values: dict[str, str]) -> None:
    text = read_template_param(values)

    assert text is not None
    assert json.loads(text) == values
    assert read_template_param(text) == text


@pytest.mark.parametrize("code", ["0", "1234567"])
def test_an_extend_code_is_one_to_seven_digits(code: str) -> None:
    assert read("sms_up_extend_code", code) == code


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "must be 1 to 7 digits"),
        ("12345678", "must be 1 to 7 digits"),
        ("12a", "must be 1 to 7 digits"),
        ("12\n", CONTROL),
        ("１２", "must be 1 to 7 digits"),
        (12, "must be a string"),
        (NumberText("12"), "must be a string"),
    ],
)
def test_another_extend_code_is_refused(value: object, reason: str) -> None:
    assert faults("sms_up_extend_code", value) == [f"sms_up_extend_code: {reason}"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-31T23:59:00+08:00", datetime(2026, 12, 31, 15, 59, tzinfo=UTC)),
        ("2026-12-31T23:59:00Z", datetime(2026, 12, 31, 23, 59, tzinfo=UTC)),
        ("2026-12-31t23:59:00z", datetime(2026, 12, 31, 23, 59, tzinfo=UTC)),
        ("2026-12-31 23:59:00-00:00", datetime(2026, 12, 31, 23, 59, tzinfo=UTC)),
        ("2026-12-31T23:59:00.5Z", datetime(2026, 12, 31, 23, 59, 0, 500_000, tzinfo=UTC)),
        ("2026-12-31T23:59:00.123456789Z", datetime(2026, 12, 31, 23, 59, 0, 123_456, tzinfo=UTC)),
        ("2028-02-29T00:00:00+14:00", datetime(2028, 2, 28, 10, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_into_utc(text: str, moment: datetime) -> None:
    expires_at = read("expires_at", text)

    assert expires_at == moment
    assert expires_at.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-12-31",
        "2026-12-31T23:59:00",
        "2026-12-31T23:59Z",
        "20261231T235900Z",
        "2026-W53-4T23:59:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-12-31T25:00:00Z",
        "2026-12-31T23:59:00+24:00",
        "2026-12-31T23:59:00+0800",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "0000-01-01T00:00:00Z",
        " 2026-12-31T23:59:00Z",
        "２０２６-12-31T23:59:00Z",
    ],
)
def test_what_is_no_time_of_rfc_3339_is_refused(text: str) -> None:
    expected = "expires_at: must be an RFC 3339 time with its offset, such as 2026-12-31T23:59:00+08:00"

    assert faults("expires_at", text) == [expected]


def test_a_time_holds_no_line_break() -> None:
    assert faults("expires_at", "2026-12-31T23:59:00Z\n") == [f"expires_at: {CONTROL}"]


@pytest.mark.parametrize("value", [1767225540, NumberText("1767225540"), [], True])
def test_a_time_is_a_string(value: object) -> None:
    assert faults("expires_at", value) == ["expires_at: must be a string"]


@pytest.mark.parametrize(("value", "urgent"), [(None, False), (False, False), (True, True)])
def test_a_message_is_urgent_only_where_it_says_so(value: object, urgent: object) -> None:
    assert read("urgent", value) is urgent


@pytest.mark.parametrize("value", ["true", 1, NumberText("1"), "", []])
def test_urgent_takes_no_other_word_for_true(value: object) -> None:
    assert faults("urgent", value) == ["urgent: must be true or false"]


def test_the_schema_is_made_of_the_table_of_fields() -> None:
    schema = message_schema()

    assert list(schema["properties"]) == list(FIELDS)  # type: ignore[call-overload]
    assert schema["additionalProperties"] is False
    json.dumps(schema)


@pytest.mark.parametrize("field", ["sign_name", "template_code", "reference", "idempotency_key"])
def test_the_schema_refuses_control_characters_too(field: str) -> None:
    pattern = str(FIELDS[field].schema["pattern"])

    assert [code for code in range(0x300) if not re.search(pattern, f"a{chr(code)}b")] == [
        *range(0x20),
        *range(0x7F, 0xA0),
    ]


def test_changing_a_schema_leaves_the_table_alone() -> None:
    message_schema()["properties"]["urgent"]["type"] = "string"  # type: ignore[index]

    assert FIELDS["urgent"].schema["type"] == "boolean"
