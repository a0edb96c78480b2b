"""JSON as it comes in at a door: numbers keep their text, and what is no JSON is refused without being quoted."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.errors import InvalidMessage
from aliyun_sms.message.document import BODY_LIMIT, NumberText, read_document


def reason(text: str, field: str = "message") -> str:
    with pytest.raises(InvalidMessage) as refused:
        read_document(text, field)
    (fault,) = refused.value.faults
    assert fault.field == field
    return fault.reason


@pytest.mark.parametrize("number", ["1.50", "7", "-0", "1e5", "0.10", "123456789012345678901234567890", "1E-7"])
def test_a_number_keeps_the_text_it_was_written_with(number: str) -> None:
    read = read_document(f'{{"a": {number}}}')

    assert read == {"a": number}
    assert isinstance(read, dict)
    assert isinstance(read["a"], NumberText)


def test_a_number_of_ten_thousand_digits_is_read() -> None:
    assert read_document("9" * 10_000) == "9" * 10_000


def test_a_string_of_digits_is_no_number() -> None:
    assert not isinstance(read_document('"123"'), NumberText)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("{", "is not JSON: Expecting property name enclosed in double quotes at line 1 column 2"),
        ('{"a": 1}\n}', "is not JSON: Extra data at line 2 column 1"),
        ("{'a': 1}", "is not JSON: Expecting property name enclosed in double quotes at line 1 column 2"),
        ('{"a": "\n"}', "is not JSON: Invalid control character at at line 1 column 8"),
        ("\ufeff{}", "is not JSON: Unexpected UTF-8 BOM (decode using utf-8-sig) at line 1 column 1"),
        ('{"a": NaN}', "is not JSON: NaN, Infinity or nested too deep"),
        ('{"a": -Infinity}', "is not JSON: NaN, Infinity or nested too deep"),
        ('{"a": 1, "a": 1}', "has an object with the same name twice"),
        ('{"a": {"b": 1, "\\u0062": 2}}', "has an object with the same name twice"),
    ],
)
def test_what_is_not_json_is_refused_with_the_place(text: str, expected: str) -> None:
    assert reason(text) == expected


def test_a_text_of_262144_bytes_is_read() -> None:
    assert read_document(f'"{"a" * (BODY_LIMIT - 2)}"') == "a" * (BODY_LIMIT - 2)


@pytest.mark.parametrize("text", [f'"{"a" * (BODY_LIMIT - 1)}"', f'"{"字" * (BODY_LIMIT // 3)}"'], ids=["a", "字"])
def test_a_longer_one_is_refused_by_its_bytes(text: str) -> None:
    assert reason(text) == "is longer than 262144 bytes"


def test_a_refusal_names_the_field_that_the_text_stood_in() -> None:
    assert reason("{", "template_param").startswith("is not JSON")


def test_the_error_keeps_no_context_that_quotes_the_text() -> None:
    with pytest.raises(InvalidMessage) as refused:
        read_document('{"secret": canary}')

    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert "canary" not in str(refused.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_every_other_value_is_read_as_it_is(value: object) -> None:
    assert read_document(json.dumps(value)) == value


@given(st.text() | st.text(alphabet='{}[]",:0123456789.eE+-\\ud8"NaIfnity \n').map(lambda text: text[:40]))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidMessage):
        read_document(text)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 40_000], ids=["list", "object"])
def test_what_is_nested_too_deep_is_refused(text: str) -> None:
    """How deep is too deep is each Python version's own."""
    assert reason(text).startswith("is not JSON: ")
